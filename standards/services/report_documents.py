"""A report as people read it: one list of sections, from which the PDF, the workbook and the page are all drawn.

Nothing is picked here: every field of the content that was answered is in a section. The words of a report are English.
"""

import datetime as dt
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import typst
from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cse_portal.lib.tabular import Sheet, write_book
from standards import reasons, scoring
from standards.models import Audit, Evidence, Finding, Meeting, Rating, Verification
from standards.models.finding import CorrectiveAction, Dispute
from training import certificates

HERE = Path(__file__).resolve().parent.parent / "document"
CODES = {
    "rating": Rating.Value,
    "self_rating": Rating.Value,
    "grade": Finding.Grade,
    "computed_grade": Finding.Grade,
    "meeting": Meeting.Kind,
    "audit_kind": Audit.Kind,
    "evidence_kind": Evidence.Kind,
    "finding_state": Finding.State,
    "plan_state": CorrectiveAction.State,
    "dispute_outcome": Dispute.Outcome,
    "of": Verification.Kind,
    "verification_outcome": Verification.Outcome,
}


class Section(NamedTuple):
    """`rows` under `header`; `cards`: each row is read as a block of its own, led by its first two cells."""

    title: str
    header: list
    rows: list
    cards: bool = False


def word(code, value):
    """A code as a reader reads it."""
    choices = CODES.get(code)
    if choices and value in choices.values:
        return str(choices(value).label)
    return {True: str(_("Yes")), False: str(_("No")), None: ""}.get(value, value if isinstance(value, str) else str(value))


def when(text):
    """2026-11-20 as 20 November 2026; an instant in Nairobi time, to the minute; anything else as it is."""
    try:
        if len(text) == 10:
            return certificates.long_day(dt.date.fromisoformat(text))
        if len(text) == 25 and text[10] == "T":
            return formats.date_format(timezone.localtime(dt.datetime.fromisoformat(text)), "j F Y, H:i")
    except ValueError:
        pass
    return text


def sections(report, annex=None, addenda=()):
    """[Section] of a report's content, without what is empty."""
    made = [
        _report(report),
        _results(report),
        _checks(report),
        _findings(report),
        *_answers(report),
        _elements(report),
        _evidence(report),
        *_how(report),
    ]
    made.append(Section(_("Addenda"), [_("Number"), _("Addendum"), _("By"), _("When")], [list(a) for a in addenda]))
    if annex:
        made.append(_annex(annex))
    return [
        section._replace(rows=[[when(c) if isinstance(c, str) else c for c in row] for row in section.rows])
        for section in made
        if section.rows
    ]


def _report(report):
    audit, edition = report["audit"], report["edition"]
    rows = [
        [_("Audit"), audit["ref"]],
        [_("Kind"), word("audit_kind", audit["kind"])],
        [_("MDA"), f"{audit['organisation_name']} ({audit['organisation']})"],
        [_("Centre"), f"{audit['centre_name']} ({audit['centre']})" if audit["centre"] else ""],
        [_("Scope"), audit["scope"]],
        [_("On site from"), audit["starts_on"]],
        [_("On site until"), audit["ends_on"]],
        [_("Edition of the Standard"), edition["version"]],
        [_("Published"), edition["published_on"]],
        [_("Source of the edition"), edition["source"]],
        [_("Submitted by"), audit["submitted_by"]],
        [_("Submitted"), audit["submitted_at"]],
        [_("Level worked out at submission"), str(reasons.level_word(report["level"])) if report["level"] else ""],
        [_("As of"), report["as_of"]],
        [_("Hash of the confidential annex (SHA-256)"), report["annex_sha256"]],
    ]
    return Section(_("The audit"), [_("What"), _("Said")], [row for row in rows if row[1]])


