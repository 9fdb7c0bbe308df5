"""Staff returns: receive a file, keep what was read as a preview, put it right, put it aside. Taking it in: taking_in.py."""

import datetime as dt
import hashlib
import io
import json
from collections import Counter
from contextlib import contextmanager, suppress
from itertools import islice

from django.conf import settings
from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Roster, RosterRow
from centres.services import register
from centres.staff_cells import COPY_COLUMNS
from centres.staff_file import HEADINGS, OUR_SHEETS, problem
from cse_portal.activity import trail
from cse_portal.lib import clock, tabular
from cse_portal.lib.errors import Refused

MOST_ATTEMPTS = 5  # in vain, at the same place
BATCH = 5000
Outcome, State = RosterRow.Outcome, Roster.State


@transaction.atomic
def receive(actor, *, file, file_name, as_at=None, organisation=None, full=False, follows=None):
    """Keeps the file; a task reads it. `organisation` null: a national file, which only administrators file. `full`: it lists
    everyone in post. `follows`: the return whose rejected rows these are, with its day and its MDA. Returns the Roster."""
    if not policies.may_file_roster(actor):
        raise Refused(_("Only HR officers, authorised officers and administrators file staff returns."))
    if follows is not None:
        as_at, organisation, full = follows.as_at, follows.organisation, False
    organisation = organisation or actor.organisation
    if organisation is not None and not actor.covers(organisation.pk):
        raise Refused(_("You may file for your own MDA and those under it."))
    if as_at > actor.today:
        raise Refused(_("The as-at date is in the future."), fields={"as_at": [_("Give today or an earlier day.")]})
    if file.size > settings.STAFF_FILE_MAX_BYTES:
        size = settings.STAFF_FILE_MAX_BYTES // (1024 * 1024)
        sentence = _("The file is larger than %(size)s MB. Split it into several.") % {"size": size}
        raise Refused.of("file", sentence, "too_large")
    if not file.size:
        raise Refused.of("file", _("The file is empty."), "empty_file")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    roster = Roster(
        organisation=organisation,
        reach=organisation if actor.is_system else actor.organisation,
        follows=follows,
        as_at=as_at,
        full=full,
        file_name=file_name.replace("\x00", "")[-200:],
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
    roster = Roster.objects.select_for_update(skip_locked=True, of=["self"]).filter(pk=roster_id).first()
    if roster is None or not (roster.state == State.RECEIVED or _abandoned(roster)):
        return None
    if roster.attempts >= MOST_ATTEMPTS:
        roster.state = State.READING
        cannot_be_read(
            roster,
            _("Reading this file was begun %(n)s times and never came to its end. Save it again as CSV and upload that.")
            % {"n": roster.attempts},
        )
        return None
    roster.state, roster.claimed_at, roster.attempts = State.READING, clock.now(), roster.attempts + 1
    roster.save(update_fields=["state", "claimed_at", "attempts"])
    return roster


def _abandoned(roster):
    lapse = dt.timedelta(seconds=settings.STAFF_FILE_CLAIM_SECONDS)
    return roster.state == State.READING and roster.claimed_at < clock.now() - lapse


def waiting_ids():
    """Ids of rosters that nobody reads: received, or left by a worker that died."""
    waiting = Roster.objects.filter(state__in=[State.RECEIVED, State.READING]).order_by("pk")
    return [r.pk for r in waiting if r.state == State.RECEIVED or _abandoned(r)]


@transaction.atomic
def cannot_be_read(roster, why):
    """Says why the whole file cannot be read."""
    if (
        Roster.objects.filter(pk=roster.pk, claimed_at=roster.claimed_at)
        .exclude(state=State.CANCELLED)
        .update(state=State.FAILED, problem=why, rows=0)
    ):
        roster.lines.all().delete()


def preview(roster, headings, rows, expected=0):
    """Keeps the rows (centres.staff_file.Row) as read, then writes beside each what it would do to the register.

    Batch by batch: whoever waits sees how far it is, a worker that dies is noticed and the next goes on behind its last batch,
    and memory stays flat. A roster that was cancelled meanwhile, or that another worker took over, is left alone."""
    last = roster.lines.order_by("-line").values_list("line", flat=True).first() or 0
    with _being_read(roster) as held:
        if held:
            held.headings, held.expected, held.rows = headings, max(expected - 1, 0), roster.lines.count()
    rows, presumed = iter(rows), None
    while batch := list(islice(rows, BATCH)):
        if batch[-1].line <= last:
            continue
        with _being_read(roster) as held:
            if held is None:
                return
            new = [row for row in batch if row.line > last]
            presumed = presumed or register.presumed(new)
            stage(held, new, presumed)
            held.rows, held.attempts = held.rows + len(new), 1
    with _being_read(roster) as held:
        if held:
            judge(held)
            held.state, held.problem, held.expected = State.READ, "", held.rows


@contextmanager
def _being_read(roster):
    """The roster under lock, if this worker still reads it: saved, with a sign of life, in a transaction of its own."""
    with transaction.atomic():
        held = Roster.objects.select_for_update().get(pk=roster.pk)
        if held.state != State.READING or held.claimed_at != roster.claimed_at:
            yield None
            return
        yield held
        held.claimed_at = roster.claimed_at = clock.now()
        held.save()


STAGED = ", ".join(["roster_id", "line", "outcome", "cells", *COPY_COLUMNS, "diff", "problems"])


def stage(roster, rows, presumed=Outcome.UNCHANGED, keep_cells=False):
    """Adds rows as read. What they would do is presumed, except of those that the file itself rejects: judging then has to write
    only what is otherwise. Cells are kept of those too; those of the others stand in the file."""
    table = io.StringIO()
    empty = "\t".join(["\\N"] * len(COPY_COLUMNS))
    for row in rows:
        said = "\t".join([cell[0] for cell in row.taken]) or empty
        wrong = _json(row.problems) if row.problems else "[]"
        outcome = "rejected" if row.problems else presumed
        cells = _json(row.cells) if row.problems or keep_cells else "[]"
        table.write(f"{roster.pk}\t{row.line}\t{outcome}\t{cells}\t{said}\t{{}}\t{wrong}\n")
    table.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {RosterRow._meta.db_table} ({STAGED}) FROM STDIN", table)


def _json(thing):
    """JSON as COPY's text form takes it; JSON itself writes tabs and line ends as escapes."""
    text = json.dumps(thing, ensure_ascii=False)
    if "\\u0000" in text:  # NUL, which no database text holds
        text = json.dumps(thing, ensure_ascii=False).replace("\\u0000", "\ufffd")
    return text.replace("\\", "\\\\")


def judge(roster, lines=None):
    """Compares the rows (all, or these lines) with the register; counts them by outcome, and whom a file that lists everyone
    does not name. The roster is not saved."""
    register.judge(roster, lines)
    keep_cells_of_rejected(roster)
    with connection.cursor() as cursor:
        cursor.execute("SELECT outcome, count(*) FROM centres_rosterrow WHERE roster_id = %s GROUP BY 1", [roster.pk])
        n = Counter(dict(cursor.fetchall()))
    for outcome in Outcome.values:
        setattr(roster, outcome, n[outcome])
    with register.plain_plans(roster.rows):
        roster.leavers = register.missing(roster) if roster.full else 0


@transaction.atomic
def cancel(actor, *, roster):
    """Puts the return aside, also while it is read or taken in; nothing is written to the register."""
    roster = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
    if roster.state == State.CANCELLED:
        return roster
    if roster.state == State.APPLIED:
        raise Refused(_("This return has been applied. File a new one to correct it."))
    if not policies.may_confirm_roster(actor, roster):
        raise Refused(_("You may cancel the returns of your own MDA and those under it."))
    roster.state = State.CANCELLED
    roster.save(update_fields=["state"])
    trail.record(actor, "staff return cancelled", roster)
    return roster


def rejected_row(roster, line):
    """The rejected row of that line. Refused when it is none, or is past correcting here."""
    row = roster.lines.filter(line=line, outcome=Outcome.REJECTED).first()
    if row is None:
        raise Refused(_("Row %(line)s of this return is not rejected.") % {"line": line}, code="not_rejected")
    if roster.state != State.READ:
        raise Refused(
            _("Rows are corrected before the return is confirmed. Upload the rejected rows as a file instead."), code="not_open"
        )
    return row


def next_rejected(roster, line):
    """The line of the rejected row after this one, or of the first, if any."""
    left = roster.lines.filter(outcome=Outcome.REJECTED).order_by("line").values_list("line", flat=True)
    return left.filter(line__gt=line).first() or left.first()


@transaction.atomic
def put_right(actor, *, roster, row):
    """Replaces a rejected row by its corrected form (a centres.staff_file.Row), judged like the rest. Returns the RosterRow."""
    roster = Roster.objects.select_for_update().get(pk=roster.pk)
    if not policies.may_confirm_roster(actor, roster):
        raise Refused(_("You may correct the returns of your own MDA and those under it."))
    old = rejected_row(roster, row.line)
    _stands_once(roster, row)
    old.delete()
    stage(roster, [row], keep_cells=True)
    judge(roster, [row.line])
    roster.save()
    new = roster.lines.get(line=row.line)
    given = zip(roster.headings, old.cells + [""] * len(roster.headings), row.cells, strict=False)
    changed = {heading: (before, after) for heading, before, after in given if before != after}
    trail.record(actor, "staff return row corrected", roster, changed, _("row %(line)s") % {"line": row.line})
    return new


def _stands_once(roster, row):
    values = row.values
    for key, field, code in (("personal_no", "personal_key", "duplicate_personal_no"), ("upn", "upn", "duplicate_upn")):
        if not values.get(field):
            continue
        others = roster.lines.exclude(line=row.line).exclude(problems__contains=[{"column": HEADINGS[key]}])
        if other := others.filter(**{field: values[field]}).first():
            row.problems.append(problem(key, values[key], code, line=other.line))


def keep_cells_of_rejected(roster):
    """Rows that the register rejects are shown and corrected like those that the file itself rejects: with their cells."""
    wanted = roster.lines.filter(outcome=Outcome.REJECTED, cells=[]).values_list("line", flat=True)
    lines = set(wanted.iterator(chunk_size=5000))
    if not lines:
        return
    table = io.StringIO()
    for line, cells in _as_given(roster):
        if line in lines:
            table.write(f"{line}\t{_json(cells)}\n")
    table.seek(0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.given; CREATE TEMPORARY TABLE given (line int, cells jsonb) ON COMMIT DROP")
        cursor.copy_expert("COPY given FROM STDIN", table)
        cursor.execute(
            "UPDATE centres_rosterrow r SET cells = given.cells FROM given WHERE r.roster_id = %s AND r.line = given.line",
            [roster.pk],
        )


def annotated_columns(roster, outcome=None):
    """The heading and rows of the file as given (or those of one outcome), `status` and `error` put behind: (heading, rows()).

    The cells of rejected and of corrected rows are kept; those of the others stand in the file."""
    lines = roster.lines.filter(outcome=outcome) if outcome in Outcome.values else roster.lines.all()
    width = len(roster.headings)

    def rows():
        given = _as_given(roster)
        for row in lines.only("cells", "outcome", "problems", "line", "roster").iterator(chunk_size=2000):
            error = "; ".join(f"{p['column']}: {p['remedy']}" if p["column"] else p["remedy"] for p in row.problems)
            cells = (row.cells or next((cells for line, cells in given if line == row.line), []))[:width]
            yield [*cells, *[""] * (width - len(cells)), row.get_outcome_display(), error]

    return [*roster.headings, _("status"), _("error")], rows


def _as_given(roster):
    with suppress(FileNotFoundError):
        yield from tabular.table(roster.file.path, besides=OUR_SHEETS)[1]
