"""Files that are no staff file, or would do harm: each is refused with one clear sentence, and nothing is written."""

import io
import json
import random
import zipfile

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from centres import tasks
from centres.models import Officer, Posting, Roster, RosterRow
from centres.staff_file import COLUMNS
from tests import factories as make
from tests import processes

HEADING = [column.heading for column in COLUMNS]
GOOD = ["21000042", "", "Kamau", "Wanjiru", "", "F", "SDLD", "FRT", "K", "Clerk", "Permanent", "047", "", "2019-05-06", "", ""]
MB = 1024 * 1024


def csv_of(*rows, heading=HEADING):
    return "\n".join(",".join(cells) for cells in [heading, *rows]).encode()


def workbook(fill):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Staff")
        sheet.write_row(0, 0, HEADING)
        sheet.write_row(1, 0, GOOD)
        fill(book, sheet)
    return file.getvalue()


def merged(book, sheet):
    sheet.merge_range("D2:E2", "Wanjiru")


def zip_bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book, book.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(310):
            sheet.write(b" " * MB)
    return file.getvalue()


def sparse():
    return workbook(lambda book, sheet: sheet.write(1_048_575, 16_383, "far away"))


def with_password():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1200) + "EncryptedPackage".encode("utf-16-le") + bytes(900)


FILES = {
    "empty": lambda: b"",
    "no rows": lambda: csv_of(),
    "only blank rows": lambda: csv_of() + b"\n,,,,\n\n",
    "100 MB": lambda: csv_of(GOOD) + b"\n" + b"x" * (100 * MB),
    "300 columns": lambda: csv_of(GOOD + ["x"] * 284, heading=HEADING + [f"More {n}" for n in range(284)]),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(5000),
    "binary without NUL": lambda: bytes(byte or 1 for byte in random.Random(2).randbytes(5000)),
    "formulas": lambda: workbook(lambda book, sheet: sheet.write_formula("C2", '=UPPER("kamau")', None, "KAMAU")),
    "merged cells": lambda: workbook(merged),
    "two sheets": lambda: workbook(lambda book, sheet: book.add_worksheet("Left").write(0, 0, "More staff")),
    "a password": with_password,
    "zip bomb": zip_bomb,
    "a sheet of 17 thousand million cells": sparse,
    "two encodings": lambda: csv_of(GOOD).replace(b"Kamau", "Müller".encode()) + b"\n" + ",".join(GOOD).replace("Kamau", "Ngũgi").encode("cp1252", "replace").replace(b"?", b"\xe9"),
    "2 million rows": lambda: csv_of() + b"\n" + b"1,2,3,4\n" * 2_000_000,
    "UTF-16 without its mark": lambda: csv_of(GOOD).decode().encode("utf-16-le"),
}  # fmt: skip
SAYS = {
    "empty": "The file is empty",
    "no rows": "a heading but no rows",
    "only blank rows": "a heading but no rows",
    "100 MB": "larger than 20 MB",
    "300 columns": "300 columns; a staff file has at most 100",
    "a picture": "neither a CSV nor an XLSX",
    "binary without NUL": "neither a CSV nor an XLSX",
    "formulas": "Cell C2 holds a formula",
    "merged cells": "merged cells, from D2 on",
    "two sheets": "“Staff”, “Left”",
    "a password": "has a password",
    "zip bomb": "too large",
    "a sheet of 17 thousand million cells": "too large",
    "two encodings": "line 2 is UTF-8, line 3 is not",
    "2 million rows": "more than 100,000 rows",
    "UTF-16 without its mark": "neither a CSV nor an XLSX",
}


@pytest.fixture
def upload(db, livestock, signed_in, grace, django_capture_on_commit_callbacks, monkeypatch):
    """upload(bytes) -> (what the page says, the Roster or None) after the worker has read it."""
    for code, _ in make.CADRES:
        make.cadre(code)
    make.county(), make.job_group()
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)

    def post(content):
        client, data = signed_in(grace), {"as_at": make.days_ago(0).isoformat(), "organisation": grace.organisation_id}
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("centres:roster_upload"), data | {"file": SimpleUploadedFile("staff.csv", content)})
        if answer.status_code == 302:
            return client.get(answer["Location"]).content.decode(), Roster.objects.get()
        return answer.content.decode(), None

    return post


@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_is_written(upload, kind):
    page, roster = upload(FILES[kind]())
    assert SAYS[kind] in page
    assert roster is None or (roster.state == "failed" and SAYS[kind] in roster.problem)
    assert not RosterRow.objects.exists() and not Officer.objects.exists() and not Posting.objects.exists()


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        (2, "=cmd|' /C calc'!A0", "formula"),
        (9, "@SUM(1+1)", "formula"),
        (2, "Ka\x00mau", "control_character"),
        (0, "2100\x000042", "control_character"),
        (14, "=1@example.org", "bad_email"),
    ],
)
def test_a_cell_that_would_do_harm_rejects_its_row_only(upload, column, cell, code):
    bad = [cell if place == column else text for place, text in enumerate(GOOD)]
    page, roster = upload(csv_of(bad, ["21000043", *GOOD[1:]]))
    assert (roster.state, roster.created, roster.rejected) == ("read", 1, 1)
    assert [p["code"] for p in roster.lines.get(outcome="rejected").problems] == [code]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_handed_back_is_no_formula(upload, signed_in, grace, kind):
    _page, roster = upload(csv_of([*GOOD[:2], "=cmd|' /C calc'!A0", *GOOD[3:]]))
    answer = signed_in(grace).get(reverse("centres:roster_rows", args=[roster.ref, kind]))
    content = b"".join(answer.streaming_content)
    if kind == "csv":
        assert ",'=cmd|" in content.decode()
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            assert b"<f" not in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_bad_file_takes_600_mb(tmp_path):
    """Each read by a process of its own, as a worker would."""
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    wide = workbook(lambda book, sheet: [sheet.write_row(row, 0, [f"{row} {'x' * 30}"] * 25) for row in range(2, 99_000)])
    peaks = {}
    heavy = ["100 MB", "zip bomb", "a sheet of 17 thousand million cells", "2 million rows"]
    for kind, content in [*((kind, FILES[kind]()) for kind in heavy), ("99,000 rows of 25 columns", wide)]:
        path = tmp_path / "staff"
        path.write_bytes(content)
        run, peak = processes.measured("import_roster", str(path), "--json", STORAGE_ROOT=str(tmp_path / "s"))
        assert run.returncode in (0, 1) and "Traceback" not in run.stderr, run.stderr
        peaks[kind] = round(peak)
    print(f"\npeak memory, MB: {json.dumps(peaks)}")
    assert max(peaks.values()) < 600
    assert not RosterRow.objects.exists() and not Officer.objects.exists()
