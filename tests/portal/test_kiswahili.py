"""Everyone reads the portal in Kiswahili who wishes to: no sentence of the product is left in English."""

import ast
import gettext
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

from cse_portal.oversight import subjects
from cse_portal.oversight.kind_words import KINDS
from standards import record_words

from .test_page_weight import LEARNER_PAGES, PUBLIC_PAGES, full_life  # noqa: F401 - a fixture

ROOT = settings.BASE_DIR / "templates"
# Said by commands to whoever runs the server, and the invented content of the demonstration: English.
NOT_READ = {"demo", "management", "migrations", "demonstration.py", "embedded.py", "keeper.py"}
APPS = ("cse_portal", "centres", "training", "standards")
MODULES = sorted(
    path
    for app in APPS
    for path in (settings.BASE_DIR / app).rglob("*.py")
    if not NOT_READ & set(path.relative_to(settings.BASE_DIR).parts)
)
NAMES = {"_", "_now", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TEMPLATES = sorted(path for path in ROOT.rglob("*") if path.suffix in (".html", ".txt", ".js"))
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


def test_every_sentence_of_the_product_has_its_kiswahili(catalogue):
    """Every template and module, whoever reads it. What is missing is named with its file."""
    missing = [
        f"{path.relative_to(settings.BASE_DIR)}: {sentence}"
        for paths, said in ((TEMPLATES, sentences), (MODULES, spoken))
        for path in paths
        for context, sentence in said(path)
        if not in_catalogue(catalogue, context, sentence)
    ]
    assert not missing


class Bare(HTMLParser):
    """What a template says without marking it for translation."""

    SAID = {"title", "placeholder", "aria-label", "alt", "data-l"}

    def __init__(self, path):
        super().__init__()
        self.found, self.silent = [], 0
        marked = re.sub(
            r"{%\s*(blocktrans\w*|comment)\b.*?{%\s*end\1\s*%}|{#.*?#}|{% block main_class %}.*?{% endblock %}",
            "",
            path.read_text(),
            flags=re.S,
        )
        self.feed(re.sub(r"{%.*?%}|{{.*?}}", "\x01", marked))

    def handle_starttag(self, tag, attributes):
        self.silent += tag in ("script", "style", "code", "svg")
        self.found += [value for name, value in attributes if name in self.SAID and value]

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style", "code", "svg")

    def handle_data(self, data):
        if not self.silent:
            self.found.append(data)

    @property
    def words(self):
        texts = (text.strip() for found in self.found for text in found.split("\x01"))
        return {text for text in texts if re.search("[A-Za-z]{3}", text)} - SAME


def test_no_template_says_anything_that_is_not_marked_for_translation():
    bare = {str(path.relative_to(ROOT)): words for path in TEMPLATES if path.suffix == ".html" and (words := Bare(path).words)}
    assert not bare


@pytest.mark.slow
def test_no_rule_refuses_in_a_sentence_that_is_not_marked():
    """`Refused("…")` with bare text would be English for everyone."""
    bare = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "Conflict") and node.args:
                texts = [part.value for part in getattr(node.args[0], "values", [node.args[0]]) if isinstance(part, ast.Constant)]
                if any(re.search("[A-Za-z]{3}", text) for text in texts):
                    bare.append(f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}")
    assert not bare


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
SAME = {"CSE Portal", "MDA", "UPN", "PDF", "JSON", "YAML", "CSV", "XLSX", "Excel", "SHA-256", "English", "Kiswahili", "EN", "SW"}


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


# Words of docs/kiswahili.md that are not used, and never mean anything else here.
NOT_USED = r"\b(namba|wafanyakazi|(ma)?bingwa|tokeo|kutokidhi|\w*staafish\w*|mkadiriaji|wakadiriaji|makadirio ya|wigo|nywila|laha ya alama)\b"


def test_every_kind_of_thing_in_the_trail_has_its_word():
    assert set(subjects.models()) <= {*KINDS, *record_words.KINDS}


def test_one_word_is_used_for_one_thing(catalogue):
    said = (text for text in catalogue._catalog.values() if isinstance(text, str))
    assert not [text for text in said if re.search(NOT_USED, text, re.I)]


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
