"""Tables as files: reading CSV and XLSX with the line numbers a person sees, writing both safely. No domain words."""

import csv
import os
import re
import tempfile
import zipfile
from typing import NamedTuple

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
MOST_UNPACKED = 300 * 1024 * 1024  # bytes that a workbook may unpack to
MOST_CELLS = 2_500_000  # a sheet is held whole, empty cells too, up to its last row and column
FORMULA = re.compile(rb"""<c r=["']([A-Z]{1,3}[0-9]{1,7})["'][^>]*><f[ >/]""")
OLD_MAGIC = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx with a password
# What no text of Windows-1252 holds: letters with accents, and curly quotation marks, as UTF-8 writes them.
SURELY_UTF8 = re.compile(rb"[\xc3-\xc5][\x80-\xbf]|\xe2\x80[\x90-\xbf]")
PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")


class Line(NamedTuple):
    """One record: the line of the file where it starts (the first line is 1) and its cells as text."""

    number: int
    cells: list


def lines(path):
    """The records of a CSV or XLSX file, blank ones left out. Refused with a sentence when it is neither."""
    return table(path)[1]


def table(path, besides=()):
    """(about how many lines, the records) of a CSV or XLSX file. Refused with a sentence when it is neither, or when it is not
    plain what it says. `besides`: sheets of a workbook that may hold something beside the first."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused(_("The file is empty."), code="empty_file")
    if head.startswith(XLSX_MAGIC):
        return _xlsx(path, besides)
    if head.startswith(OLD_MAGIC):
        if _holds(path, "EncryptedPackage".encode("utf-16-le")):
            raise Refused(_("This workbook has a password. Save it without one and upload it again."), code="password")
        raise Refused(_("This is an old Excel file (.xls). Save it as .xlsx or .csv and upload it again."), code="wrong_type")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _csv(path, "utf-16")
    if head.startswith(b"%PDF") or sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) / 25:
        raise Refused(_("This is neither a CSV nor an XLSX file."), code="wrong_type")
    return _csv(path, None)


def _holds(path, what):
    rest = b""
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            if what in rest + chunk:
                return True
            rest = chunk[-len(what) :]
    return False


def _survey(path):
    """(encoding, number of line ends): UTF-8 (with or without BOM), else Windows-1252, as Excel in Kenya writes it. Refused when
    a file is partly the one and partly the other, because then names would be garbled."""
    ends, surely_utf8, other = 0, None, None
    with open(path, "rb") as file:
        for ends, line in enumerate(file, 1):
            if not line.isascii():
                try:
                    line.decode("utf-8-sig" if ends == 1 else "utf-8")
                except UnicodeDecodeError:
                    other = other or ends
                else:
                    surely_utf8 = surely_utf8 or (ends if SURELY_UTF8.search(line) else None)
    if other is None:
        return "utf-8-sig", ends
    if surely_utf8 is not None:
        raise Refused(
            _(
                "The file mixes two encodings: line %(one)s is UTF-8, line %(other)s is not. Save it as “CSV UTF-8” and upload it again."
            )
            % {"one": surely_utf8, "other": other},
            code="mixed_encodings",
        )
    return "cp1252", ends


def delimiter_of(first_line):
    """The separator that splits the first line most: comma, semicolon or tab."""
    return max(",;\t", key=first_line.count)


def _csv(path, encoding):
    ends = os.path.getsize(path) // 200
    if encoding is None:
        encoding, ends = _survey(path)
    return ends, _records(path, encoding)


def _records(path, encoding):
    with open(path, encoding=encoding, errors="replace", newline="") as stream:
        first = next((line for line in stream if line.strip()), "")
        stream.seek(0)
        over = []
        reader = csv.reader(_until_over(stream, over), delimiter=delimiter_of(first))
        number = 1
        try:
            for cells in reader:
                if over:  # the reader asked for more although this was the last record: it is inside quotation marks
                    raise csv.Error
                if any(map(str.strip, cells)):
                    yield Line(number, cells)
                number = reader.line_num + 1
        except csv.Error as error:
            raise Refused(
                _("Line %(line)s opens a quotation mark that is not closed, or holds a cell that is far too long.")
                % {"line": number},
                code="bad_csv",
            ) from error


def _until_over(stream, over):
    yield from stream
    over.append(True)


def _xlsx(path, besides):
    try:
        _measure(path)
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0)
        _one_plain_sheet(book, sheet, besides)
    except (CalamineError, IndexError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Refused(_("This XLSX file cannot be opened. Save it again in Excel, or as CSV."), code="bad_xlsx") from error
    return sheet.height, _sheet_records(sheet)


def _sheet_records(sheet):
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_text(cell) for cell in row]
        if any(map(str.strip, cells)):
            yield Line(number, cells)


def _one_plain_sheet(book, sheet, besides):
    others = [name for name in book.sheet_names[1:] if name not in besides and book.get_sheet_by_name(name).height]
    if others:
        raise Refused(
            _("The workbook has more than one sheet with something in it: %(names)s. Keep only the one with the staff.")
            % {"names": ", ".join(f"“{name}”" for name in [sheet.name, *others[:5]])},
            code="two_sheets",
        )
    if merged := sheet.merged_cell_ranges:
        (row, column), _end = merged[0]
        raise Refused(
            _("The sheet has merged cells, from %(cell)s on. Unmerge them, so that each officer has a row and each fact a cell.")
            % {"cell": f"{_letters(column)}{row + 1}"},
            code="merged_cells",
        )


def _measure(path):
    """Refused when opening the workbook would take more memory than a staff file ever needs, or when a cell is calculated."""
    too_large = Refused(_("This workbook is too large. Take out what is not needed, or save the sheet as CSV."), code="too_large")
    with zipfile.ZipFile(path) as book:
        if sum(member.file_size for member in book.infolist()) > MOST_UNPACKED:
            raise too_large
        for member in book.infolist():
            columns, last_row, rest = set(), 0, b""
            with book.open(member) as file:
                while chunk := file.read(1 << 20):
                    for column, row in PLACE.findall(rest + chunk):
                        columns.add(column)
                        last_row = max(last_row, int(row))
                    if member.filename.startswith("xl/worksheets/") and (formula := FORMULA.search(rest + chunk)):
                        raise Refused(
                            _("Cell %(cell)s holds a formula. Copy the sheet, paste it as values, and upload that.")
                            % {"cell": formula[1].decode()},
                            code="formulas",
                        )
                    rest = chunk[-200:]
            if last_row * max(map(_column_number, columns), default=0) > MOST_CELLS:
                raise too_large


def _column_number(letters):
    """AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters(column):
    """26, counted from 0, is AA."""
    return (_letters(column // 26 - 1) if column > 25 else "") + chr(65 + column % 26)


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
    if (
        isinstance(value, str)
        and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")
        and not value[1:].replace(" ", "").isdigit()
    ):
        return "'" + value
    return value


class _Echo:
    @staticmethod
    def write(text):
        return text


def csv_chunks(header, rows):
    """CSV text, row by row, with a BOM so that Excel reads UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([harmless(h) for h in header])
    for row in rows:
        yield writer.writerow(["" if v is None else harmless(v) for v in row])


class Sheet(NamedTuple):
    """A sheet of a workbook: `rows` of plain values, written as they come; `total`: the last row, in bold, or a call for it that
    is asked once the rows are written."""

    title: str
    header: list
    rows: object
    total: object = None


def write_book(path, sheets):
    """Sheets with a bold, frozen heading, one after the other; text stays text, so that numbers keep their zeros."""
    with xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "remove_timezone": True,
            "default_date_format": "yyyy-mm-dd",
        },
    ) as book:
        bold = book.add_format({"bold": True})
        for title, header, rows, total in sheets:
            sheet = book.add_worksheet(_sheet_name(title, book))
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, header, bold)
            number = 0
            for number, row in enumerate(rows, 1):
                _write_row(sheet, number, row)
            if total is not None:
                _write_row(sheet, number + 1, total() if callable(total) else total, bold)


def _write_row(sheet, number, row, look=None):
    for column, value in enumerate(row):
        if value is None or value == "":
            continue
        if isinstance(value, (bool, int, float)):
            sheet.write(number, column, value, look)
        elif hasattr(value, "isoformat"):
            sheet.write_string(number, column, value.isoformat()[:19], look)
        else:
            sheet.write_string(number, column, str(value), look)


def _sheet_name(title, book):
    """As Excel takes it: 31 characters, none of []:*?/\\, none twice."""
    name = re.sub(r"[\[\]:*?/\\]", " ", str(title)).strip("' ")[:31] or None
    taken = {sheet.get_name().lower() for sheet in book.worksheets()}
    return f"{name[:27]} {len(taken) + 1}" if name and name.lower() in taken else name


def response(kind, name, header, rows):
    """A download: `kind` csv or xlsx; `rows` of plain values."""
    if kind == "csv":
        answer = StreamingHttpResponse(csv_chunks(header, rows), content_type=TYPES["csv"])
        answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer
    return book_response(name, [Sheet("", header, rows)])


def book_response(name, sheets):
    """A workbook to download."""
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        write_book(path, sheets)
        file = open(path, "rb")  # closed by FileResponse
    finally:
        os.unlink(path)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=TYPES["xlsx"])


def sheets_of(path):
    """{name: its records} of a workbook of several sheets. Refused with a sentence when it cannot be read."""
    try:
        _measure(path)
        book = CalamineWorkbook.from_path(str(path))
        return {name: list(_sheet_records(book.get_sheet_by_name(name))) for name in book.sheet_names}
    except (CalamineError, IndexError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Refused(_("This XLSX file cannot be opened. Save it again in Excel."), code="bad_xlsx") from error