def _results(report):
    rows = []
    for site in report["sites"]:
        names = {e["code"].split(".")[0]: e["principle"] for e in site["elements"]}
        result = site["result"]
        if not result:
            continue
        for code, (part, whole) in result["implementation"].items():
            counts = result["counts"].get(code, {})
            name = names.get(code.lstrip("P"), code)
            rows.append(
                [site["name"], name, *(counts.get(v, 0) for v in Rating.Value.values), f"{part}/{whole}", _share(part, whole)]
            )
        part, whole = result["score"]
        rows.append([site["name"], _("Score"), "", "", "", "", "", f"{part}/{whole}", _share(part, whole)])
        part, whole = result["exemplary"]
        rows.append([site["name"], _("Exemplary"), "", "", "", "", "", f"{part}/{whole}", _share(part, whole)])
        rows.append([site["name"], _("Level"), "", "", "", "", "", "", str(reasons.level_word(result["level"]))])
    return Section(
        _("What the audit found"),
        [_("Site"), _("Principle"), *(str(v.label) for v in Rating.Value), _("Part of whole"), _("Share or level")],
        rows,
    )


def _share(part, whole):
    return reasons.percent(f"{part}/{whole}")


def _checks(report):
    rows = []
    for site in report["sites"]:
        names = {e["code"].split(".")[0]: e["principle"] for e in site["elements"]}
        for told in site["result"].get("why", []):
            check = scoring.Check(**told)
            if check.check == "implementation":
                heading = _("Implemented at least %(floor)s in each principle") % {"floor": reasons.percent(check.needed)}
                heading, text = f"{heading}: {names.get(check.about.lstrip('P'), check.about)}", reasons.percent(check.found)
            else:
                heading, text = reasons.WORDS[check.check](check)
            rows.append([site["name"], str(reasons.level_word(check.level)), heading, text, check.found, word("", check.passed)])
    return Section(
        _("Checks of each level"), [_("Site"), _("Level"), pgettext("level", "Check"), _("Found"), _("Part of whole"), _("Passed")], rows
    )


def _elements(report):
    header = [
        _("Element"), _("Title"), _("Site"), _("Rating"), _("What was found"), _("Requirement"), _("Principle"), _("Criterion"), _("Weight"),
        _("Critical"), _("Rated by"), _("Rated"), _("Not applicable agreed by"), _("Self-rating"), _("What the MDA says"),
    ]  # fmt: skip
    rows = [
        [
            e["code"], e["title"], site["name"], word("rating", e["rating"]), e["justification"], e["requirement"], e["principle"], e["criterion"], e["weight"],
            word("", e["critical"]), e["rated_by"], e["rated_at"], e["not_applicable_approved_by"], word("self_rating", e["self_rating"]), e["self_note"],
        ]
        for site in report["sites"]
        for e in site["elements"]
    ]  # fmt: skip
    return Section(_("Element by element"), header, rows, cards=True)


def _evidence(report):
    header = [
        _("Evidence"), _("Element"), _("Site"), _("Kind"), _("How many"), _("Collected"), _("Covers from"), _("Covers to"), _("Received"), _("Revision"), "SHA-256",
    ]  # fmt: skip
    rows = [
        [
            f"E{p['number']}", e["code"], site["name"], word("evidence_kind", p["kind"]), p["n"] or "", p["collected_on"], p["covers_from"], p["covers_to"],
            p["received_at"], p["revision"], p["sha256"],
        ]
        for site in report["sites"]
        for e in site["elements"]
        for p in e["evidence"]
    ]  # fmt: skip
    return Section(_("Evidence"), header, rows, cards=True)


def _findings(report):
    header = [
        _("Finding"), _("Grade"), _("Site"), _("What was found"), _("State"), _("Elements"), _("Evidence"), _("Rule"), _("About"), _("Grade by rule"), _("Reason of the grade"),
        _("Raised by"), _("Recurs"), _("Answer by"), _("Plan by"), _("Evidence due"), _("Final limit"), _("Acknowledged by"), _("Acknowledged"),
    ]  # fmt: skip
    rows = [
        [
            f["finding"], word("grade", f["grade"]), f["site"], f["statement"], word("finding_state", f["state"]), ", ".join(f["elements"]), ", ".join(f["evidence"]),
            str(reasons.RULES.get(f["rule"], f["rule"])), f["about"], word("computed_grade", f["computed_grade"]), f["grade_reason"], f["raised_by"], f["recurs"], f["answer_by"], f["plan_by"],
            f["due_on"], f["limit_on"], f["acknowledged_by"], f["acknowledged_at"],
        ]
        for f in report["findings"]
    ]  # fmt: skip
    return Section(_("Findings"), header, rows, cards=True)


