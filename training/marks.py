"""Shapes of marks as they are sent: the posted form of a register, and a batch of marks a phone kept."""

import uuid

from rest_framework import serializers

from .models import Attendance, AttendanceEntry
from .services.register import Said

ANYTHING = 500  # marks in one batch


def read_form(data, session, seats, **more):
    """[Said] of a posted register: `mark-<seat>`; `base-<seat>`, the entry shown when the page was made, says what was changed;
    `all=present` marks those not marked otherwise. `form` makes posting it twice harmless. `more`: what holds for each mark."""
    try:
        form = uuid.UUID(data.get("form", ""))
    except ValueError:
        form = uuid.uuid4()
    bases = {pk: _uuid(data[f"base-{pk}"]) for pk in seats if f"base-{pk}" in data}
    was = dict(
        AttendanceEntry.objects.filter(session=session, client_id__in=[b for b in bases.values() if b]).values_list("client_id", "mark")
    )  # fmt: skip
    more, said = {"reason": data.get("reason", "")[:200]} | more, []
    for pk, mark in read_marks(data, seats).items():
        if pk not in bases:
            said.append(Said(pk, mark, **more))
        elif mark != was.get(bases[pk]):
            said.append(Said(pk, mark, bases[pk], uuid.uuid5(form, f"{pk}:{mark}"), **more))
    return said


def read_marks(data, seats):
    """{seat: mark} as ticked; `all=present` (or another mark) gives it to the rest."""
    marks, known, rest = {}, set(Attendance.Mark.values), data.get("all")
    for pk in seats:
        mark = data.get(f"mark-{pk}", "")
        if mark in known:
            marks[pk] = mark
        elif rest in known:
            marks[pk] = rest
    return marks


def _uuid(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class KeptMark(serializers.Serializer):
    """A mark with the identity that its device gave it."""

    client_id = serializers.UUIDField(help_text="made by the device; the same one again changes nothing")
    session = serializers.UUIDField(help_text="uid of the session")
    enrolment = serializers.IntegerField(min_value=1)
    mark = serializers.ChoiceField(Attendance.Mark.choices)
    base = serializers.UUIDField(allow_null=True, required=False, default=None, help_text="client id of the mark seen standing")
    marked_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def said(self, row):
        return Said(row["enrolment"], row["mark"], row["base"], row["client_id"], row["marked_at"], row["reason"])


class KeptMarks(serializers.Serializer):
    device = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    entries = KeptMark(many=True, allow_empty=False, max_length=ANYTHING)

    def rows(self):
        """[(uid of the session, Said)]"""
        return [(row["session"], KeptMark().said(row)) for row in self.validated_data["entries"]]


def answered(answers):
    """What became of each mark, as JSON."""
    found = []
    for answer in answers:
        stands = answer.standing
        standing = stands and {"client_id": stands.entry and str(stands.entry.client_id), "mark": stands.mark}
        found.append(
            {"client_id": str(answer.said.client_id), "state": answer.state, "detail": str(answer.message), "code": answer.code, "standing": standing}
        )  # fmt: skip
    return found
