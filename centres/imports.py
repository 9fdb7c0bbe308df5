"""The staff file: what its columns are called, what a cell may hold, and what each row says. Pure: no database, no clock.

The column contract for people is docs/staff-file.md; change both together."""

import re
import unicodedata
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused


@dataclass(frozen=True)
class Column:
    key: str
    heading: str  # as in the template
    aliases: tuple = ()
    required: bool = False


COLUMNS = [
    Column("personal_no", "P/No.", ("personal no", "personal number", "p no", "pno", "payroll number", "payroll no", "pf no", "pf number", "employment number", "staff no", "staff number"), True),
    Column("upn", "UPN", ("unified payroll number", "unified personnel number")),
    Column("surname", "Surname", ("last name", "family name"), True),
    Column("first_name", "First name", ("given name", "forename"), True),
    Column("other_names", "Other names", ("other name", "middle name", "middle names")),
    Column("gender", "Gender", ("sex",)),
    Column("organisation", "MDA code", ("mda", "mda name", "organisation", "organisation code", "institution"), True),
    Column("cadre", "CSE cadre", ("cadre cse", "cse cadre code"), True),
    Column("job_group", "Job group", ("j g", "jg", "grade", "job grade")),
    Column("designation", "Designation", ("job title", "title", "position")),
    Column("terms", "Terms", ("terms of service", "terms of employment", "employment terms")),
    Column("county", "County code", ("county", "work county", "duty county")),
    Column("centre", "Centre code", ("centre", "station", "duty station", "huduma centre")),
    Column("in_post_since", "In post since", ("date of current posting", "posted on", "date of posting", "date of current appointment")),
    Column("email", "Email", ("e mail", "email address", "e mail address", "work email")),
    Column("phone", "Phone", ("mobile no", "mobile number", "mobile", "phone number", "phone no", "telephone", "cell")),
]
HEADINGS = {c.key: c.heading for c in COLUMNS}
LONGEST = {"surname": 60, "first_name": 60, "other_names": 100, "designation": 120}
GENDERS = {"m": "M", "male": "M", "f": "F", "female": "F"}
TERMS = {
    "permanent": "permanent", "permanent and pensionable": "permanent", "p&p": "permanent", "pensionable": "permanent",
    "contract": "contract", "secondment": "secondment", "seconded": "secondment", "casual": "casual", "temporary": "casual",
    "intern": "intern", "internship": "intern",
}  # fmt: skip

# Every problem a row can have: what to do about it. %(…)s are filled where the problem is found.
REMEDIES = {
    "short_row": gettext_lazy("The row has %(found)s cells; the heading has %(wanted)s. Put back the missing cells, even if they are empty."),
    "long_row": gettext_lazy("The row has more cells than the heading. Put text that has a separator in it into quotation marks."),
    "control_character": gettext_lazy("The cell holds a character that cannot be seen. Type the cell again."),
    "missing_personal_no": gettext_lazy("Give the personal number, as on the payslip."),
    "bad_personal_no": gettext_lazy("Give the personal number with 4 to 12 digits and nothing else."),
    "duplicate_personal_no": gettext_lazy("Line %(line)s has this personal number already. Keep one of the two, or correct the number."),
    "scientific_upn": gettext_lazy("Excel has shortened the UPN. Format the column as text and give the whole number again."),
    "bad_upn": gettext_lazy("Give the UPN with 6 to 15 digits and nothing else, or leave it empty."),
    "duplicate_upn": gettext_lazy("Line %(line)s has this UPN already. Keep one of the two, or correct the UPN."),
    "missing_name": gettext_lazy("Give both the surname and the first name."),
    "overlong_name": gettext_lazy("Shorten it to %(longest)s characters."),
    "bad_gender": gettext_lazy("Write F or M, or leave it empty."),
    "missing_mda": gettext_lazy("Give the code of the MDA, for example SDLD."),
    "unknown_mda": gettext_lazy("No MDA has this code or name. Look it up under Organisations."),
    "not_your_mda": gettext_lazy("Your file may name only your own MDA and those under it. Take this row out, or ask that MDA to file it."),
    "missing_cadre": gettext_lazy("Give the CSE cadre: EXE, SNR, TEC, FRT or SQA."),
    "unknown_cadre": gettext_lazy("Write one of EXE, SNR, TEC, FRT, SQA, or the cadre's full name."),
    "bad_job_group": gettext_lazy("Write a job group from A to V, or leave it empty where the MDA has a scale of its own."),
    "bad_terms": gettext_lazy("Write Permanent, Contract, Secondment, Casual or Intern, or leave it empty."),
    "unknown_county": gettext_lazy("Write a county's code from 001 to 047, or its name."),
    "unknown_centre": gettext_lazy("No centre has this code. Look it up under Centres, or leave it empty."),
    "impossible_date": gettext_lazy("Write a day that exists, as 2026-11-20, 20/11/2026 or 20 Nov 2026."),
    "future_date": gettext_lazy("The day is after the as-at date of the return. Correct it, or leave the officer out until then."),
    "bad_email": gettext_lazy("Correct the e-mail address, or leave it empty."),
    "bad_phone": gettext_lazy("Write the phone as +254…, 254…, 07… or 01…, or leave it empty."),
    "two_officers": gettext_lazy("The UPN is that of %(upn_of)s, the personal number that of %(number_of)s. Correct one of them."),
    "other_upn": gettext_lazy("The register has this personal number with UPN %(upn)s. Correct the number or the UPN."),
    "in_post_elsewhere": gettext_lazy("In post in %(mda)s since %(since)s. That MDA must release the officer before the row can be taken in."),
    "later_change": gettext_lazy("The register has a later change, of %(since)s. File a return as at that day or after."),
}  # fmt: skip