def _answers(report):
    found = report["findings"]
    yield Section(
        _("Corrective actions"),
        [_("Finding"), _("State"), _("Correction"), _("Root cause"), _("Corrective action"), _("Owner"), _("Done by"), _("Sent by"), _("Sent"), _("Reviewed by"), _("Reviewed"), _("Note")],
        [
            [
                f["finding"], word("plan_state", a["state"]), a["correction"], a["root_cause"], a["action"], a["owner"], a["due_on"], a["submitted_by"], a["submitted_at"],
                a["reviewed_by"], a["reviewed_at"], a["review_note"],
            ]
            for f in found for a in f["corrective_actions"]
        ],
        cards=True,
    )  # fmt: skip
    yield Section(
        _("Disputes"),
        [_("Finding"), _("Decision"), _("Why it is disputed"), _("By"), _("When"), _("Grade"), _("Reasons"), _("Decided by"), _("Decided")],
        [
            [f["finding"], word("dispute_outcome", d["outcome"]), d["reason"], d["by"], d["at"], word("grade", d["grade"]), d["decision_reason"], d["decided_by"], d["decided_at"]]
            for f in found for d in f["disputes"]
        ],
        cards=True,
    )  # fmt: skip
    yield Section(
        _("Verifications"),
        [_("Finding"), pgettext("verification", "Of"), _("Outcome"), _("What was looked at"), _("New ratings"), _("Day"), _("By")],
        [
            [f["finding"], word("of", v["of"]), word("verification_outcome", v["outcome"]), v["note"], _lifted(v), v["on"], v["by"]]
            for f in found
            for v in f["verifications"]
        ],
    )
    replies = [[_("Report"), r["text"], r["by"], r["at"]] for r in report["replies"]]
    replies += [[f["finding"], r["text"], r["by"], r["at"]] for f in found for r in f["replies"]]
    yield Section(_("Replies of the auditee"), [_("On"), _("Reply"), _("By"), _("When")], replies)


def _lifted(verification):
    """What it lifts, for the decision; reports issued before these were told say nothing."""
    return ", ".join(f"{r['element']}: {word('rating', r['rating'])}" for r in verification.get("ratings", []))


def _how(report):
    yield Section(
        _("How evidence was gathered"),
        [_("Kind"), _("Pieces"), _("Sum of n"), _("First day"), _("Last day")],
        [[word("evidence_kind", m["kind"]), m["pieces"], m["n"] or "", m["first_on"], m["last_on"]] for m in report["methods"]],
    )
    yield Section(
        _("Team"),
        [_("Auditor"), _("Lead"), _("Declared"), _("Interest"), _("Declaration")],
        [[m["name"], word("", m["lead"]), m["declared_at"], word("", m["interest"]), m["declaration"]] for m in report["team"]],
    )
    yield Section(
        _("Stage 1"),
        [_("Ready"), _("By"), _("Documents read"), _("Areas of concern"), _("When")],
        [[word("", r["ready"]), r["by"], r["read"], r["concerns"], r["at"]] for r in report["stage_1"]],
    )
    yield Section(
        _("Audit plan"),
        [_("Site"), _("Day"), _("From"), pgettext("until", "To"), _("What"), _("Auditors")],
        [[v["site"], v["on"], v["from"], v["to"], v["activity"], ", ".join(v["auditors"])] for v in report["visits"]],
    )
    yield Section(
        _("Meetings"),
        [_("Meeting"), _("Day"), pgettext("meeting", "Present"), _("Notes"), _("Signed for the auditee"), _("Recorded by")],
        [
            [word("meeting", m["meeting"]), m["on"], m["present"], m["notes"], m["signed"], m["recorded_by"]]
            for m in report["meetings"]
        ],
    )
    sample = report["sample"]
    chosen = [[_("Chosen"), " ".join(str(v) for v in one.values() if v)] for one in sample.get("chosen", [])]
    frame = [[_("In scope"), " ".join(str(v) for v in one.values())] for one in sample.get("frame", [])]
    rule = [[_("Rule"), json.dumps(sample["rule"], ensure_ascii=False)]] if sample else []
    yield Section(
        _("Sample of sites"), [_("What"), _("Said")], [*([[_("Seed"), sample["seed"]]] if sample else []), *rule, *chosen, *frame]
    )
    yield Section(
        _("Ratings that differed between auditors"),
        [_("Element"), _("Rating"), _("Site"), _("What was found"), _("By"), pgettext("rating", "Taken")],
        [
            [c["element"], word("rating", c["rating"]), c["site"], c["justification"], c["by"], word("", c["taken"])]
            for c in report["conflicts"]
        ],
    )


