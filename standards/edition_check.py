"""Judging an edition's document: what a file or a page says becomes a clean document, or sentences that name place, field, remedy."""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

from cse_portal.lib.errors import Refused
from standards import rulebook
from standards.edition_file import COLUMNS, OPTIONAL, Raw
from standards.models import Edition, Element

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST = {
    ("principles", "code"): 4,
    ("principles", "name"): 100,
    ("criteria", "code"): 6,
    ("criteria", "name"): 150,
    ("elements", "code"): 8,
    ("elements", "title"): 200,
    ("mapping", "note"): 300,
    ("", "edition"): 40,
}
LONG = 5000  # characters of a requirement, a guidance, a source
EMPTY = {"guidance", "evidence_types", "note", "source", "new"}
MOST = 1000  # rows of a part
SHOWN = 25  # problems told at once
APPLIES = {"both": "both", "mda": "mda", "centre": "centre", "mda;centre": "both", "centre;mda": "both"}
ABOVE = {"criteria": ("principle", "principles"), "elements": ("criterion", "criteria")}


class Problem(NamedTuple):
    """`where` in the file, or nothing; `field` as the file calls it."""

    where: str
    field: str
    sentence: str

    def __str__(self):
        place = ", ".join(part for part in (self.where[:1].upper() + self.where[1:], self.field) if part)
        return f"{place}: {self.sentence}" if place else self.sentence


def checked(raw, version=""):
    """The clean document of a file; Refused with every problem as a sentence of `file`. `version` replaces the file's own."""
    document, problems = check(raw, version)
    refuse(problems)
    return document


def refuse(problems, field="file"):
    if problems:
        sentences = [str(problem) for problem in problems[:SHOWN]]
        if len(problems) > SHOWN:
            sentences.append(_("And %(n)s more.") % {"n": len(problems) - SHOWN})
        raise Refused(
            _("The edition was not taken: %(first)s") % {"first": sentences[0]}, code="bad_edition", fields={field: sentences}
        )


def check(raw, version=""):
    """(clean document, [Problem])."""
    reader = _Reader(raw)
    return reader.document(version), reader.problems


def of_document(document):
    """The problems of a document that a page has changed."""
    return check(Raw(document, {}))