@dataclass
class Row:
    """One row as read: `values` by key, ids for places; `problems` [{column, value, code, remedy}] in the order of the columns."""

    line: int
    cells: dict
    values: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def reject(self, key, value, code, **words):
        column = HEADINGS.get(key, "")
        self.problems.append({"column": column, "value": value, "code": code, "remedy": str(REMEDIES[code]) % words})


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


def fold(text):
    """How headings, codes and names are compared: case, accents, spaces and marks do not matter."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return " ".join(re.sub(r"[^a-z0-9&]+", " ", plain).split())


BY_ALIAS = {fold(name): c.key for c in COLUMNS for name in (c.heading, *c.aliases)}


def header_of(cells, default_organisation=False):
    """[key or None] of the heading's cells. Refused when a column that must be there is not."""
    keys = [BY_ALIAS.get(fold(cell)) for cell in cells]
    for column in COLUMNS:
        if keys.count(column.key) > 1:
            raise Refused(_("The file has two columns for “%(name)s”. Take one out.") % {"name": column.heading}, code="column_twice")
    missing = [c for c in COLUMNS if c.required and c.key not in keys and not (c.key == "organisation" and default_organisation)]
    if missing:
        names = "; ".join(f"“{c.heading}” ({_('or')} {', '.join(c.aliases[:3])})" for c in missing)
        raise Refused(_("The first row must name the columns. Missing: %(names)s.") % {"names": names}, code="missing_column")
    return keys


def read(lines, catalogue, as_at):
    """Yields a Row for each record after the heading; blank records and a repeated heading are passed over.

    `lines`: records of cse_portal.lib.tabular. Numbers that stand twice in the file are rejected the second time."""
    lines = iter(lines)
    head = next(lines, None)
    if head is None:
        raise Refused(_("The file is empty."), code="empty_file")
    keys = header_of(head.cells, default_organisation=catalogue.only is not None)
    names = [cell.strip() or f"#{i}" for i, cell in enumerate(head.cells, 1)]
    heading = [fold(cell) for cell in head.cells]
    numbers, upns = {}, {}
    for line in lines:
        if [fold(cell) for cell in line.cells[: len(heading)]] == heading:
            continue
        row = Row(line.number, dict(zip(names, line.cells)))
        extra = [cell for cell in line.cells[len(keys) :] if cell.strip()]
        if len(line.cells) < len(keys):
            row.reject("", "", "short_row", found=len(line.cells), wanted=len(keys))
        elif extra:
            row.reject("", extra[0], "long_row")
        else:
            cells = {key: cell for key, cell in zip(keys, line.cells) if key}
            _understand(row, cells, catalogue, as_at)
            _once(row, "personal_no", row.values.get("personal_key"), numbers, "duplicate_personal_no")
            _once(row, "upn", row.values.get("upn"), upns, "duplicate_upn")
        yield row


def _once(row, key, value, seen, code):
    if value and seen.setdefault(value, row.line) != row.line:
        row.reject(key, row.values[key], code, line=seen[value])


def _understand(row, cells, catalogue, as_at):
    values = row.values
    for column in COLUMNS:
        text = cells.get(column.key, "")
        if any(unicodedata.category(c) == "Cc" and c not in "\t\r\n" for c in text):
            row.reject(column.key, "".join(c if c.isprintable() else "�" for c in text), "control_character")
            continue
        text = " ".join(text.split())
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
    if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", digits):
        row.reject(key, text, "scientific_upn")
    elif digits and not re.fullmatch(r"\d{6,15}", digits):
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
        found = known.get(fold(text)) or (known.get(text.zfill(3)) if text.isdigit() else None)
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
        row.reject(key, text, "impossible_date")
        return
    if day > as_at:
        row.reject(key, text, "future_date")
    else:
        values[key] = day.isoformat()


def _email(row, key, text, values, *_):
    if not text:
        return
    try:
        validate_email(text)
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
