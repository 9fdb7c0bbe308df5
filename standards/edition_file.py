"""An edition as one document, written as YAML or as a workbook and read back.

A document: {"edition", "source", "rules", "principles": [], "criteria": [], "elements": [], "mapping": []}, elements in the order of
the sheet, `mapping` of elements of earlier editions. The workbook has a sheet for each part; rules are rows of path and value.
What is read is only shape: text and lists, with the line where each stood. `edition_check` judges it.
"""

import json
import tempfile
from hashlib import sha256
from typing import NamedTuple

import yaml
from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cse_portal.lib import tabular
from cse_portal.lib.errors import Refused
from standards import rule_words, rulebook
from standards.models import Criterion, Element, ElementMapping

COLUMNS = {
    "principles": ("code", "name"),
    "criteria": ("code", "principle", "name"),
    "elements": (
        "code",
        "criterion",
        "title",
        "requirement",
        "guidance",
        "evidence_types",
        "critical",
        "applies_to",
        "weight",
    ),
    "mapping": ("edition", "old", "new", "note"),
}
OPTIONAL = ("mapping",)
LARGEST = 2 * 1024 * 1024  # bytes of a file; the first edition takes 40 KB
MOST_NODES = 50_000  # of a YAML file; the first edition has 1,000
TYPES = {"yaml": "application/yaml; charset=utf-8", "xlsx": tabular.TYPES["xlsx"]}


def document(edition):
    """The whole edition: its text, rules and mapping."""
    criteria = (
        Criterion.objects.filter(principle__edition=edition).select_related("principle").order_by("principle__code", "code")
    )
    return {
        "edition": edition.version,
        "source": edition.source,
        "rules": rulebook.nested(rulebook.flat(edition.rules)),
        "principles": [{"code": p.code, "name": p.name} for p in edition.principles.all()],
        "criteria": [{"code": c.code, "principle": c.principle.code, "name": c.name} for c in criteria],
        "elements": [
            {name: e.criterion.code if name == "criterion" else getattr(e, name) for name in COLUMNS["elements"]}
            for e in Element.objects.of(edition)
        ],
        "mapping": mapping(edition),
    }


def mapping(edition):
    """What elements of earlier editions became in this one, in the order of the earlier; `new` None: dropped."""
    held = ElementMapping.objects.filter(edition=edition).select_related("old__criterion__principle__edition", "new")
    rows = sorted(held, key=lambda m: (m.old.criterion.principle.edition_id, m.old.position, m.new.position if m.new else 0))
    return [
        {
            "edition": m.old.criterion.principle.edition.version,
            "old": m.old.code,
            "new": m.new.code if m.new else None,
            "note": m.note,
        }
        for m in rows
    ]


