"""Staff returns: receive a file, keep what was read as a preview, confirm it as one change or cancel it."""

import datetime as dt
import hashlib
import io
import json
from collections import Counter
from contextlib import contextmanager
from itertools import islice

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from centres import policies
from centres.access import organisations_below
from centres.models import Roster, RosterCoverage, RosterRow
from centres.services import merge, register
from centres.staff_file import Row
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused

READING_LAPSES = dt.timedelta(minutes=2)  # a worker that gives no sign of life is not waited for longer than this
MOST_ATTEMPTS = 3
BATCH = 2000
Outcome = RosterRow.Outcome


@transaction.atomic
def receive(actor, *, file, file_name, as_at, organisation=None):
    """Keeps the file; a task reads it. `organisation` null: a national file, which only administrators file. Returns the Roster."""
    if not policies.may_file_roster(actor):
        raise Refused(_("Only HR officers, authorised officers and administrators file staff returns."))
    organisation = organisation or actor.organisation
    if organisation is not None and not actor.covers(organisation.pk):
        raise Refused(_("You may file for your own MDA and those under it."))
    if as_at > actor.today:
        raise Refused(_("The as-at date is in the future."), fields={"as_at": [_("Give today or an earlier day.")]})
    if file.size > settings.STAFF_FILE_MAX_BYTES:
        size = settings.STAFF_FILE_MAX_BYTES // (1024 * 1024)
        raise Refused(
            _("The file is larger than %(size)s MB. Split it into several.") % {"size": size},
            fields={"file": [_("The file is larger than %(size)s MB. Split it into several.") % {"size": size}]},
        )
    if not file.size:
        raise Refused(_("The file is empty."), fields={"file": [_("The file is empty.")]})
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    roster = Roster(
        organisation=organisation,
        as_at=as_at,
        file_name=file_name[-200:],
        sha256=digest.hexdigest(),
        uploaded_by=actor.user,
        uploaded_at=clock.now(),
    )
    roster.file.save(f"{roster.ref}.{'xlsx' if file_name.lower().endswith('xlsx') else 'csv'}", File(file), save=False)
    roster.save()
    trail.record(actor, "staff return received", roster, {"file": (None, file_name), "as at": (None, as_at)})
    return roster


@transaction.atomic
def claim(roster_id):
    """Marks a waiting roster (or one whose reader died) as being read by this worker; None when another has it."""
    roster = Roster.objects.select_for_update(skip_locked=True).filter(pk=roster_id).first()
    if roster is None or not (roster.state == Roster.State.RECEIVED or _abandoned(roster)):
        return None
    if roster.attempts >= MOST_ATTEMPTS:
        roster.state = Roster.State.READING
        cannot_be_read(
            roster,
            _("Reading this file was begun %(n)s times and never came to its end. Save it again as CSV and upload that.")
            % {"n": roster.attempts},
        )
        return None
    roster.state, roster.claimed_at, roster.attempts = Roster.State.READING, clock.now(), roster.attempts + 1
    roster.save(update_fields=["state", "claimed_at", "attempts"])
    return roster


def _abandoned(roster):
    return roster.state == Roster.State.READING and roster.claimed_at < clock.now() - READING_LAPSES


def waiting_ids():
    """Ids of rosters that nobody reads: received, or left by a worker that died."""
    waiting = Roster.objects.filter(state__in=[Roster.State.RECEIVED, Roster.State.READING]).order_by("pk")
    return [r.pk for r in waiting if r.state == Roster.State.RECEIVED or _abandoned(r)]


@transaction.atomic
def cannot_be_read(roster, why):
    """Says why the whole file cannot be read."""
    if (
        Roster.objects.filter(pk=roster.pk, claimed_at=roster.claimed_at)
        .exclude(state=Roster.State.CANCELLED)
        .update(state=Roster.State.FAILED, problem=why)
    ):
        roster.lines.all().delete()


def preview(roster, headings, rows):
    """Keeps the rows (centres.staff_file.Row) as read, beside what the register says of them.

    Batch by batch: whoever waits sees how far it is, a worker that dies is noticed, and memory stays flat. A roster that was
    cancelled meanwhile, or that another worker took over, is left alone."""
    with _being_read(roster) as held:
        if held:
            _clear(held)
            held.headings = headings
    for batch in _batches(rows):
        with _being_read(roster) as held:
            if held is None:
                return
            _stage(held, batch)
    with _being_read(roster) as held:
        if held:
            held.state, held.problem = Roster.State.READ, ""


@contextmanager
def _being_read(roster):
    """The roster under lock, if this worker still reads it: saved, with a sign of life, in a transaction of its own."""
    with transaction.atomic():
        held = Roster.objects.select_for_update().get(pk=roster.pk)
        if held.state != Roster.State.READING or held.claimed_at != roster.claimed_at:
            yield None
            return
        yield held
        held.claimed_at = roster.claimed_at = clock.now()
        held.save()


def _batches(rows):
    rows = iter(rows)
    return iter(lambda: list(islice(rows, BATCH)), [])


def _clear(roster):
    roster.lines.all().delete()
    roster.rows = roster.created = roster.changed = roster.unchanged = roster.rejected = 0


STAGED = ["roster_id", "line", "outcome", "cells", "values", "officer_id", "diff", "problems"]


