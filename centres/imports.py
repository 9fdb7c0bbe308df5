"""Reading a staff file: what a cell may hold, what each row says, and the path from file to preview."""

import io
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Cadre, Centre, County, JobGroup, Officer, Organisation
from centres.services import rosters
from centres.staff_file import COLUMNS, EXPLAINED, HEADINGS, Row
from cse_portal.lib import clock, tabular
from cse_portal.lib.errors import Refused

MOST_ROWS = 100_000
validate_length = MaxLengthValidator(Officer._meta.get_field("email").max_length)
LONGEST = {"surname": 60, "first_name": 60, "other_names": 100, "designation": 120}
GENDERS = {"m": "M", "male": "M", "f": "F", "female": "F"}
TERMS = {
    "permanent": "permanent", "permanent and pensionable": "permanent", "permanent & pensionable": "permanent", "p&p": "permanent", "pensionable": "permanent",
    "contract": "contract", "secondment": "secondment", "seconded": "secondment", "casual": "casual", "temporary": "casual",
    "intern": "intern", "internship": "intern",
}  # fmt: skip


@dataclass
class Catalogue:
    """What codes and names stand for: {folded code or name: id}. `series`: {organisation id: number series}."""

    organisations: dict
    cadres: dict
    job_groups: dict
    counties: dict
    centres: dict
    series: dict
    allowed: frozenset | None = None  # organisation ids the file may name; None: any
    only: int | None = None  # the organisation of rows that name none


@lru_cache(maxsize=20_000)
def fold(text):
    """How headings, codes and names are compared: case, accents, spaces and marks do not matter."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    plain = re.sub(r"['’‘`]", "", plain)  # Murang'a is Muranga
    return " ".join(re.sub(r"[^a-z0-9&]+", " ", plain).split())


ORDER = {"": -1} | {c.heading: place for place, c in enumerate(COLUMNS)}
BY_ALIAS = {fold(name): c.key for c in COLUMNS for name in (c.heading, *c.aliases)}


def header_of(cells, default_organisation=False):
    """[key or None] of the heading's cells. Refused when a column that must be there is not."""
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
    keys = header_of(headings, default_organisation=catalogue.only is not None)
    return [heading.strip() for heading in headings], _rows(lines, keys, [fold(h) for h in headings], catalogue, as_at)


def _rows(lines, keys, heading, catalogue, as_at):
    numbers, upns = {}, {}
    for line in lines:
        cells = _legible(line.cells)
        if [fold(cell) for cell in cells[: len(heading)]] == heading:
            continue
        row = Row(line.number, cells)
        extra = [cell for cell in cells[len(keys) :] if cell.strip()]
        if len(cells) < len(keys):
            row.reject("", "", "short_row", found=len(cells), wanted=len(keys))
        elif extra:
            row.reject("", extra[0][:200], "long_row")
        else:
            _understand(row, {key: cell for key, cell in zip(keys, cells, strict=False) if key}, catalogue, as_at)
            _once(row, "personal_no", row.values.get("personal_key"), numbers, "duplicate_personal_no")
            _once(row, "upn", row.values.get("upn"), upns, "duplicate_upn")
            row.problems.sort(key=lambda problem: ORDER[problem["column"]])
        yield row


def _legible(cells):
    """NUL, which no database text holds, becomes the sign of an unreadable character."""
    return [cell.replace("\x00", "\ufffd") for cell in cells]


def _is_hidden(character):
    """Control and format characters, and what could not be decoded; not tabs and line ends."""
    return character == "\ufffd" or (unicodedata.category(character) in ("Cc", "Cf") and character not in "\t\r\n")


def _once(row, key, value, seen, code):
    if value and seen.setdefault(value, row.line) != row.line:
        row.reject(key, row.values[key], code, line=seen[value])


def _understand(row, cells, catalogue, as_at):
    values = row.values
    for column in COLUMNS:
        text = cells.get(column.key, "")
        if not (text.isascii() and text.isprintable()) and any(map(_is_hidden, text)):
            row.reject(column.key, "".join(c if c.isprintable() else "\ufffd" for c in text), "control_character")
            continue
        text = unicodedata.normalize("NFC", " ".join(text.split()))
        if column.key == "organisation" and not text and catalogue.only is not None:
            values["organisation"] = catalogue.only
            values["series"] = catalogue.series[catalogue.only]
            continue
        CELLS[column.key](row, column.key, text, values, catalogue, as_at)
    if not values.get("surname") and not any(p["column"] == HEADINGS["surname"] for p in row.problems):
        row.reject("surname", "", "missing_name")
    if not values.get("first_name") and not any(p["column"] == HEADINGS["first_name"] for p in row.problems):
        row.reject("first_name", "", "missing_name")


def _personal_no(row, key, text, values, *_):
    shown = text.removesuffix(".0")
    digits = shown.replace(" ", "")
    if not digits:
        row.reject(key, text, "missing_personal_no")
    elif not re.fullmatch(r"[0-9]{4,12}", digits) or not digits.strip("0"):
        row.reject(key, text, "bad_personal_no")
    else:
        values["personal_no"], values["personal_key"] = digits, digits.lstrip("0")


def _upn(row, key, text, values, *_):
    digits = text.replace(" ", "").removesuffix(".0")
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", digits):
        row.reject(key, text, "scientific_upn")
    elif digits and not re.fullmatch(r"[0-9]{6,15}", digits):
        row.reject(key, text, "bad_upn")
    elif digits:
        values["upn"] = digits


