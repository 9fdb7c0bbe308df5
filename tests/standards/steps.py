"""What auditors and others do, through the services: used to set a scene, and by the tests of other rooms."""

from pathlib import Path

from centres.access import Scope
from centres.models import Membership
from cse_portal.lib import clock
from standards.models import Edition, Element, Evidence, Rating
from standards.services import audits, certification, corrective, editions, panel, programme, reports, review, stage1, verifying
from standards.services.evidence import Piece
from tests import factories as make

SMALL = Path(__file__).resolve().parent.parent / "files" / "small_standard.csv"
SMALL_DRAFT = "small-draft"
SYSTEM = Scope.system_task("test")
SEEN = (Piece("observation", "Seen at three counters.", 3),)


def scope(hat):
    return Scope(user=hat.user, membership=hat)


def published_edition(version="test 1", short=None, **rules):
    """Six elements for a head office and six for a centre. `short`: the share of a principle that is enough to be certified."""
    editions.load_draft(SYSTEM, SMALL)
    draft = Edition.objects.get(version=SMALL_DRAFT)
    draft.rules |= {"conduct_criteria": ["1.1"]} | rules
    if short:
        draft.rules["levels"][0]["implementation"] = short
        next(row for row in draft.rules["findings"] if row["rule"] == "principle_short")["below"] = short
    draft.save(update_fields=["rules"])
    return editions.publish(SYSTEM, draft, version=version, on=make.days_ago(30))


def full_edition(version="0.1 test"):
    """The 55 elements of the draft: 41 for a head office, 43 for a centre."""
    editions.load_draft(SYSTEM)
    return editions.publish(SYSTEM, Edition.objects.get(version="0.1-draft"), version=version, on=make.days_ago(30))


def plan(organisation, edition, lead, *members, **sites):
    return programme.plan(
        SYSTEM, organisation=organisation, edition=edition, lead=lead.user, members=[m.user for m in members],
        starts_on=make.days_ago(1), ends_on=make.days_ahead(3), **sites,
    )  # fmt: skip


def declare(audit, *hats):
    for hat in hats:
        programme.declare(scope(hat), audit, interest=False)


def elements(site):
    return {e.code: e for e in Element.objects.of(site.audit.edition_id, site.applies_to)}


def rate(hat, site, code, value="M", words="Seen.", ref="", base=None, pieces=SEEN):
    element = elements(site)[code]
    held = Rating.objects.filter(site=site, element=element).first()
    base = (held.revision if held else 0) if base is None else base
    return audits.record(scope(hat), site=site, element=element, value=value, justification=words, client_ref=ref, base_revision=base, pieces=pieces)


def rate_all(hat, audit, **exceptions):
    """Everything met, but for `_1_1_1="N"` and so on; and the closing meeting held. Through the service go the first element and what
    is not met; the rest of what is met, which nothing follows from, is written at once."""
    for site in audit.sites.all():
        asked = elements(site)
        values = {code: exceptions.get("_" + code.replace(".", "_"), "M") for code in asked}
        plain = [code for code, value in values.items() if value == "M"][1:]
        for code in [code for code in asked if code not in plain]:
            rate(hat, site, code, values[code])
        now = clock.now()
        said = {"site": site, "justification": "Seen.", "rated_by": hat.user, "rated_at": now}
        Rating.objects.bulk_create(Rating(element=asked[code], value="M", client_refs=[""], **said) for code in plain)
        seen = {"site": site, "kind": "observation", "note": SEEN[0].note, "n": SEEN[0].n, "added_by": hat.user, "received_at": now}
        Evidence.objects.bulk_create(Evidence(element=asked[code], collected_on=clock.today(), **seen) for code in plain)
    closing_held(hat, audit)


def closing_held(hat, audit):
    said = {"present": "Permanent secretary, team", "signed_for_auditee": "Jonathan Mueke, Principal Secretary"}
    stage1.record_meeting(scope(hat), audit, kind="closing", on=clock.today(), **said)


