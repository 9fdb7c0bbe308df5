"""Tables as files: reading CSV and XLSX with the line numbers a person sees, writing both safely. No domain words."""

import csv
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from .errors import Refused

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
XLSX_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True)
class Line:
    """One record: the line of the file where it starts (the first line is 1) and its cells as text."""

    number: int
    cells: list


def lines(path):
    """The records of a CSV or XLSX file, blank ones left out. Refused with a sentence when it is neither."""
    with open(path, "rb") as file:
        head = file.read(8)
    if not head:
        raise Refused(_("The file is empty."), code="empty_file")
    if head.startswith(XLSX_MAGIC):
        yield from _xlsx(path)
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(_("This is an old Excel file (.xls). Save it as .xlsx or .csv and upload it again."), code="wrong_type")
    elif b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.startswith(b"%PDF"):
        raise Refused(_("This is neither a CSV nor an XLSX file."), code="wrong_type")
    else:
        yield from _csv(path)


def decoded(raw):
    """Text of UTF-8 (with or without BOM), UTF-16 with BOM, else Windows-1252, as Excel in Kenya writes it."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def delimiter_of(first_line):
    """The separator that splits the first line most: comma, semicolon or tab."""
    return max(",;\t", key=first_line.count)


def _csv(path):
    text = decoded(Path(path).read_bytes())
    stream = io.StringIO(text, newline="")
    first = next((line for line in stream if line.strip()), "")
    stream.seek(0)
    reader = csv.reader(stream, delimiter=delimiter_of(first))
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(number, cells)
            number = reader.line_num + 1
    except csv.Error as error:
        raise Refused(_("Line %(line)s cannot be read as CSV: %(why)s.") % {"line": reader.line_num, "why": error}, code="bad_csv") from error


def _xlsx(path):
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, IndexError, OSError) as error:
        raise Refused(_("This XLSX file cannot be opened. Save it again in Excel, or as CSV."), code="bad_xlsx") from error
    for number, row in enumerate(sheet.iter_rows(), (sheet.start or (0, 0))[0] + 1):
        cells = [_text(cell) for cell in row]
        if any(cell.strip() for cell in cells):
            yield Line(number, cells)


def _text(cell):
    """A spreadsheet's cell as a person reads it: 98123.0 is 98123, a date is ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    return str(cell)


def harmless(value):
    """Text that a spreadsheet will not run as a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not value[1:].replace(" ", "").isdigit():
        return "'" + value
    return value


class _Echo:
    @staticmethod
    def write(text):
        return text


def csv_chunks(header, rows):
    """CSV text, row by row, with a BOM so that Excel reads UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow(["" if v is None else harmless(v) for v in row])


def write_xlsx(path, header, rows):
    """One sheet with a bold, frozen heading; text stays text, so that numbers keep their zeros."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, (bool, int, float)):
                    sheet.write(number, column, value)
                elif hasattr(value, "isoformat"):
                    sheet.write_string(number, column, value.isoformat()[:19])
                else:
                    sheet.write_string(number, column, str(value))


def response(kind, name, header, rows):
    """A download: `kind` csv or xlsx; `rows` of plain values."""
    if kind == "csv":
        answer = StreamingHttpResponse(csv_chunks(header, rows), content_type=TYPES["csv"])
        answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        write_xlsx(path, header, rows)
        file = open(path, "rb")  # closed by FileResponse
    finally:
        os.unlink(path)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=TYPES["xlsx"])
