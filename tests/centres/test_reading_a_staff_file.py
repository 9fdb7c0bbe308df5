"""What a staff file says: encodings, headings, cells, and what is wrong with a row. No database."""

import csv
import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from centres import imports
from centres.imports import Catalogue, fold
from centres.staff_file import COLUMNS, REMEDIES
from cse_portal.lib import tabular
from cse_portal.lib.errors import Refused

FILES = Path(__file__).parent.parent / "files"
REFERENCE = Path(imports.__file__).parent / "reference"
AS_AT = dt.date(2026, 11, 20)
HEADING = [column.heading for column in COLUMNS]
GOOD = {
    "P/No.": "21000042", "UPN": "21200000098", "Surname": "Kamau", "First name": "Wanjiru", "Other names": "Njeri", "Gender": "F",
    "MDA code": "SDLD", "CSE cadre": "FRT", "Job group": "K", "Designation": "Clerical Officer", "Terms": "Permanent",
    "County code": "047", "Centre code": "HC-047-01", "In post since": "2019-05-06", "Email": "w@example.org", "Phone": "+254712345678",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue():
    """The reference files' codes and names, each standing for its own code."""

    def by(name, code="code"):
        with open(REFERENCE / name, encoding="utf-8") as file:
            return {fold(row[key]): row[code] for row in csv.DictReader(file) for key in (code, "name") if row.get(key)}

    organisations = by("mdas.csv")
    return Catalogue(
        organisations=organisations,
        cadres=by("cadres.csv"),
        job_groups=by("job_groups.csv", "job_group"),
        counties=by("counties.csv") | {"nairobi": "047"},
        centres=by("huduma_centres.csv"),
        series=dict.fromkeys(organisations.values(), "national"),
    )


@pytest.fixture
def read(catalogue, tmp_path):
    """read(bytes or path) -> (headings, rows)."""

    def read(given):
        path = given if isinstance(given, Path) else tmp_path / "staff"
        if isinstance(given, bytes):
            path.write_bytes(given)
        headings, rows = imports.read(tabular.lines(path), catalogue, AS_AT)
        return headings, list(rows)

    return read


@pytest.fixture
def row_of(read):
    """row_of(**{heading: cell}) -> the row of a file with that one row, the other cells being good."""

    def row_of(**cells):
        text = io.StringIO()
        csv.writer(text).writerows([HEADING, list((GOOD | cells).values())])
        return read(text.getvalue().encode())[1][0]

    return row_of


@pytest.fixture
def workbook(tmp_path):
    """workbook(rows, at=0) -> path of an XLSX whose first row stands `at` rows down."""

    def write(rows, at=0):
        path = tmp_path / "staff.xlsx"
        with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
            sheet, date = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
            for number, cells in enumerate(rows, at):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(number, column, dt.datetime.combine(cell, dt.time()), date)
                    elif cell != "":
                        sheet.write(number, column, cell)
        return path

    return write


def codes(row):
    return [problem["code"] for problem in row.problems]


@pytest.mark.parametrize("name", ["messy_5000", "livestock_dirty_1200"])
def test_the_wrong_rows_of_a_messy_file_and_no_others_are_found(read, name):
    truth = json.loads((FILES / f"{name}.truth.json").read_text())
    rows = read(FILES / f"{name}.csv")[1]
    assert len(rows) == truth["rows"]
    assert {str(row.line): row.problems[0]["code"] for row in rows if row.problems} == truth["bad"]


@pytest.mark.parametrize(
    ("name", "count"), [("bom_200", 200), ("semicolon_win1252_300", 300), ("livestock_1200", 1200), ("all_mdas_20000", 20000)]
)
def test_clean_files_are_read_whatever_their_dialect(read, name, count):
    headings, rows = read(FILES / f"{name}.csv")
    assert len(rows) == count and [row.line for row in rows] == list(range(2, count + 2))
    assert [row for row in rows if row.problems] == [] and headings[0] == "P/No."


def test_every_heading_of_the_messy_file_is_known(read):
    headings, rows = read(FILES / "messy_5000.csv")
    assert imports.unknown_headings(headings) == [] and headings[2] == "surname"
    assert rows[0].values["other_names"] == "Collins" and rows[1].values["phone"] == "+254765335242"


def test_names_of_other_codepages_arrive_whole(read):
    line = ";".join((GOOD | {"Surname": "Müller", "Other names": "D’Souza"}).values())
    for encoding in ("cp1252", "utf-8", "utf-8-sig", "utf-16"):
        row = read(f"{';'.join(HEADING)}\r\n{line}\r\n".encode(encoding))[1][0]
        assert (row.values["surname"], row.values["other_names"], row.problems) == ("Müller", "D’Souza", [])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_cells_of_several_lines(read, separator):
    cells = list((GOOD | {"Designation": '"Clerical\nOfficer"'}).values())
    text = "\n".join([separator.join(HEADING), "", separator.join(cells), separator.join(HEADING), separator.join(GOOD.values())])
    rows = read(text.encode())[1]
    assert [row.line for row in rows] == [3, 6], "blank lines and a heading that is repeated are lines, but not rows"
    assert rows[0].values["designation"] == "Clerical Officer"
    assert codes(rows[1]) == ["duplicate_personal_no", "duplicate_upn"]
    assert "Line 3" in rows[1].problems[0]["remedy"]


@pytest.mark.parametrize(
    ("heading", "given", "key", "read_as"),
    [
        ("P/No.", " 0098 123 ", "personal_no", "0098123"),
        ("P/No.", "0098123", "personal_key", "98123"),
        ("UPN", " 2120 0000 098", "upn", "21200000098"),
        ("Surname", "  Ng'ang'a ", "surname", "Ng'ang'a"),
        ("Surname", "Wanjiku\u0303", "surname", "Wanjikũ"),
        ("Gender", "male", "gender", "M"),
        ("Gender", "FEMALE", "gender", "F"),
        ("MDA code", "sdld", "organisation", "SDLD"),
        ("MDA code", "State  department for livestock development", "organisation", "SDLD"),
        ("CSE cadre", "frontline staff", "cadre", "FRT"),
        ("Terms", "Permanent & pensionable", "terms", "permanent"),
        ("Terms", "P&P", "terms", "permanent"),
        ("County code", "47", "county", "047"),
        ("County code", "Nairobi", "county", "047"),
        ("County code", "MURANGA COUNTY", "county", "021"),
        ("County code", "Taita/Taveta", "county", "006"),
        ("Centre code", "hc-047-01", "centre", "HC-047-01"),
        ("In post since", "06/05/2019", "in_post_since", "2019-05-06"),
        ("In post since", "6 May 2019", "in_post_since", "2019-05-06"),
        ("In post since", "20-Nov-2026", "in_post_since", "2026-11-20"),
        ("Email", "W@Gmail.com", "email", "w@gmail.com"),
        ("Phone", "0712 345-678", "phone", "+254712345678"),
        ("Phone", "254112345678", "phone", "+254112345678"),
        ("Phone", "0112345678", "phone", "+254112345678"),
        ("Phone", "712345678", "phone", "+254712345678"),
    ],
)
def test_what_a_cell_says(row_of, heading, given, key, read_as):
    row = row_of(**{heading: given})
    assert (row.values.get(key), row.problems) == (read_as, [])


@pytest.mark.parametrize(
    "heading",
    [
        "UPN",
        "Other names",
        "Gender",
        "Job group",
        "Designation",
        "Terms",
        "County code",
        "Centre code",
        "In post since",
        "Email",
        "Phone",
    ],
)
def test_what_may_be_left_empty_says_nothing(row_of, heading):
    row = row_of(**{heading: "  "})
    key = next(column.key for column in COLUMNS if column.heading == heading)
    assert row.problems == [] and key not in row.values


@pytest.mark.parametrize(
    ("heading", "given", "code"),
    [
        ("P/No.", "", "missing_personal_no"),
        ("P/No.", "123", "bad_personal_no"),
        ("P/No.", "1234567890123", "bad_personal_no"),
        ("P/No.", "0000", "bad_personal_no"),
        ("P/No.", "2.3E+07", "bad_personal_no"),
        ("P/No.", "٢١٠٠٠٠٤٢", "bad_personal_no"),
        ("UPN", "2.01E+10", "scientific_upn"),
        ("UPN", "2,01e10", "scientific_upn"),
        ("UPN", "12AB", "bad_upn"),
        ("UPN", "٢١٢٠٠٠٠٠٠٩٨", "bad_upn"),
        ("Surname", "", "missing_name"),
        ("First name", " ", "missing_name"),
        ("Surname", "W" * 61, "overlong_name"),
        ("Designation", "W" * 121, "overlong_name"),
        ("Surname", "Ka\x07mau", "control_character"),
        ("Surname", "Kamau\u202e", "control_character"),
        ("Surname", "Ka\ufffdmau", "control_character"),
        ("Gender", "X", "bad_gender"),
        ("MDA code", "", "missing_mda"),
        ("MDA code", "ZZ999", "unknown_mda"),
        ("CSE cadre", "", "missing_cadre"),
        ("CSE cadre", "CHIEF", "unknown_cadre"),
        ("Job group", "K/L", "bad_job_group"),
        ("Terms", "forever", "bad_terms"),
        ("County code", "048", "unknown_county"),
        ("Centre code", "Nyayo House", "unknown_centre"),
        ("In post since", "31/02/2024", "impossible_date"),
        ("In post since", "11/20/2026", "impossible_date"),
        ("In post since", "2019", "impossible_date"),
        ("In post since", "0204-05-06", "impossible_date"),
        ("In post since", "21/11/2026", "future_date"),
        ("Email", "not-an-email", "bad_email"),
        ("Email", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org", "bad_email"),
        ("Phone", "07AB", "bad_phone"),
        ("Phone", "0202345678", "bad_phone"),
        ("Phone", "0712345678/0722345678", "bad_phone"),
    ],
)
def test_what_a_cell_may_not_say(row_of, heading, given, code):
    problems = row_of(**{heading: given}).problems
    assert [(p["column"], p["code"]) for p in problems] == [(heading, code)]
    assert problems[0]["remedy"] and "%" not in problems[0]["remedy"]


def test_problems_come_in_the_order_of_the_columns(row_of):
    row = row_of(**{"Phone": "1", "Email": "x", "Surname": "", "P/No.": "1"})
    assert codes(row) == ["bad_personal_no", "missing_name", "bad_email", "bad_phone"]


def test_rows_with_too_few_or_too_many_cells(read):
    good = ",".join(GOOD.values())
    text = f"{','.join(HEADING)},,\n{good},,\n{good},,,surplus\n1,2,3\n"
    rows = read(text.encode())[1]
    assert [codes(row) for row in rows] == [[], ["long_row"], ["short_row"]]


def test_a_workbook_keeps_dates_numbers_and_lines(read, workbook):
    real = GOOD | {
        "P/No.": 98123,
        "UPN": 21200000098,
        "In post since": dt.date(2019, 5, 6),
        "County code": 47,
        "Phone": 254712345678,
    }
    text = GOOD | {"P/No.": "0098124", "UPN": "", "In post since": "06/05/2019"}
    rows = read(workbook([HEADING, list(real.values()), [], list(text.values())], at=2))[1]
    assert [(row.line, row.problems) for row in rows] == [(4, []), (6, [])]
    first, second = (row.values for row in rows)
    assert (first["personal_no"], first["upn"], first["in_post_since"], first["county"]) == (
        "98123",
        "21200000098",
        "2019-05-06",
        "047",
    )
    assert (second["personal_no"], first["phone"], second["in_post_since"]) == ("0098124", "+254712345678", "2019-05-06")


def lacking(*headings):
    return ",".join(h for h in HEADING if h not in headings)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\n\n  \n", "The file is empty"),
        (lacking("CSE cadre").encode(), "“CSE cadre” (or cadre cse"),
        (lacking("P/No.", "Surname").encode(), "“P/No.” (or personal no"),
        (",".join([*HEADING, "Mobile"]).encode(), "two columns for “Phone”"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old Excel file"),
        (b"%PDF-1.7\n", "neither a CSV nor an XLSX"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither a CSV nor an XLSX"),
        (b"PK\x03\x04 not really", "cannot be opened"),
        (f'{",".join(HEADING)}\n21000042,,"Kamau,\n21000043,,x\n'.encode(), "Line 2 opens a quotation mark"),
        (f"{','.join(HEADING)}\n{'x' * 200_000},\n".encode(), "Line 2 opens a quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(read, content, says):
    with pytest.raises(Refused, match=says.replace("(", r"\(")):
        read(content)


def test_a_sheet_that_would_fill_the_memory_is_refused(read, tmp_path):
    path = tmp_path / "sparse.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADING)
        sheet.write(1_048_575, 16_383, "far away")
    with pytest.raises(Refused, match="too large"):
        read(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(read, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book, book.open("xl/worksheets/sheet1.xml", "w") as file:
        for _ in range(310):
            file.write(b" " * (1 << 20))
    with pytest.raises(Refused, match="too large"):
        read(path)


def test_what_goes_out_is_no_formula():
    text = "".join(tabular.csv_chunks(["=HYPERLINK(1)"], [["=1+1", "+254712345678", "@x", "-3", "-x", "Ng'ang'a"]]))
    assert text == "\ufeff'=HYPERLINK(1)\r\n'=1+1,+254712345678,'@x,-3,'-x,Ng'ang'a\r\n"


def test_every_problem_is_in_the_column_contract():
    contract = (FILES.parent.parent / "docs/staff-file.md").read_text()
    assert [code for code in REMEDIES if f"`{code}`" not in contract] == []
    assert [name for c in COLUMNS for name in (c.heading, *c.aliases) if name not in contract] == []