class _Reader:
    def __init__(self, raw):
        self.raw, self.problems = raw, []

    def wrong(self, place, field, sentence, **words):
        self.problems.append(Problem(self.raw.where(*place), field, sentence % words if words else sentence))

    def document(self, version):
        said = self.raw.said
        for name in said:
            if name not in ("edition", "source", "rules", *COLUMNS):
                self.wrong((name,), name, _("An edition has no such part. Take it out, or correct its name."))
        document = {
            "edition": " ".join((version or self.text("", (), said, "edition")).split()),
            "source": self.text("", (), said, "source"),
            "rules": {},
        }
        for part in COLUMNS:
            if part in OPTIONAL and part not in said:
                continue
            document[part] = list(self.rows(part, said.get(part)))
        for part in ("criteria", "elements"):
            self.belongs(part, document)
        self.rules(document)
        return document

    def rules(self, document):
        known = {row["code"] for row in document["criteria"]}
        document["rules"], problems = rulebook.check(self.raw.said.get("rules"), known)
        for problem in problems:
            self.wrong(self.place_of(problem.path), problem.path, problem.sentence)

    def place_of(self, path):
        """Where the rule stands: rows of a workbook by path; in YAML levels and findings are lists."""
        if ("rules", path) in self.raw.lines:
            return ("rules", path)
        part, *names = path.split(".")
        rows = self.raw.said.get("rules")
        rows = rows.get(part) if isinstance(rows, dict) and part in ("levels", "findings") else None
        if names and isinstance(rows, list):
            key = "code" if part == "levels" else "rule"
            numbers = [n for n, row in enumerate(rows) if isinstance(row, dict) and row.get(key) == names[0]]
            return ("rules", part, *numbers[:1], *names[1:])
        return ("rules", part, *names)

    def rows(self, part, rows):
        if not isinstance(rows, list) or not rows and part not in OPTIONAL:
            self.wrong((part,), part, _("This part is missing or empty. Export an edition to see the shape."))
            return
        if len(rows) > MOST:
            self.wrong((part,), part, _("There are more than %(most)s rows."), most=MOST)
            return
        seen = set()
        for n, row in enumerate(rows):
            if not isinstance(row, dict):
                self.wrong((part, n), part, _("This is no entry with fields. Export an edition to see the shape."))
                continue
            for name in row:
                if name not in COLUMNS[part]:
                    self.wrong((part, n, name), name, _("There is no such field. Take it out, or correct its name."))
            clean = {name: self.field(part, (part, n, name), row, name) for name in COLUMNS[part]}
            key = (clean["edition"], clean["old"], clean["new"]) if part == "mapping" else clean["code"]
            if key in seen:
                self.wrong(
                    (part, n),
                    "old" if part == "mapping" else "code",
                    _("%(code)s stands there twice. Keep one."),
                    code=clean.get("old") or clean.get("code"),
                )
            seen.add(key)
            yield clean

    def field(self, part, place, row, name):
        if name == "evidence_types":
            return self.listed(place, row.get(name))
        value = row.get(name)
        if name == "new" and value in (None, ""):
            return None
        text = self.text(part, place, row, name)
        if name in ("code", "principle", "criterion", "old", "new") and text and not CODE.fullmatch(text):
            self.wrong(place, name, _("“%(value)s” is no code. Use letters, digits, dots and hyphens."), value=text[:40])
        if name == "critical":
            return self.flag(place, text)
        if name == "applies_to":
            if text.replace(" ", "").lower() not in APPLIES:
                self.wrong(place, name, _("“%(value)s” is no place. Write both, mda or centre."), value=text[:40])
            return APPLIES.get(text.replace(" ", "").lower(), "")
        return self.weight(place, text) if name == "weight" else text

    def text(self, part, place, row, name):
        value = row.get(name)
        place = place or (name,)
        if isinstance(value, (list, dict)):
            self.wrong(place, name, _("This is a list where a text belongs. Write one value."))
            return ""
        text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
        longest = LONGEST.get((part, name), LONG)
        if not text and name not in EMPTY:
            self.wrong(place, name, _("A value is missing. Fill it in."))
        elif len(text) > longest:
            self.wrong(place, name, _("The text is longer than %(n)s characters. Shorten it."), n=longest)
        elif UNPRINTABLE.search(text):
            self.wrong(place, name, _("The text holds a sign that cannot be printed. Type it again."))
        return text

    def listed(self, place, value):
        found = value if isinstance(value, list) else str(value or "").split(";")
        found = [
            " ".join(str(one).split())
            for one in found
            if one is not None and not isinstance(one, (list, dict)) and str(one).strip()
        ]
        if any(len(one) > 60 or ";" in one or UNPRINTABLE.search(one) for one in found):
            self.wrong(
                place, "evidence_types", _("A kind of evidence has at most 60 characters and no semicolon. Shorten or divide it.")
            )
        if len(found) > 20 or len(set(found)) < len(found):
            self.wrong(place, "evidence_types", _("Name each kind of evidence once, twenty at most."))
        return found

    def flag(self, place, text):
        said = {"true": True, "yes": True, "false": False, "no": False}.get(text.lower())
        if said is None and text:
            self.wrong(place, "critical", _("Write yes or no."))
        return bool(said)

    def weight(self, place, text):
        text = text.removesuffix(".0")
        if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100):
            if text:
                self.wrong(place, "weight", _("“%(value)s” is no weight. Write a whole number from 0 to 100."), value=text[:40])
            return 0
        return int(text)

    def belongs(self, part, document):
        """Each row names something that there is above it."""
        field, above = ABOVE[part]
        known = {row["code"] for row in document[above]}
        for n, row in enumerate(document[part]):
            if row[field] and row[field] not in known:
                self.wrong(
                    (part, n, field), field, _("%(code)s is not in the edition. Correct it, or add it there."), code=row[field]
                )


def incomplete(document):
    """Why a draft cannot be published yet, as Problems."""
    filled = {row["criterion"] for row in document["elements"]}
    for row in document["criteria"]:
        if row["code"] not in filled:
            yield Problem("", row["code"], _("This criterion has no element. Add one, or take the criterion out."))
    used = {row["principle"] for row in document["criteria"]}
    for row in document["principles"]:
        if row["code"] not in used:
            yield Problem("", row["code"], _("This principle has no criterion. Add one, or take the principle out."))
    for place, name in ((Element.AppliesTo.MDA, _("head office")), (Element.AppliesTo.CENTRE, _("centre"))):
        if not sum(row["weight"] for row in document["elements"] if row["applies_to"] in (place, Element.AppliesTo.BOTH)):
            yield Problem("", "", _("No element with a weight applies to a %(place)s.") % {"place": name})


def resolved(document):
    """Old elements that the mapping names: {(edition, code): Element}; Problems for those unknown here."""
    rows, problems = document.get("mapping", ()), []
    versions = {row["edition"] for row in rows}
    held = Element.objects.filter(criterion__principle__edition__version__in=versions).exclude(
        criterion__principle__edition__state=Edition.State.DRAFT
    )
    found = {(e.criterion.principle.edition.version, e.code): e for e in held.select_related("criterion__principle__edition")}
    codes = {row["code"] for row in document["elements"]}
    for row in rows:
        where = f"{row['edition']} {row['old']}"
        if (row["edition"], row["old"]) not in found or row["edition"] == document["edition"]:
            problems.append(
                Problem(
                    "",
                    "mapping",
                    _("%(where)s is no element of an earlier published edition here. Take it out, or correct it.")
                    % {"where": where},
                )
            )
        if row["new"] and row["new"] not in codes:
            problems.append(
                Problem(
                    "",
                    "mapping",
                    _("%(where)s became %(code)s, which this edition does not have. Correct it.")
                    % {"where": where, "code": row["new"]},
                )
            )
    return found, problems
