"""Whether a file is only what it says it is: no second format behind or inside the first, nothing that runs when it is opened.

Pure. `fault(content, media type)` gives a word, "" when nothing is wrong. It looks for what makes a file dangerous to whoever opens
it; it is no virus scanner.
"""

import io
import re
import struct
import zipfile
import zlib

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
PAGE = re.compile(rb"<(script|html|svg|iframe|\?php|!doctype\s+html|object|embed)[\s>/]|<\?php", re.IGNORECASE)
PROGRAMS = (".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".com", ".scr", ".ps1", ".jar", ".lnk", ".hta", ".msi")
ACTIVE_PARTS = ("vbaproject.bin", "activex", "oleobject")
MOST_PIXELS = 100_000_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_OBJECTS = 30_000  # of a PDF
RUNS = ("/JS", "/JavaScript", "/EmbeddedFiles", "/EmbeddedFile", "/RichMediaContent", "/XFA")
ACTIONS = ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMediaExecute")


def fault(content, media_type):
    """Nothing, or one of: virus, picture, trailing, mixed, script, protected, pdf, active, packed."""
    if EICAR in content:
        return "virus"
    if media_type == "image/png":
        return _png(content) or _mixed(content)
    if media_type == "image/jpeg":
        return _jpeg(content) or _mixed(content)
    if media_type == "application/pdf":
        return _mixed(content, page_within=1024) or _pdf(content)
    if media_type.startswith("text/"):
        return "script" if PAGE.search(content) else ""
    return _office(content)


LOOKS = [
    ("virus", re.compile(re.escape(EICAR))),
    ("svg", re.compile(rb"(?is)\A.{0,2000}<svg[\s>]")),
    ("video", re.compile(rb"(?s)\A(....ftyp|\x1aE\xdf\xa3|RIFF....AVI |OggS|ID3|\x00\x00\x01\xba)")),
    (
        "program",
        re.compile(rb"(?is)\A(MZ|\x7fELF|#!|\xca\xfe\xba\xbe|\xef?\xbb?\xbf?\s*<(!doctype|html|script|body|head|iframe|\?php))"),
    ),
]
ENDINGS = {
    "svg": ("svg", "svgz"),
    "video": ("mp4", "mov", "avi", "mkv", "webm", "3gp", "m4a", "mp3", "wav", "ogg"),
    "program": (
        "exe",
        "dll",
        "bat",
        "cmd",
        "com",
        "js",
        "vbs",
        "ps1",
        "sh",
        "html",
        "htm",
        "hta",
        "php",
        "jar",
        "msi",
        "apk",
        "lnk",
    ),
}


def looks_like(content, name):
    """What a file that is not taken seems to be, for the sentence: virus, svg, video, program or ""."""
    ending = name.rpartition(".")[2].lower()
    by_name = (what for what, endings in ENDINGS.items() if ending in endings)
    return next((what for what, start in LOOKS if start.search(content)), None) or next(by_name, "")


def _mixed(content, page_within=None):
    """A zip archive, a PDF or a web page inside another format."""
    if zipfile.is_zipfile(io.BytesIO(content)) or b"%PDF-" in content[1:1024]:
        return "mixed"
    return "mixed" if PAGE.search(content if page_within is None else content[:page_within]) else ""


def _png(content):
    """Chunks in their order, each with its checksum, and nothing behind the last."""
    at, kinds = 8, []
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content) or struct.unpack(">I", content[end - 4 : end])[0] != zlib.crc32(content[at + 4 : end - 4]):
            return "picture"
        if not kinds:
            if kind != b"IHDR" or length != 13 or not _size(*struct.unpack(">II", content[at + 8 : at + 16])):
                return "picture"
        kinds.append(kind)
        at = end
        if kind == b"IEND":
            break
    if not kinds or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        return "picture"
    return "trailing" if content[at:].strip(b"\0\r\n ") else ""


def _jpeg(content):
    """Segments from SOI to EOI. Behind it: nothing, or further whole JPEG pictures, as some phones add."""
    at = 0
    while at < len(content):
        end = _jpeg_end(content, at)
        if end is None:
            return "trailing" if at else "picture"
        at = end
        rest = content[at:]
        at += len(rest) - len(rest.lstrip(b"\0\r\n "))
    return ""


def _jpeg_end(content, at):
    """Where the JPEG that begins at `at` ends; None when it is none."""
    if content[at : at + 2] != b"\xff\xd8":
        return None
    at, sized = at + 2, False
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in range(0xC0, 0xD0) and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9].ljust(4, b"\0"))
            sized = _size(width, height or 1)
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        at += 2 + length
        if marker == 0xDA:  # the picture itself, up to a marker that is neither stuffing nor a restart
            found = _AFTER_SCAN.search(content, at)
            if found is None or not sized:
                return None
            at = found.start()
            if content[at + 1] == 0xD9:
                return at + 2
    return None


_AFTER_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def _size(width, height):
    return 0 < width * height <= MOST_PIXELS


def _pdf(content):
    """Read object by object: scripts, programs to be started, files inside."""
    from pypdf import PdfReader  # only a PDF pays for it
    from pypdf.errors import PyPdfError
    from pypdf.generic import DictionaryObject, IndirectObject

    if any(word in content for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile")):
        return "active"
    if b"%%EOF" in content and content.rpartition(b"%%EOF")[2].strip(b"\0\r\n\t "):
        return "trailing"
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            return "protected"
        places = [(number, generation) for generation, of in reader.xref.items() for number in of] + [
            (n, 0) for n in reader.xref_objStm
        ]
        if len(places) > MOST_OBJECTS:
            return "pdf"
        for number, generation in places:
            try:
                thing = reader.get_object(IndirectObject(number, generation, reader))
            except PyPdfError:  # an entry that leads nowhere, as some programs write
                continue
            if isinstance(thing, DictionaryObject) and _acts(thing, DictionaryObject):
                return "active"
        if not len(reader.pages):
            return "pdf"
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        AssertionError,
        zlib.error,
    ):
        return "pdf"
    return ""


def _acts(thing, dictionary, depth=0):
    """A dictionary, or one directly inside it, that runs something or holds a file. Indirect ones have their own turn."""
    if any(key in thing for key in RUNS) or dict.get(thing, "/S") in ACTIONS or dict.get(thing, "/Type") == "/EmbeddedFile":
        return True
    inner = [value for value in dict.values(thing) if isinstance(value, dictionary)]
    inner += [
        one
        for value in dict.values(thing)
        if isinstance(value, list)
        for one in list.__iter__(value)
        if isinstance(one, dictionary)
    ]
    return depth < 20 and any(_acts(one, dictionary, depth + 1) for one in inner)


def _office(content):
    """A document in a zip archive: nothing before or behind it, no program inside, no more than a document unpacks to."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or end + 22 + struct.unpack("<H", content[end + 20 : end + 22].ljust(2, b"\0"))[0] != len(content):
        return "trailing"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MOST_UNPACKED or len(parts) > 5000:
                return "packed"
            for part in parts:
                name = part.filename.lower()
                if name.endswith(PROGRAMS) or any(word in name for word in ACTIVE_PARTS):
                    return "active"
                if part.flag_bits & 1:
                    return "protected"
                if part.file_size <= 1024 * 1024 and EICAR in archive.read(part):
                    return "virus"
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, RuntimeError):
        return "packed"
    return ""