def _stage(roster, rows):
    """Compares some rows with the register and adds them, and their counts, to the preview."""
    judged = register.compare(rows, roster.as_at)
    table = io.StringIO()
    for j in judged:
        row = j.row
        fields = (
            roster.pk,
            row.line,
            j.outcome,
            _json(row.cells),
            _json(row.values),
            j.officer_id or "\\N",
            _json(j.diff),
            _json(row.problems),
        )
        table.write("\t".join(map(str, fields)) + "\n")
    table.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {RosterRow._meta.db_table} ({', '.join(STAGED)}) FROM STDIN", table)
    n = Counter(j.outcome for j in judged)
    roster.rows += len(judged)
    for outcome in Outcome.values:
        setattr(roster, outcome, getattr(roster, outcome) + n[outcome])


def _json(thing):
    """JSON as COPY's text form takes it; JSON itself writes tabs and line ends as escapes."""
    return json.dumps(thing, ensure_ascii=False).replace("\\", "\\\\")


def apply(actor, *, roster):
    """Takes the accepted rows into the register, all together or not at all. Confirming twice does nothing more.

    Refused, with a fresh preview, when the register has changed since the file was read."""
    try:
        with transaction.atomic():
            roster = Roster.objects.select_for_update().get(pk=roster.pk)
            if roster.state == Roster.State.APPLIED:
                return roster
            if roster.state != Roster.State.READ:
                raise Refused(
                    _("This return is %(state)s; only one that has been read can be confirmed.")
                    % {"state": roster.get_state_display().lower()}
                )
            if not policies.may_confirm_roster(actor, roster):
                raise Refused(_("You may confirm the returns of your own MDA and those under it."))
            _names_only_ours(actor, roster)
            with merge.plain_plans(roster):
                if _still_true(roster):
                    return _take_in(actor, roster)
    except IntegrityError:
        pass  # another return made one of these officers in the same moment
    with transaction.atomic():
        held = Roster.objects.select_for_update().get(pk=roster.pk)
        if held.state == Roster.State.READ:
            rows = [_as_row(line) for line in held.lines.all()]
            _clear(held)
            for batch in _batches(rows):
                _stage(held, batch)
            held.save()
    raise Refused(
        _("The register has changed since this file was read. The preview is new: look at it again, then confirm."),
        code="register_changed",
    )


def _as_row(line):
    """The staged row as it was read, without what the register said of it."""
    problems = [p for p in line.problems if p["code"] not in register.CODES]
    return Row(line.line, line.cells, line.values, problems)


def _names_only_ours(actor, roster):
    named = set(roster.lines.exclude(outcome=Outcome.REJECTED).values_list("values__organisation", flat=True))
    if roster.organisation_id and named - organisations_below(roster.organisation_id, actor.today):
        raise Refused(_("An MDA that this file names is no longer under yours. File it again."))


def _still_true(roster):
    """Locks the officers concerned and compares again: whether the preview still says what confirming will do."""
    accepted = roster.lines.exclude(outcome=Outcome.REJECTED)
    ids = list(accepted.filter(officer__isnull=False).values_list("officer", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM centres_officer WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    for lines in _batches(accepted.defer("cells").iterator(chunk_size=BATCH)):
        again = register.compare([Row(line.line, [], dict(line.values)) for line in lines], roster.as_at)
        for j, line in zip(again, lines, strict=True):
            if (j.outcome, j.officer_id, j.diff) != (line.outcome, line.officer_id, line.diff):
                return False
    return True


def _take_in(actor, roster):
    officer_ids = merge.merge(roster)
    covered = roster.lines.exclude(outcome=Outcome.REJECTED).values_list("values__organisation", flat=True)
    RosterCoverage.objects.bulk_create(
        RosterCoverage(roster=roster, organisation_id=o, officers=n) for o, n in Counter(covered).items()
    )
    roster.state, roster.applied_by, roster.applied_at = Roster.State.APPLIED, actor.user, clock.now()
    roster.save()
    counts = {
        "new": (None, roster.created),
        "changed": (None, roster.changed),
        "unchanged": (None, roster.unchanged),
        "rejected": (None, roster.rejected),
    }
    trail.record(actor, "staff return applied", roster, counts)
    merge.write_trail(actor, roster)
    merge.tell_above(officer_ids)
    return roster


@transaction.atomic
def cancel(actor, *, roster):
    """Puts the return aside; nothing is written to the register."""
    roster = Roster.objects.select_for_update().get(pk=roster.pk)
    if roster.state == Roster.State.CANCELLED:
        return roster
    if roster.state == Roster.State.APPLIED:
        raise Refused(_("This return has been applied. File a new one to correct it."))
    if not policies.may_confirm_roster(actor, roster):
        raise Refused(_("You may cancel the returns of your own MDA and those under it."))
    roster.state = Roster.State.CANCELLED
    roster.save(update_fields=["state"])
    trail.record(actor, "staff return cancelled", roster)
    return roster


def annotated_columns(roster, outcome=None):
    """The heading and rows of the file as given (or those of one outcome), `status` and `error` put behind: (heading, rows())."""
    lines = roster.lines.filter(outcome=outcome) if outcome in Outcome.values else roster.lines.all()
    width = len(roster.headings)

    def rows():
        for line in lines.iterator(chunk_size=BATCH):
            error = "; ".join(f"{p['column']}: {p['remedy']}" if p["column"] else p["remedy"] for p in line.problems)
            cells = line.cells[:width] + [""] * (width - len(line.cells))
            yield [*cells, line.get_outcome_display(), error]

    return [*roster.headings, _("status"), _("error")], rows