def submitted(organisation, edition, lead, **exceptions):
    """An audit of the head office, rated and submitted by its lead."""
    audit = plan(organisation, edition, lead)
    declare(audit, lead)
    rate_all(lead, audit, **exceptions)
    return audits.submit(scope(lead), audit)


# From submitted to decided.
def hat_of(role, email, name, *place):
    """A person who is there once, whoever asks first."""
    held = Membership.objects.filter(role=role, user__email=email).select_related("user").first()
    return held or make.member(role, email, name, *place)


def lead_of(audit):
    return Membership.objects.select_related("user").get(role="auditor", user=audit.team.get(is_lead=True).user)


def reported(audit):
    """Draft report, the MDA's comments, final report."""
    lead = lead_of(audit)
    reports.issue_draft(scope(lead), audit)
    audit.refresh_from_db()
    email = f"champion.{audit.organisation.code}@example.org".lower()
    reports.comment(scope(hat_of("service_champion", email, "Ruth Chebet", audit.organisation)), audit, text="We agree.")
    reports.issue_final(scope(lead), audit)
    return audit


def recommended(audit, outcome="certify"):
    review.recommend(scope(lead_of(audit)), audit, outcome="refuse" if outcome == "refuse" else "certify", reasons="The file shows it.")
    return audit


def reviewed(audit, outcome="certify"):
    """Recommended by the lead, passed by somebody of the secretariat."""
    recommended(audit, outcome)
    review.review(scope(hat_of("secretariat", "reviewer@huduma.example", "Lydia Atieno")), audit, outcome="passed", notes="Complete.")
    return audit


def panel_of(chair, n=3):
    """The chair and others of the panel."""
    more = [("second@panel.example", "Mary Chepkoech"), ("third@panel.example", "Ali Hassan"), ("fourth@panel.example", "Jane Moraa")]
    return [chair, *(hat_of("panel", email, name) for email, name in more[: n - 1])]


def voted(audit, *hats, outcome="certify"):
    for hat in hats:
        panel.vote(scope(hat), audit, outcome=outcome, reasons="All principles pass.")


def before_the_panel(audit, outcome="certify"):
    """Submitted: reported and reviewed, as far as it is not yet."""
    audit.refresh_from_db()
    if audit.state == "submitted":
        reported(audit)
    if audit.state == "report" and not review.passed(audit):
        reviewed(audit, outcome)
    return audit


def decided(audit, chair, outcome="certify"):
    """The whole way from submitted: report, recommendation, technical review, three votes, the decision."""
    if before_the_panel(audit, outcome).state == "report":
        voted(audit, *panel_of(chair), outcome=outcome)
    return certification.decide(scope(chair), audit, outcome=outcome, reasons_given="All principles pass.")


def champion_of(audit):
    return hat_of("service_champion", f"champion.{audit.organisation.code}@example.org".lower(), "Ruth Chebet", audit.organisation)


PLAN = {"correction": "Put right.", "root_cause": "Nobody was told.", "action": "Told every month.", "owner": "Head of service"}


def planned(finding, champion=None):
    """Acknowledged, with a plan that waits for the auditors."""
    champion = champion or champion_of(finding.audit)
    if finding.state == "raised":
        finding = corrective.acknowledge(scope(champion), finding)
    return corrective.submit_plan(scope(champion), finding, due_on=make.days_ahead(20), **PLAN).finding


def corrected(finding, champion=None):
    """The plan is accepted by the lead, and evidence waits to be verified."""
    champion = champion or champion_of(finding.audit)
    finding = verifying.review_plan(scope(lead_of(finding.audit)), planned(finding, champion), accept=True).finding
    return corrective.send_evidence(scope(champion), finding, [Piece("data", "The register since then.", 4)])


def closed(*findings, by=None, ratings=None, on=None):
    """Answered, corrected, and verified by the lead unless said."""
    for finding in findings:
        hat = by or lead_of(finding.audit)
        verifying.verify(scope(hat), corrected(finding), accept=True, note="Seen on site.", ratings=ratings, on=on)
