"""The staff file's vocabulary: its columns, what each takes, and every problem that a row can have. Pure.

The column contract for people is docs/staff-file.md; change both together."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Column:
    key: str
    heading: str  # as in the template
    aliases: tuple = ()
    required: bool = False


COLUMNS = [
    Column(
        "personal_no",
        "P/No.",
        (
            "personal no",
            "personal number",
            "p no",
            "pno",
            "payroll number",
            "payroll no",
            "pf no",
            "pf number",
            "employment number",
            "staff no",
            "staff number",
        ),
        True,
    ),
    Column("upn", "UPN", ("unified payroll number", "unified personnel number")),
    Column("surname", "Surname", ("last name", "family name"), True),
    Column("first_name", "First name", ("given name", "first name(s)", "forename"), True),
    Column("other_names", "Other names", ("other name", "other name(s)", "middle name", "middle names", "middle name(s)")),
    Column("gender", "Gender", ("sex",)),
    Column(
        "organisation", "MDA code", ("mda", "mda name", "organisation", "organisation code", "organization", "institution"), True
    ),
    Column("cadre", "CSE cadre", ("cadre cse", "cse cadre code", "customer service excellence cadre"), True),
    Column("job_group", "Job group", ("j/g", "jg", "grade", "job grade")),
    Column("designation", "Designation", ("job title", "position")),
    Column("terms", "Terms", ("terms of service", "terms of employment", "employment terms")),
    Column("county", "County code", ("county", "work county", "duty county")),
    Column("centre", "Centre code", ("centre", "station", "duty station", "huduma centre")),
    Column(
        "in_post_since",
        "In post since",
        ("date of current posting", "posted on", "date of posting", "date of current appointment"),
    ),
    Column("email", "Email", ("e-mail", "email address", "e-mail address", "work email")),
    Column(
        "phone",
        "Phone",
        ("mobile no", "mobile number", "mobile", "phone number", "phone no", "telephone", "telephone number", "cell"),
    ),
]
OUR_SHEETS = ("Lists", "Columns")  # of the template, beside the staff
HEADINGS = {c.key: c.heading for c in COLUMNS}
EXPLAINED = {
    "personal_no": "4 to 12 digits, as on the payslip. Finds the officer where there is no UPN.",
    "upn": "Unified Payroll Number, 6 to 15 digits. Optional; finds the officer first.",
    "surname": "Up to 60 characters.",
    "first_name": "Up to 60 characters.",
    "other_names": "Optional, up to 100 characters.",
    "gender": "Optional: F or M.",
    "organisation": "Code or full name of the MDA.",
    "cadre": "CSE cadre: EXE, SNR, TEC, FRT or SQA.",
    "job_group": "Optional: A to V.",
    "designation": "Optional.",
    "terms": "Optional: Permanent, Contract, Secondment, Casual or Intern.",
    "county": "Optional: 001 to 047, or the name. Where the officer serves.",
    "centre": "Optional: code of the Huduma Centre where the officer serves.",
    "in_post_since": "Optional: 2026-11-20, 20/11/2026 or 20 Nov 2026. Starts a new officer's first posting only.",
    "email": "Optional, any domain.",
    "phone": "Optional: +254…, 254…, 07… or 01….",
}

# Every problem a row can have: what to do about it. %(…)s are filled where the problem is found.
REMEDIES = {
    "short_row": gettext_lazy("The row has %(found)s cells; the heading has %(wanted)s. Put back the missing cells, even if they are empty."),
    "long_row": gettext_lazy("The row has more cells than the heading. Put text that has a separator in it into quotation marks."),
    "formula": gettext_lazy("The cell begins like a formula. Type the text itself."),
    "control_character": gettext_lazy("The cell holds a character that cannot be seen or read. Type the cell again."),
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
    "impossible_date": gettext_lazy("Write a day that exists, after 1940, as 2026-11-20, 20/11/2026 or 20 Nov 2026."),
    "future_date": gettext_lazy("The day is after the as-at date of the return. Correct it, or leave the officer out until then."),
    "bad_email": gettext_lazy("Correct the email address, or leave it empty."),
    "bad_phone": gettext_lazy("Write the phone as +254…, 254…, 07… or 01…, or leave it empty."),
    "two_officers": gettext_lazy("The UPN belongs to one officer and the personal number to another. Correct one of them."),
    "other_upn": gettext_lazy("The register has this personal number with another UPN. Correct the number or the UPN."),
    "other_name": gettext_lazy("An officer with this number is in post in another MDA, under another name. Correct the number or the surname."),
    "later_change": gettext_lazy("The register has a later change, of %(since)s. File a return as at that day or after."),
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One row as read. `taken`: what each column says, as (COPY text, ((key, value), …), problem), in the order of COLUMNS;
    `problems` [{column, value, code, remedy}] in that order too."""

    line: int
    cells: list
    taken: list
    problems: list

    @property
    def values(self):
        return {key: value for _copied, pairs, _problem in self.taken for key, value in pairs}


def problem(key, value, code, **words):
    """What is wrong with a cell (`key` empty: with the row), and what to do about it."""
    return {"column": HEADINGS.get(key, ""), "value": value, "code": code, "remedy": str(REMEDIES[code]) % words}
