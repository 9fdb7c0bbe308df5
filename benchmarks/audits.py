"""P13: saving one rating, and the lists and pages of audits, beside ten audits and beside a thousand of them; ten with 12 sites."""

import datetime as dt
import json

from benchmarks.measure import Line, median_ms, queries_of, rows, seconds, undone
from benchmarks.pages import client, get, line
from benchmarks.reference import empty_page_ms
from cse_portal.lib import clock

FEW, MANY, SITES = 10, 1_000, 12  # one of a hundred has 12 sites
GROWTH = 1.2


def measure(_officers):
    found, pages = [], {}
    for audits in (FEW, MANY):
        with undone():
            took = seconds(lambda n=audits: fill(n))
            print(f"  {audits:,} audits written in {took:.0f} s", flush=True)
            lines, pages[audits] = asked(audits)
            found += lines if audits == MANY else []
    for work, ratio in pages[MANY].items():  # in R2 of that moment: a machine's own speed changes by more than what is looked for
        few = pages[FEW][work]
        found.append(Line("P13", f"{work}: {FEW} → {MANY:,} audits", f"{few:.2f} → {ratio:.2f} × R2", ratio / few, GROWTH, "×"))
    return found


def fill(n):
    """`n` audits of the MDAs and centres in turn, all elements rated, each with a piece of evidence and its team; the last is open
    to the demonstration's auditor, with every element but the first rated."""
    from centres.models import Centre, Organisation
    from cse_portal.accounts.models import User
    from standards.models import Audit, AuditSite, Edition, Element, Evidence, Rating, TeamMember

    edition = Edition.objects.filter(state="published").latest("pk")
    sheets = {place: list(Element.objects.of(edition, place)) for place in ("mda", "centre")}
    lead = User.objects.get(email="auditor@demo.example")
    own = [*lead.officer.postings.values_list("organisation", flat=True), *lead.engagements.values_list("organisation", flat=True)]
    mdas = list(Organisation.objects.exclude(code="SDLD").exclude(pk__in=own).order_by("pk")[:300])
    centres = list(Centre.objects.filter(kind="huduma_centre").order_by("pk")[:SITES])
    today, now = clock.today(), clock.now()
    audits = Audit.objects.bulk_create(
        Audit(
            ref=f"BE-{today.year}-{i:04}", organisation=mdas[i % len(mdas)], centre=centres[i % SITES] if i % 2 and i >= n // 100 else None, edition=edition,
            starts_on=today - dt.timedelta(days=i % 300), ends_on=today - dt.timedelta(days=i % 300 - 4), state="stage_2",
        )
        for i in range(n)
    )  # fmt: skip
    places = [(audit, place) for i, audit in enumerate(audits) for place in (centres if i < n // 100 else [audit.centre])]
    sites = AuditSite.objects.bulk_create(AuditSite(audit=audit, centre=place) for audit, place in places)
    TeamMember.objects.bulk_create(TeamMember(audit=audit, user=lead, is_lead=True, declared_at=now, interest=False) for audit in audits)
    judged = [(site, e) for site in sites for e in sheets[site.applies_to]]
    last = sites[-1]
    judged = [(s, e) for s, e in judged if (s, e) != (last, sheets[last.applies_to][0])]
    Rating.objects.bulk_create(
        (Rating(site=s, element=e, value="MMMMP"[(e.position + s.pk) % 5], justification="Seen at the counter.", rated_by=lead, rated_at=now) for s, e in judged),
        batch_size=5000,
    )
    Evidence.objects.bulk_create(
        (Evidence(site=s, element=e, kind="observation", note="Seen at three counters.", n=3, collected_on=today, received_at=now, added_by=lead) for s, e in judged),
        batch_size=5000,
    )
    stored = json.dumps({"on": today.isoformat(), "level": "not_yet", "sites": {}})
    rows(
        "UPDATE standards_audit SET state = 'submitted', submitted_by_id = %s, submitted_at = %s, result = %s WHERE ref LIKE 'BE-%%' AND id <> %s",
        [lead.pk, now, stored, last.audit_id],
    )
    for table in ("audit", "auditsite", "rating", "evidence", "teammember"):
        rows(f"ANALYZE standards_{table}")


def asked(n):
    """([lines], {work: × R2}): the pages as their readers ask for them, and one rating saved."""
    from centres.access import Scope
    from centres.models import Membership
    from standards.models import Audit
    from standards.services import audits as service

    auditor, secretariat = client("auditor"), client("secretariat")
    empty = empty_page_ms(secretariat)
    audit = Audit.objects.filter(ref__startswith="BE-", state="stage_2").get()
    site = audit.sites.get()
    element = service.read_sheet(site, audit.edition).elements[0]
    pages = {
        "Audit page": (auditor, audit.get_absolute_url()),
        "Sheet of a site": (auditor, f"{audit.get_absolute_url()}sites/{site.pk}/"),
        "List of audits": (secretariat, "/audits/"),
        "List of findings": (secretariat, "/findings/"),
        "Public register": (secretariat, "/certifications/"),
        "Programmes": (secretariat, "/programme/"),
    }
    lines, ms = [], {}
    for work, (who, url) in pages.items():
        ms[work] = median_ms(lambda who=who, url=url: get(who, url), times=25, warm=3)
        lines.append(line("P13", f"{work}, {n:,} audits", ms[work], empty, 4, queries_of(lambda who=who, url=url: get(who, url))))
    hat = Membership.objects.select_related("user").get(user__email="auditor@demo.example", role="auditor")
    scope, state = Scope(user=hat.user, membership=hat), {"n": 0}

    def save():
        state["n"] += 1
        service.record(
            scope, site=site, element=element, value="ME"[state["n"] % 2], justification=f"Measured, look {state['n']}.",
            client_ref=f"bench-{state['n']}", base_revision=state["n"] - 1,
        )  # fmt: skip

    save()  # with a piece of evidence it would be the first of the element
    ms["Save one rating"] = median_ms(save, times=25)
    queries = queries_of(save) - 2  # a savepoint and its release stand for BEGIN and COMMIT
    lines.append(line("P13", f"Save one rating, {n:,} audits", ms["Save one rating"], empty, 3, queries, 8))
    return lines, {work: took / empty for work, took in ms.items()}
