"""A first visit stays under 150 KB gzip, and pages carry no inline script or style."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from centres.access import Scope
from cse_portal.notices import outbox
from tests import factories as make
from training.services import awards

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


# Pages of learners and of whoever has no account: read over a bad line, on a phone.
LIGHT = 60 * 1024
PUBLIC_PAGES = ["/verify/", "/verify/AAAAA-BBBBB-CCCCC-DDDDD/", "/accounts/login/", "/activate/", "/centres/", "/certifications/"]
LEARNER_PAGES = [
    "/my/training/", "/my/record/", "/my/data/", "/my/data/correct/", "/corrections/", "/courses/", "/cohorts/", "/calendar/",
    "/requirements/", "/prior-training/", "/prior-training/record/", "/appeals/",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC_PAGES)
def test_public_pages_are_light_and_need_no_script(client, db, address):
    response = client.get(address)
    assert response.status_code in (200, 404), address
    assert packed(response.content) < LIGHT
    assert len(response.content) < 10 * LIGHT


@pytest.fixture
def full_life(wanjiru, learner, livestock):
    """An officer with years of training behind and a seat ahead."""
    make.requirement()
    for n in range(12):
        past = make.cohort(f"PAST-{n}", starts_on=make.days_ago(200 + 40 * n), state="closed")
        done = make.completion(wanjiru, on=make.days_ago(190 + 40 * n))
        done.enrolment = make.seat(past, wanjiru, "completed")
        done.save()
        awards.issue(Scope.system_task("test"), [done], make.days_ago(180 + 40 * n))
        outbox.queue(key=f"w:{n}", to=wanjiru.email, subject=f"Message {n}", body="…", about=done.enrolment)
    for n in range(60):
        make.cohort(f"NEXT-{n:02d}", starts_on=make.days_ahead(10 + n))
    make.seat(make.cohort("MINE", starts_on=make.days_ahead(6)), wanjiru)
    return learner


def test_a_learners_pages_are_light_and_cost_few_queries(full_life, signed_in):
    browser = signed_in(full_life)
    heavy, costly = {}, {}
    for address in LEARNER_PAGES:
        with CaptureQueriesContext(connection) as asked:
            response = browser.get(address)
        assert response.status_code == 200, address
        if packed(response.content) >= LIGHT:
            heavy[address] = packed(response.content)
        if len(asked) > 40:
            costly[address] = len(asked)
    assert not heavy
    assert not costly


def test_a_learners_page_costs_the_same_whatever_lies_behind(full_life, signed_in, wanjiru):
    browser, costs = signed_in(full_life), {}
    browser.get("/my/training/")  # the session is begun
    for more in range(2):
        for address in ("/my/training/", "/my/record/", "/my/data/"):
            with CaptureQueriesContext(connection) as asked:
                browser.get(address)
            costs.setdefault(address, []).append(len(asked))
        for n in range(8):
            past = make.cohort(f"MORE-{more}-{n}", starts_on=make.days_ago(1000 + 40 * n), state="closed")
            done = make.completion(wanjiru, on=make.days_ago(990 + 40 * n))
            done.enrolment = make.seat(past, wanjiru, "completed")
            done.save()
    assert {a: second - first for a, (first, second) in costs.items()} == dict.fromkeys(costs, 0)


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