def _text(row, key, text, values, *_):
    if len(text) > LONGEST[key]:
        row.reject(key, text, "overlong_name", longest=LONGEST[key])
    elif text:
        values[key] = text


def _one_of(table, code):
    def look_up(row, key, text, values, *_):
        if not text:
            return
        found = table.get(" ".join(text.lower().split()))
        if found is None:
            row.reject(key, text, code)
        else:
            values[key] = found

    return look_up


def _organisation(row, key, text, values, catalogue, as_at):
    found = catalogue.organisations.get(fold(text))
    if not text:
        row.reject(key, text, "missing_mda")
    elif found is None:
        row.reject(key, text, "unknown_mda")
    elif catalogue.allowed is not None and found not in catalogue.allowed:
        row.reject(key, text, "not_your_mda")
    else:
        values[key], values["series"] = found, catalogue.series[found]


def _place(table, code, missing=None):
    def look_up(row, key, text, values, catalogue, as_at):
        known = getattr(catalogue, table)
        found = known.get(fold(text)) or known.get(fold(text).zfill(3)) or known.get(fold(text).removesuffix(" county"))
        if not text:
            if missing:
                row.reject(key, text, missing)
        elif found is None:
            row.reject(key, text, code)
        else:
            values[key] = found

    return look_up


def _date(row, key, text, values, catalogue, as_at):
    if not text:
        return
    try:
        day = clock.parse_date(text)
    except ValueError:
        day = None
    if day is None or day.year <= 1940:
        row.reject(key, text, "impossible_date")
    elif day > as_at:
        row.reject(key, text, "future_date")
    else:
        values[key] = day.isoformat()


def _email(row, key, text, values, *_):
    if not text:
        return
    try:
        validate_email(text)
        validate_length(text)
    except ValidationError:
        row.reject(key, text, "bad_email")
    else:
        values[key] = text.lower()


def _phone(row, key, text, values, *_):
    if not text:
        return
    digits = re.sub(r"[\s().-]+", "", text).removesuffix(".0")
    found = re.fullmatch(r"(?:\+?254|0)?([17][0-9]{8})", digits)
    if found is None:
        row.reject(key, text, "bad_phone")
    else:
        values[key] = f"+254{found[1]}"


CELLS = {
    "personal_no": _personal_no,
    "upn": _upn,
    "surname": _text,
    "first_name": _text,
    "other_names": _text,
    "gender": _one_of(GENDERS, "bad_gender"),
    "organisation": _organisation,
    "cadre": _place("cadres", "unknown_cadre", missing="missing_cadre"),
    "job_group": _place("job_groups", "bad_job_group"),
    "designation": _text,
    "terms": _one_of(TERMS, "bad_terms"),
    "county": _place("counties", "unknown_county"),
    "centre": _place("centres", "unknown_centre"),
    "in_post_since": _date,
    "email": _email,
    "phone": _phone,
}


def read_roster(roster_id):
    """Reads a waiting staff return into a preview, or says why it cannot be read. Safe to run twice."""
    roster = rosters.claim(roster_id)
    if roster is None:
        return
    try:
        headings, rows = read(tabular.lines(roster.file.path), catalogue(roster), roster.as_at)
        rosters.preview(roster, headings, _not_too_many(rows))
    except Refused as refusal:
        rosters.cannot_be_read(roster, str(refusal.message))


def _not_too_many(rows):
    number = 0
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise Refused(
                _("The file has more than %(most)s rows. Split it into several.") % {"most": f"{MOST_ROWS:,}"},
                code="too_many_rows",
            )
        yield row
    if not number:
        raise Refused(_("The file has a heading but no rows."), code="no_rows")


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


ROWS = 20000


def template():
    """An XLSX file, open for reading."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        staff, lists = book.add_worksheet("Staff"), book.add_worksheet("Lists")
        staff.freeze_panes(1, 0)
        choices = {
            "gender": ["F", "M"],
            "cadre": list(Cadre.objects.values_list("code", flat=True)),
            "job_group": list(JobGroup.objects.values_list("code", flat=True)),
            "terms": ["Permanent", "Contract", "Secondment", "Casual", "Intern"],
            "county": list(County.objects.values_list("code", flat=True)),
            "organisation": list(Organisation.objects.order_by("code").values_list("code", flat=True)),
        }
        for at, (key, values) in enumerate(choices.items()):
            lists.write_string(0, at, next(c.heading for c in COLUMNS if c.key == key), bold)
            for row, value in enumerate(values, 1):
                lists.write_string(row, at, value)
        for at, column in enumerate(COLUMNS):
            # Text, so that Excel neither drops zeros nor shortens a UPN.
            staff.set_column(at, at, max(12, len(column.heading) + 4), text)
            staff.write_string(0, at, column.heading, bold)
            staff.write_comment(0, at, EXPLAINED[column.key])
            if choices.get(column.key):
                where = list(choices).index(column.key)
                last = len(choices[column.key]) + 1
                letter = chr(ord("A") + where)
                staff.data_validation(
                    1,
                    at,
                    ROWS,
                    at,
                    {"validate": "list", "source": f"=Lists!${letter}$2:${letter}${last}", "error_type": "warning"},
                )
        help_sheet = book.add_worksheet("Columns")
        help_sheet.set_column(0, 0, 18)
        help_sheet.set_column(1, 1, 90)
        help_sheet.write_row(0, 0, ["Column", "What it takes"], bold)
        for row, column in enumerate(COLUMNS, 1):
            help_sheet.write_row(
                row, 0, [column.heading + (" (must be there)" if column.required else ""), EXPLAINED[column.key]]
            )
    file.seek(0)
    return file
