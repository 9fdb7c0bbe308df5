"""The next edition as a draft, drawn from the one in force: what keepers of the Standard compare, change and map."""

from centres.access import Scope
from standards import edition_file
from standards.models import Element
from standards.services import edition_drafts, edition_mapping, editions

DRAFT = "2.0-draft"


def make(world):
    """A draft with changed weights and thresholds, an element dropped and one added; one element of the edition before is undecided."""
    actor, current = Scope.system_task("load_demo"), editions.in_force(world.on)
    draft = edition_drafts.clone(actor, current, version=DRAFT)
    document = edition_file.document(draft)
    rows, kept = document["elements"], [row for row in document["elements"] if not row["critical"]]
    dropped = next(row for row in kept if sum(one["criterion"] == row["criterion"] for one in rows) > 1)
    next(row for row in kept if row is not dropped)["weight"] = 2
    last = rows[-1]
    rows.append(
        last
        | {
            "code": last["code"].rpartition(".")[0] + ".9",
            "title": "Customers are told what came of their answers",
            "requirement": "What customers said and what was changed because of it is published every quarter.",
            "guidance": "Read the last two publications and ask at the counter.",
            "evidence_types": ["report", "website"],
            "critical": False,
            "weight": 1,
        }
    )
    rows.remove(dropped)
    document["rules"]["levels"][0]["score"] = "0.82"
    document["rules"]["deadlines"]["plan_working_days"] = 10
    for row in document["mapping"]:
        row["new"] = None if row["new"] == dropped["code"] else row["new"]
    draft = edition_drafts.take(actor, document)
    old = Element.objects.of(current).get(code=dropped["code"])
    edition_mapping.decide(actor, draft, old, new=[], note="Covered by the criterion's other elements")
    draft.mappings.filter(old=Element.objects.of(current).last()).delete()