def _annex(annex):
    header = [_("Evidence"), _("Element"), _("Site"), _("Kind"), _("Note"), _("File"), _("Type"), _("Bytes"), _("Gathered by")]
    rows = [
        [
            f"E{p['number']}",
            p["element"],
            site["name"],
            word("evidence_kind", p["kind"]),
            p["note"],
            p["file_name"],
            p["media_type"],
            p["size"] or "",
            p["added_by"],
        ]
        for site in annex["sites"]
        for p in site["evidence"]
    ]
    return Section(_("Confidential annex: evidence"), header, rows, cards=True)


# The documents.


@cache
def compiler():
    """Typst with our fonts only."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(certificates.HERE / "fonts")])
    return typst.Compiler(str(HERE / "report.typ"), root=str(HERE), font_paths=fonts)


def pdf(report, seal, *, annex=None, addenda=()):
    """`seal`: {"title", "number", "sha256", "kid", "signature", "issued"} as printed on every copy."""
    with translation.override("en"):
        data = {
            "title": seal["title"],
            "subject": report["audit"]["centre_name"] or report["audit"]["organisation_name"],
            "ref": report["audit"]["ref"],
            "warning": _("Demonstration: invented names and figures") if settings.DEMO else "",
            "seal": [
                [pgettext("report", "Issued"), when(seal["issued"])],
                [_("Hash (SHA-256)"), seal["sha256"]],
                [_("Key"), seal["kid"]],
                [_("Signature (Ed25519)"), seal["signature"]],
            ],
            "sections": [
                {
                    "title": s.title,
                    "header": [str(h) for h in s.header],
                    "rows": [[str(c) for c in row] for row in s.rows],
                    "cards": s.cards,
                }
                for s in sections(report, annex, addenda)
            ],
            "words": {
                "issuer": _("Huduma Kenya and Kenya School of Government, Centre of Excellence"),
                "standard": _("Huduma Service Excellence Quality Standard"),
                "page": _("Page"),
                "seal": _("Issued and signed"),
                "confidential": _("With the confidential annex: not for the auditee") if annex else "",
            },
        }
        return compiler().compile(format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})


def workbook(report, seal, *, annex=None, addenda=()):
    """Bytes of the XLSX: a sheet a section."""
    with translation.override("en"):
        told = [
            [pgettext("report", "Issued"), when(seal["issued"])],
            [_("Hash (SHA-256)"), seal["sha256"]],
            [_("Key"), seal["kid"]],
            [_("Signature (Ed25519)"), seal["signature"]],
        ]
        sheets = [Sheet(s.title, s.header, s.rows) for s in sections(report, annex, addenda)]
        sheets.append(Sheet(_("Issued and signed"), [_("What"), _("Said")], told))
        handle, path = tempfile.mkstemp(suffix=".xlsx")
        os.close(handle)
        try:
            write_book(path, sheets)
            return Path(path).read_bytes()
        finally:
            os.unlink(path)
