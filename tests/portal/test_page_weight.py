"""A first visit stays under 150 KB gzip, and pages carry no inline script or style."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

BUDGET = 150 * 1024
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ASSET = re.compile(r'(?:href|src)="/static/([^"#?]+)')


def packed(data):
    return len(gzip.compress(data, 6))


def assets(html):
    """Paths of the static files that a page asks for, those of its style sheet too."""
    found = set(ASSET.findall(html))
    for path in [path for path in found if path.endswith(".css")]:
        sheet = Path(finders.find(path))
        for url in re.findall(r"url\(([^)]+)\)", sheet.read_text()):
            if not url.startswith("data:"):
                found.add(str((sheet.parent / url).resolve()))
    return found


@pytest.mark.parametrize("address", ["/accounts/login/", "/help/"])
def test_a_first_visit_is_light(client, db, address):
    response = client.get(address)
    assert response.status_code == 200
    html = response.content.decode()
    files = {str(Path(finders.find(path) or path)) for path in assets(html)}
    assert any(path.endswith(".woff2") for path in files)
    assert any(path.endswith(".css") for path in files)
    weight = packed(response.content) + sum(
        len(Path(path).read_bytes()) if path.endswith(".woff2") else packed(Path(path).read_bytes()) for path in files
    )
    assert weight < BUDGET, f"{weight / 1024:.1f} KB"


def test_no_template_carries_inline_script_or_style():
    inline = re.compile(
        r"""<style|\sstyle=|\son[a-z]+=["']|javascript:|<script(?![^>]*(?:\ssrc=|type="application/json"))""", re.IGNORECASE
    )
    guilty = [f"{path.name}: {hit.group()}" for path in TEMPLATES for hit in inline.finditer(path.read_text())]
    assert not guilty


def luminance(colour):
    colour = colour.lstrip("#")
    if len(colour) == 3:
        colour = "".join(2 * c for c in colour)
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_colours_stand_out_from_their_grounds():
    sheet = (settings.BASE_DIR / "static/cse_portal/css/cse.css").read_text()
    tokens = dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{3,6})", sheet))
    pairs = [
        ("ink", "surface"), ("ink-2", "surface"), ("ink-3", "surface"), ("ink-3", "paper"), ("ink-3", "paper-2"),
        ("green", "surface"), ("green", "green-wash"), ("green", "paper"), ("red", "surface"), ("red", "red-wash"),
        ("red-dark", "red-soft"), ("amber", "amber-soft"), ("amber", "amber-wash"), ("blue", "blue-soft"),
        ("surface", "green"), ("surface", "h4"), ("surface", "h5"), ("green-dark", "green-soft"),
    ]  # fmt: skip
    weak = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < 4.5}
