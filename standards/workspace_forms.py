"""Shapes of what a device sends from an audit."""

import json
from dataclasses import asdict

from rest_framework import serializers

from .models import Evidence, Rating
from .services import fieldwork
from .services.evidence import Piece
from .services.fieldwork import REFUSED, Answer, Change

AT_ONCE = 200


class PieceShape(serializers.Serializer):
    kind = serializers.ChoiceField(Evidence.Kind.choices)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    n = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True, default=None)
    collected_on = serializers.DateField(required=False, allow_null=True, default=None)
    covers_from = serializers.DateField(required=False, allow_null=True, default=None)
    covers_to = serializers.DateField(required=False, allow_null=True, default=None)
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", required=False, allow_blank=True, default="", help_text="of the file, as the device worked it out"
    )


class ChangeShape(serializers.Serializer):
    client_ref = serializers.CharField(max_length=36, help_text="made by the device; the same again changes nothing")
    element = serializers.CharField(max_length=8)
    value = serializers.ChoiceField(Rating.Value.choices, required=False, allow_blank=True, default="")
    justification = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    base_revision = serializers.IntegerField(min_value=0, default=0, help_text="revision that the device knew; 0: none")
    seen = serializers.ListField(
        child=serializers.CharField(max_length=36), max_length=200, default=list,
        help_text="the device's own earlier saves of this element whose answers it never had",
    )  # fmt: skip
    made_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    evidence = PieceShape(required=False, allow_null=True, default=None)
    take_back = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="id of a piece of evidence")


class ChangesShape(serializers.Serializer):
    changes = ChangeShape(many=True, help_text=f"at most {AT_ONCE}, in the order made")


class OneFileShape(serializers.Serializer):
    change = serializers.CharField(help_text="one change as JSON, with its evidence")
    upload = serializers.FileField()


class AnswerShape(serializers.Serializer):
    client_ref = serializers.CharField()
    element = serializers.CharField()
    state = serializers.CharField(help_text="saved, same, conflict or refused")
    detail = serializers.CharField()
    code = serializers.CharField()
    standing = serializers.DictField(allow_null=True)
    kept = serializers.DictField(allow_null=True)


def sent(data, files):
    """The changes of a request: JSON {changes: […]}, or multipart with one `change` and its `upload`. ValueError: neither."""
    if "upload" in files:
        return [json.loads(data["change"])], files["upload"]
    body = data if isinstance(data, dict) and "changes" in data else json.loads(data)
    changes = body["changes"]
    if not isinstance(changes, list) or len(changes) > AT_ONCE:
        raise ValueError("changes")
    return changes, None


def read(changes, upload=None):
    """[Change or Answer]: one that has not the right shape is answered by itself, so that it never stops the others."""
    for said in changes:
        shape = ChangeShape(data=said)
        if not shape.is_valid():
            yield _answered(said, shape.errors)
            continue
        data = dict(shape.validated_data)
        piece = data.pop("evidence")
        yield Change(**data | {"seen": tuple(data["seen"])}, piece=Piece(**piece, upload=upload) if piece else None)


def _answered(said, errors):
    said = said if isinstance(said, dict) else {}
    sentences = " ".join(f"{name}: {_first(found)}" for name, found in errors.items())
    return Answer(str(said.get("client_ref", "")), str(said.get("element", "")), REFUSED, sentences, "invalid")


def _first(found):
    while isinstance(found, (dict, list)):
        found = next(iter(found.values() if isinstance(found, dict) else found), "")
    return found


def take_in(scope, site, changes, upload=None):
    """Answers as JSON, in the order sent."""
    got = list(read(changes, upload))
    taken = iter(fieldwork.take_in(scope, site, [one for one in got if isinstance(one, Change)]))
    return [asdict(next(taken) if isinstance(one, Change) else one) for one in got]
