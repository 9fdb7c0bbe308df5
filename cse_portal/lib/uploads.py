"""What an uploaded file is, told from its bytes and not from its name. Pure."""

import io
import re
import zipfile
from pathlib import PurePath

MAGIC = [
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
]
OFFICE = {
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
}
MACROS = "vbaProject.bin"
NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MARKUP = re.compile(rb"\s*<(!doctype|html|script|svg|\?xml|head|body|iframe)", re.IGNORECASE)


def sniff(content, name=""):
    """(media type, extension) of a PDF, PNG, JPEG, XLSX, DOCX, text or CSV file; None of anything else."""
    for start, media_type, extension in MAGIC:
        if content.startswith(start):
            return media_type, extension
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _text(content, name)


def _office(content):
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return None
    if "[Content_Types].xml" not in names or any(name.endswith(MACROS) for name in names):
        return None
    return next((found for part, found in OFFICE.items() if part in names), None)


def _text(content, name):
    if not content or NOT_TEXT.search(content) or MARKUP.match(content.removeprefix(b"\xef\xbb\xbf")):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            content.decode("cp1252")
        except UnicodeDecodeError:
            return None
    return ("text/csv", "csv") if PurePath(name).suffix.lower() == ".csv" else ("text/plain", "txt")


def safe_name(name, extension):
    """The name it is shown and downloaded under: no path, no control characters, the extension that its bytes have."""
    stem = PurePath(name.replace("\\", "/")).stem
    return f"{clean_name(stem)[:150]}.{extension}"


def clean_name(name):
    """The last part of a path without what could mislead: control characters, marks that turn the direction of writing, quotes."""
    last = PurePath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+", " ", last).strip(" .")[:180] or "evidence"
