"""Small whole files, byte by byte: a picture of one dot as PNG and JPEG, a PDF of one empty page, an office document."""

import io
import struct
import zipfile
import zlib


def png(*more, width=1):
    """A PNG of one row; `more`: further chunks (kind, content)."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)),
        *more,
        (b"IDAT", zlib.compress(b"\0" * (width + 1))),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def jpeg(comment=b""):
    """A JPEG of one dot, with a comment."""
    segments = [
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xDB, b"\0" + b"\1" * 64),
        (0xC0, b"\x08\0\1\0\1\1\1\x11\0"),
        (0xFE, comment),
    ]
    body = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content for marker, content in segments)
    return b"\xff\xd8" + body + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\x37\xff\0\x41" + b"\xff\xd9"


def pdf(catalog=b"", text=b"% a page\n"):
    """A PDF of one empty page; `catalog`: what else stands in its catalogue."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    ]
    out, places = b"%PDF-1.7\n" + text, []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out + b"xref\n0 4\n0000000000 65535 f \n" + table + b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    )


def office(part, *more, **contents):
    """An office document with this part; `more`: further parts; contents: {name: bytes}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, contents.get(name, "<x/>"))
    return out.getvalue()
