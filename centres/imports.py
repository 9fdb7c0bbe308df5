"""Reading a staff file: from its headings to rows, and from a waiting file to its preview."""

import gc
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Cadre, Centre, County, JobGroup, Organisation
from centres.services import rosters
from centres.staff_cells import Catalogue, Cells, fold
from centres.staff_file import COLUMNS, OUR_SHEETS, Row, problem
from cse_portal.lib import clock, tabular
from cse_portal.lib.errors import Refused

MOST_COLUMNS = 100
BY_ALIAS = {fold(name): c.key for c in COLUMNS for name in (c.heading, *c.aliases)}
ORDER = {"": -1} | {c.heading: place for place, c in enumerate(COLUMNS)}


def header_of(cells, default_organisation=False):
    """[key or None] of the heading's cells. Refused when a column that must be there is not."""
    if len(cells) > MOST_COLUMNS:
        raise Refused(
            _("The file has %(n)s columns; a staff file has at most %(most)s. Take out what is not needed.")
            % {"n": len(cells), "most": MOST_COLUMNS},
            code="too_many_columns",
        )
    keys = [BY_ALIAS.get(fold(cell)) for cell in cells]
    for column in COLUMNS:
        if keys.count(column.key) > 1:
            raise Refused(
                _("The file has two columns for “%(name)s”. Take one out.") % {"name": column.heading}, code="column_twice"
            )
    missing = [c for c in COLUMNS if c.required and c.key not in keys and not (c.key == "organisation" and default_organisation)]
    if missing:
        names = "; ".join(f"“{c.heading}” ({_('or')} {', '.join(c.aliases)})" for c in missing)
        raise Refused(_("The first row must name the columns. Missing: %(names)s.") % {"names": names}, code="missing_column")
    return keys


def read(lines, catalogue, as_at):
    """(headings, iterator of Row) of a file: blank records and a repeated heading are passed over.

    `lines`: records of cse_portal.lib.tabular. Numbers that stand twice in the file are rejected the second time."""
    lines = iter(lines)
    head = next(lines, None)
    if head is None:
        raise Refused(_("The file is empty."), code="empty_file")
    headings = _legible(head.cells)
    while headings and not headings[-1].strip():
        headings.pop()  # a spreadsheet's empty columns
    reader = Reader(headings, catalogue, as_at)
    return [heading.strip() for heading in headings], reader.rows(lines)


class Reader:
    """Understands the rows of a file with these headings."""

    def __init__(self, headings, catalogue, as_at):
        keys = header_of(headings, default_organisation=catalogue.only is not None)
        self.width, self.heading = len(keys), [fold(heading) for heading in headings]
        self.cells = Cells(catalogue, as_at)
        places = {key: place for place, key in enumerate(keys) if key}
        absent = self.cells.of  # what a column says that the file lacks
        self.plan = [(c.key, places.get(c.key), None if c.key in places else absent(c.key, "")) for c in COLUMNS]

    def rows(self, lines):
        numbers, upns = {}, {}
        for number, cells in lines:
            row = self.row(number, cells)
            if row.problems and [fold(cell) for cell in cells[: self.width]] == self.heading:
                continue
            if row.taken:
                self._once(row, 0, "personal_no", 1, numbers, "duplicate_personal_no")
                self._once(row, 1, "upn", 0, upns, "duplicate_upn")
            yield row

    def row(self, number, cells):
        """A Row; whether its numbers stand elsewhere in the file too is for others to say."""
        if len(cells) != self.width:
            if len(cells) < self.width:
                return Row(number, cells, [], [problem("", "", "short_row", found=len(cells), wanted=self.width)])
            if extra := [cell for cell in cells[self.width :] if cell.strip()]:
                return Row(number, cells, [], [problem("", extra[0][:200], "long_row")])
        of, taken = self.cells.of, []
        for key, place, absent in self.plan:
            taken.append(absent or of(key, cells[place]))
        return Row(number, cells, taken, [trouble for _copied, _pairs, trouble in taken if trouble is not None])

    def _once(self, row, column, key, pair, seen, code):
        """`pair`: which of the column's values must stand only once in the file."""
        if (pairs := row.taken[column][1]) and (earlier := seen.setdefault(pairs[pair][1], row.line)) != row.line:
            row.problems.append(problem(key, pairs[0][1], code, line=earlier))
            row.problems.sort(key=lambda trouble: ORDER[trouble["column"]])


def _legible(cells):
    """NUL, which no database text holds, becomes the sign of an unreadable character."""
    return [cell.replace("\x00", "\ufffd") for cell in cells]


def read_roster(roster_id):
    """Reads a waiting staff return into a preview, or says why it cannot be read. Safe to run twice; goes on where a reader
    that died had come to."""
    roster = rosters.claim(roster_id)
    if roster is None:
        return
    try:
        about, lines = tabular.table(roster.file.path, besides=OUR_SHEETS)
        _not_too_many(about // 2)  # blank lines are no rows; whoever is far over need not be read
        headings, rows = read(lines, catalogue(roster), roster.as_at)
        with _no_search_for_cycles():
            rosters.preview(roster, headings, _counted(rows), about)
    except Refused as refusal:
        rosters.cannot_be_read(roster, str(refusal.message))


@contextmanager
def _no_search_for_cycles():
    """Rows hold no cycles; looking for some among them takes Python longer than reading them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _counted(rows):
    number = 0
    for number, row in enumerate(rows, 1):
        _not_too_many(number)
        yield row
    if not number:
        raise Refused(_("The file has a heading but no rows."), code="no_rows")


def _not_too_many(number):
    if number > settings.STAFF_FILE_MAX_ROWS:
        raise Refused(
            _("The file has more than %(most)s rows. Split it into several.") % {"most": f"{settings.STAFF_FILE_MAX_ROWS:,}"},
            code="too_many_rows",
        )


def fix_row(actor, *, roster, line, cells):
    """Corrects a rejected row in the page: `cells` {place in the heading: text}. It is checked like a row of the file."""
    kept = rosters.rejected_row(roster, line)
    given = [
        cells.get(place, old) for place, old in enumerate((kept.cells + [""] * len(roster.headings))[: len(roster.headings)])
    ]
    row = Reader(roster.headings, catalogue(roster), roster.as_at).row(line, given)
    return rosters.put_right(actor, roster=roster, row=row)


def unknown_headings(headings):
    """Those that are not of the staff file: their columns are not read."""
    return [heading for heading in headings if heading and fold(heading) not in BY_ALIAS]


def catalogue(roster):
    """What this file may name: all codes and names as of its as-at date."""

    def by(queryset, *fields):
        return {
            fold(getattr(thing, field)): thing.pk for thing in queryset for field in reversed(fields) if getattr(thing, field)
        }

    organisations = list(Organisation.objects.in_being(roster.as_at))
    counties = by(County.objects.all(), "code", "name")
    allowed = only = None
    if roster.organisation_id:
        # Today's tree, not the as-at day's: an HR officer answers for the MDAs below now.
        allowed = organisations_below(roster.organisation_id, clock.today())
        only = roster.organisation_id
    return Catalogue(
        organisations=by(organisations, "code", "name"),
        cadres=by(Cadre.objects.all(), "code", "name"),
        job_groups=by(JobGroup.objects.all(), "code"),
        counties={name.removesuffix(" city"): pk for name, pk in counties.items()} | counties,  # Nairobi is Nairobi City
        centres=by(Centre.objects.all(), "code", "name"),
        series={o.pk: o.number_series for o in organisations},
        allowed=allowed,
        only=only,
    )