def mark(document):
    """Of a document's content: two with the same mark are identical."""
    return sha256(json.dumps(document, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


# --- writing ---


def to_yaml(document):
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def to_sheets(document):
    """The sheets of the workbook."""
    about = [("edition", document["edition"]), ("source", document["source"])]
    rules = [(path, rule_words.label(path), _cell(value)) for path, value in rulebook.flat(document["rules"]).items()]
    yield tabular.Sheet("Edition", ["field", "value"], about)
    for part, columns in COLUMNS.items():
        yield tabular.Sheet(part.capitalize(), list(columns), [[_cell(row[name]) for name in columns] for row in document[part]])
    yield tabular.Sheet("Rules", ["rule", "meaning", "value"], rules)


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def response(document, kind):
    """A download: `kind` yaml or xlsx."""
    name = slugify(f"hseqs-{document['edition'].replace('.', '-')}")
    if kind == "xlsx":
        return tabular.book_response(name, to_sheets(document))
    answer = HttpResponse(to_yaml(document), content_type=TYPES["yaml"])
    answer["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return answer


# --- reading ---


def kept(upload):
    """An upload as a file that has a path; it goes when it is closed. Refused when it is too large."""
    if upload.size > LARGEST:
        raise Refused(_("This file is too large for an edition. Take out what is not part of it."), code="too_large")
    held = tempfile.NamedTemporaryFile(suffix=".edition")
    for chunk in upload.chunks():
        held.write(chunk)
    held.flush()
    return held


class Raw(NamedTuple):
    """What a file says, in the shape of a document, and where: {(part, number): words}."""

    said: dict
    lines: dict

    def where(self, *place):
        """ "line 31" or "sheet Elements, row 5" of the nearest thing above that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, "")


def read(path):
    """The file at `path`, YAML or XLSX. Refused with a sentence when it is neither."""
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(_("This file is too large for an edition. Take out what is not part of it."), code="too_large")
    if content.startswith(tabular.XLSX_MAGIC):
        return _from_sheets(tabular.sheets_of(path))
    try:
        return from_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused(_("This is neither a YAML file in UTF-8 nor an XLSX file."), code="wrong_type")


def from_yaml(text):
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = {}
        said = _plain(node, (), lines) if node else None
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        if line is None:
            raise Refused(_("This is not a YAML file that can be read."), code="bad_yaml")
        raise Refused(
            _("Line %(line)s cannot be read as YAML. Compare its spaces, colons and quotation marks with a file exported here.")
            % {"line": line + 1},
            code="bad_yaml",
        )
    except RecursionError:
        raise Refused(_("This file is nested too deeply for an edition."), code="bad_yaml")
    if not isinstance(said, dict):
        raise Refused(_("This file does not hold an edition. Export one to see the shape."), code="bad_yaml")
    return Raw(said, {place: _("line %(n)s") % {"n": n} for place, n in lines.items()})


def _plain(node, place, lines):
    """Text, lists and mappings of a node; nothing is made into an object, number or date, so 0.70 stays 0.70."""
    if len(lines) > MOST_NODES:  # a few lines that refer to each other can stand for millions
        raise Refused(_("This file is too large for an edition. Take out what is not part of it."), code="too_large")
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*place, n), lines) for n, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if name in found or not name:
                words = {"line": key.start_mark.line + 1, "name": name}
                raise Refused(_("Line %(line)s: “%(name)s” stands there twice, or is no name. Keep one.") % words, code="twice")
            found[name] = _plain(value, (*place, name), lines)
        return found
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _from_sheets(book):
    sheets = {name.strip().lower(): (name, lines) for name, lines in book.items()}
    missing = [part.capitalize() for part in ("edition", *COLUMNS, "rules") if part not in sheets and part not in OPTIONAL]
    if missing:
        raise Refused(
            _("The workbook lacks the sheet %(names)s. Export an edition to see the shape.") % {"names": ", ".join(missing)},
            code="no_sheet",
        )
    said, lines = {}, {}
    for number, cells in sheets["edition"][1][1:]:
        said[cells[0].strip()] = cells[1] if len(cells) > 1 else ""
        lines[(cells[0].strip(),)] = _row(sheets["edition"][0], number)
    for part in COLUMNS:
        if part in sheets:
            said[part] = list(_rows(part, *sheets[part], lines))
    said["rules"] = _rules(*sheets["rules"], lines)
    return Raw(said, lines)


def _row(sheet, number):
    return _("sheet %(sheet)s, row %(n)s") % {"sheet": sheet, "n": number}


def _rows(part, name, records, lines):
    header = [cell.strip().lower() for cell in records[0].cells] if records else []
    if absent := [column for column in COLUMNS[part] if column not in header]:
        words = {"sheet": name, "names": ", ".join(absent)}
        raise Refused(
            _("Sheet %(sheet)s lacks the column %(names)s. Its first row holds the names of the columns.") % words,
            code="no_column",
        )
    for n, record in enumerate(records[1:]):
        lines[(part, n)] = _row(name, record.number)
        row = dict(zip(header, [*record.cells, *[""] * len(header)]))
        row = {column: value for column, value in row.items() if column}
        if part == "mapping":
            row["new"] = row["new"] or None
        yield row


def _rules(name, records, lines):
    header = [cell.strip().lower() for cell in records[0].cells] if records else []
    if absent := [column for column in ("rule", "value") if column not in header]:
        words = {"sheet": name, "names": ", ".join(absent)}
        raise Refused(
            _("Sheet %(sheet)s lacks the column %(names)s. Its first row holds the names of the columns.") % words,
            code="no_column",
        )
    settings, path, value = {}, header.index("rule"), header.index("value")
    for number, cells in records[1:]:
        name_of = cells[path].strip()
        if name_of in settings:
            raise Refused(
                _("%(where)s: “%(name)s” stands there twice. Keep one.") % {"where": _row(name, number), "name": name_of},
                code="twice",
            )
        settings[name_of] = cells[value] if len(cells) > value else ""
        lines[("rules", name_of)] = _row(name, number)
    try:
        return rulebook.nested(settings)
    except (TypeError, AttributeError):
        raise Refused(
            _("Sheet %(sheet)s: a rule is named both by itself and with parts. Export an edition to see the names.")
            % {"sheet": name},
            code="bad_rules",
        )
