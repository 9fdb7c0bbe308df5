"""Whoever has no account, and every learner, reads the portal in Kiswahili: no sentence of theirs is left in English."""

import ast
import gettext
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

from .test_page_weight import LEARNER_PAGES, PUBLIC_PAGES, full_life  # noqa: F401 - a fixture

ROOT = settings.BASE_DIR / "templates"
# Shell, sign-in, errors, public pages and the learner's own.
READ_BY_ALL = [
    "base.html",
    "list.html",
    "[45]*.html",
    "components/*.html",
    "pages/*.html",
    "account/**/*.html",
    "account/**/*.txt",
    "mfa/**/*.html",
    "mfa/**/*.txt",
    "centres/activate.html",
    "centres/centres.html",
    "centres/centre_row.html",
    "centres/service*.html",
    "notices/*.html",
    "centres/centre.html",
    "training/verify*.html",
    "training/my_*.html",
    "training/training_*.html",
    "centres/organisation*.html",
    "oversight/centre.html",
    "oversight/organisation.html",
    "oversight/cadre_table.html",
    "oversight/*_panel.html",
    "oversight/cohort_table.html",
    "oversight/home.html",
    "oversight/welcome.html",
    "standards/certification*.html",
    "standards/register.html",
    "standards/stars.html",
    "standards/standard.html",
    "standards/counts.html",
    "training/course*.html",
    "training/cohort*.html",
    "training/prior.html",
    "training/prior_[fr]*.html",
    "training/priors.html",
    "training/requirement*.html",
    "training/rule_progress.html",
    # Delivery: from the calendar to the certificate.
    "training/a[cps]*.html",
    "training/c[aelo]*.html",
    "training/check_in*.html",
    "training/d*.html",
    "training/e*.html",
    "training/m*.html",
    "training/nominat*.html",
    "training/o*.html",
    "training/pa*.html",
    "training/re[bgls]*.html",
    "training/room*.html",
    "training/rubric.html",
    "training/se*.html",
    "training/su*.html",
    "training/t*.html",
    "training/w*.html",
]
# What these pages, and the notices about them, take from Python.
SPOKEN = [
    "cse_portal/lib/states.py",
    "cse_portal/notices/*.py",
    "cse_portal/oversight/navigation.py",
    "cse_portal/oversight/homes/se*.py",
    "training/*_forms.py",
    "training/completion.py",
    "training/evaluation.py",
    "training/invitations.py",
    "training/joining.py",
    "training/compliance/*.py",
    "training/models/[adfs]*.py",
    "training/models/re*.py",
    "training/services/[abcdefimnqs]*.py",
    "training/services/[rw]e[bg]*.py",
    "training/services/reminders.py",
    "training/services/res*.py",
    "training/services/waiting.py",
    "training/views/a[pt]*.py",
    "training/views/cal*.py",
    "training/views/ce*.py",
    "training/views/check_in.py",
    "training/views/co*.py",
    "training/views/[defmnoqst]*.py",
    "training/views/pa*.py",
    "training/views/re*.py",
    "training/views/why.py",
]
MODULES = sorted({path for pattern in SPOKEN for path in settings.BASE_DIR.glob(pattern)})
NAMES = {"_", "_now", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TEMPLATES = sorted({path for pattern in READ_BY_ALL for path in ROOT.glob(pattern)})
TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(n?p?gettext)\(({TEXT}(?:,\s*{TEXT})*)")


@pytest.fixture(scope="module")
def catalogue():
    with (settings.BASE_DIR / "locale/sw/LC_MESSAGES/django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def sentences(path):
    """[(context or None, sentence)] of a template."""
    for name, arguments in CALL.findall(templatize(path.read_text(), origin=str(path))):
        texts = ast.literal_eval(f"({arguments},)")
        yield (texts[0], texts[1]) if "p" in name else (None, texts[0])


def spoken(path):
    """[(context or None, sentence)] of a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in NAMES:
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if texts:
                yield (texts[0], texts[1]) if name.startswith("p") else (None, texts[0])


def in_catalogue(catalogue, context, sentence):
    key = f"{context}\x04{sentence}" if context else sentence
    entries = catalogue._catalog
    return bool(entries.get(key) or entries.get((key, 0)))


def test_the_list_of_templates_is_found():
    names = {path.relative_to(ROOT).as_posix() for path in TEMPLATES}
    assert {"base.html", "404.html", "account/login.html", "components/top.html"} <= names


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_sentence_has_its_kiswahili(path, catalogue):
    missing = [sentence for context, sentence in sentences(path) if not in_catalogue(catalogue, context, sentence)]
    assert not missing


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix())
def test_every_sentence_of_a_module_has_its_kiswahili(path, catalogue):
    assert not [sentence for context, sentence in spoken(path) if not in_catalogue(catalogue, context, sentence)]


class Words(HTMLParser):
    """The texts of a page that are not said to be in English."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag not in ("br", "img", "input", "link", "meta", "hr", "use", "rect", "path"):
            self.open.append((tag, dict(attributes).get("lang")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not any(lang == "en" or tag in ("script", "title") for tag, lang in self.open[1:]):
            self.found.append(" ".join(data.split()))


# The same in both languages.
SAME = {"CSE Portal", "MDA", "UPN", "PDF", "JSON", "CSV", "Excel", "English", "Kiswahili", "EN", "SW"}


def test_pages_read_in_kiswahili_hold_no_english_sentence(full_life, signed_in, client, catalogue):  # noqa: F811
    english = {" ".join(key.split("\x04")[-1].split()): said for key, said in catalogue._catalog.items() if isinstance(key, str)}
    english = {sentence for sentence, said in english.items() if said != sentence and len(sentence) > 3} - SAME
    learner, left = signed_in(full_life), {}
    for browser, pages in ((client, PUBLIC_PAGES), (learner, LEARNER_PAGES)):
        browser.post("/i18n/setlang/", {"language": "sw", "next": "/"})
        for address in pages:
            page = browser.get(address).content.decode()
            assert '<html lang="sw"' in page, address
            if found := english & set(Words(page).found):
                left[address] = found
    assert not left


def test_the_reading_of_templates_finds_sentences():
    found = {sentence for _context, sentence in sentences(ROOT / "components/list.html")}
    assert "Nothing matches these filters" in found
    assert "%(shown)s in the list" in found


def test_states_have_their_kiswahili(catalogue):
    from cse_portal.lib.states import STATES

    with translation.override("en"):
        words = {str(look.word) for look in STATES.values()}
    entries = catalogue._catalog
    known = {key.split("\x04")[-1] for key in entries if isinstance(key, str)}
    assert not words - known


def test_the_sign_in_page_changes_language(client, db):
    assert "Sign in" in client.get("/accounts/login/").content.decode()
    answer = client.post("/i18n/setlang/", {"language": "sw", "next": "/accounts/login/?next=/x/"})
    assert answer.url == "/accounts/login/?next=/x/"
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="sw">' in page
    assert "Nenosiri" in page
    assert ">Password<" not in page


def test_the_language_chosen_is_the_accounts_and_its_notices(learner, signed_in, wanjiru):
    browser = signed_in(learner)
    browser.post("/i18n/setlang/", {"language": "sw", "next": "/"})
    learner.user.refresh_from_db()
    assert learner.user.language == "sw"
    browser.post("/i18n/setlang/", {"language": "xx", "next": "/"})
    learner.user.refresh_from_db()
    assert learner.user.language == "sw"


def test_counts_are_said_in_the_plural():
    with translation.override("sw"):
        one, many = (translation.ngettext("%(n)s is set up.", "%(n)s are set up.", n) for n in (1, 3))
    assert one != many
