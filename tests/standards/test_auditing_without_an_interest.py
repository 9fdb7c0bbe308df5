"""Nobody audits or decides where they serve or lately served, trained or advised; page, API and plain SQL refuse alike."""

import datetime as dt
import re

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import get_resolver, reverse

from centres.models import Reorganisation, Succession
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Audit, AuditSite, Engagement, TeamMember
from standards.services import impartiality, programme
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db
STARTS = make.days_ahead(5)
DAY = dt.timedelta(days=1)
LONG_AGO = make.days_ago(3000)


def months_before(n):
    return clock.add_months(STARTS, -n)


@pytest.fixture
def planned(livestock, edition, brian):
    """Of Livestock's head office, in five days, led by Brian."""
    return programme.plan(steps.SYSTEM, organisation=livestock, edition=edition, lead=brian.user, starts_on=STARTS, ends_on=STARTS + DAY)


@pytest.fixture
def refused_by(signed_in, secretariat, brian):
    """refused_by(audit, hat, as_lead=False) -> which doors refuse to name this auditor: page, API, plain SQL."""
    client = signed_in(secretariat)

    def by_page(audit, hat, as_lead):
        data = {"lead": hat.user.pk} if as_lead else {"lead": brian.user.pk, "members": [hat.user.pk]}
        return client.post(reverse("standards:team", args=[audit.ref]), data).status_code == 409

    def by_api(audit, hat, as_lead):
        data = {"lead": hat.user.email} if as_lead else {"lead": brian.user.email, "members": [hat.user.email]}
        answer = client.put(f"/api/v1/audit-teams/{audit.ref}/", data, content_type="application/json")
        return answer.status_code == 409 and bool(answer.json()["detail"])

    def by_sql(audit, hat, as_lead):
        sql = "INSERT INTO standards_teammember (audit_id, user_id, is_lead, declaration) VALUES (%s, %s, %s, '')"
        try:
            with connection.cursor() as cursor:
                if as_lead:
                    cursor.execute("DELETE FROM standards_teammember WHERE audit_id = %s", [audit.pk])
                cursor.execute(sql, [audit.pk, hat.user.pk, as_lead])
        except DatabaseError:
            return True
        return False

    def ask(audit, hat, as_lead=False):
        said = []
        for door in (by_page, by_api, by_sql):
            with transaction.atomic():  # each door on its own
                point = transaction.savepoint()
                said.append((door.__name__, door(audit, hat, as_lead)))
                transaction.savepoint_rollback(point)
        assert len({no for _door, no in said}) == 1, said
        return said[0][1]

    return ask


# Postings.
@pytest.mark.parametrize(("months", "refused"), [(23, True), (25, False)])
def test_a_transferred_auditor(refused_by, planned, livestock, immigration, amina, months, refused):
    """Left Livestock for Immigration 23 months before the audit: refused by page, API and database. 25 months: accepted by all."""
    left = months_before(months)
    make.posting(amina.user.officer, livestock, LONG_AGO, until=left)
    make.posting(amina.user.officer, immigration, left)
    assert refused_by(planned, amina) is refused


@pytest.mark.parametrize(("days_later", "refused"), [(0, False), (1, True)])
def test_the_last_day_of_the_cooling_off(refused_by, planned, livestock, amina, days_later, refused):
    """`until` is the first day elsewhere: 24 months to the day before the audit is enough, a day less is not."""
    make.posting(amina.user.officer, livestock, LONG_AGO, until=months_before(24) + days_later * DAY)
    assert refused_by(planned, amina) is refused


def test_who_left_an_mda_below(refused_by, planned, dairy_board, amina, brian):
    make.posting(amina.user.officer, dairy_board, LONG_AGO, until=months_before(23))
    assert refused_by(planned, amina)
    with pytest.raises(Refused, match="Dairy"):
        programme.name_team(steps.SYSTEM, planned, lead=brian.user, members=[amina.user])


def test_who_left_an_mda_that_this_one_took_over(planned, livestock, immigration, amina):
    make.posting(amina.user.officer, immigration, LONG_AGO, until=months_before(23))
    assert impartiality.obstacles(amina.user, impartiality.Judged.of(planned)) == []
    order = Reorganisation.objects.create(title="One department", on=months_before(22), authority="Order 1", drafted_at=clock.now())
    Succession.objects.create(reorganisation=order, predecessor=immigration, successor=livestock, on=order.on)
    (found,) = impartiality.obstacles(amina.user, impartiality.Judged.of(planned))
    assert found.code == "posting"


def test_a_unit_counts_for_the_time_that_it_reported_to_the_mda(planned, livestock, immigration, amina):
    """The board went to Immigration 30 months ago: who left it later did not serve in Livestock; who left it before, long ago."""
    moved = months_before(20)
    board = make.organisation("NBO", "Another Board")
    for parent, during in ((livestock, make.DateRange(LONG_AGO, moved)), (immigration, make.since(moved))):
        make.ReportingLine.objects.create(organisation=board, parent=parent, during=during)
    judged = impartiality.Judged.of(planned)
    posting = make.posting(amina.user.officer, board, moved)
    assert impartiality.obstacles(amina.user, judged) == []
    posting.during = make.DateRange(LONG_AGO, moved)
    posting.save()
    (found,) = impartiality.obstacles(amina.user, judged)
    assert found.refusal == "interest" and "Another Board" in found.sentence


def test_whoever_was_posted_at_the_centre_audited(refused_by, planned, immigration, gpo, amina):
    """Immigration's officer at a counter of the centre, which Livestock's audit visits."""
    make.posting(amina.user.officer, immigration, LONG_AGO, until=months_before(3), centre=gpo)
    assert not refused_by(planned, amina)
    AuditSite.objects.create(audit=planned, centre=gpo)
    assert refused_by(planned, amina)


def test_a_secondment_counts_as_service(refused_by, planned, livestock, immigration, amina):
    posting = make.posting(amina.user.officer, immigration)
    assert not refused_by(planned, amina)
    posting.host = livestock
    posting.save()
    assert refused_by(planned, amina)


def test_a_role_for_the_mda_counts(refused_by, planned, livestock, amina):
    make.member("service_champion", "", "", livestock, of_user=amina.user)
    assert refused_by(planned, amina)


# Training and advice.
@pytest.mark.parametrize(("days_later", "refused"), [(-1, False), (0, True)])
def test_whoever_trained_the_mdas_officers(refused_by, planned, wanjiru, hassan, amina, days_later, refused):
    """The last session day counts: on the first day of the cooling-off it is too near."""
    given = make.cohort("EMB-24-001", months_before(24) + days_later * DAY, days=1, trainer=amina, state="closed")
    make.seat(given, hassan, "completed")
    assert not refused_by(planned, amina), "officers of another MDA"
    make.seat(given, wanjiru, "completed")
    assert refused_by(planned, amina) is refused


@pytest.mark.parametrize(("kind", "months", "refused"), [("advised", 23, True), ("trained", 23, True), ("tie", 23, True), ("advised", 25, False)])
def test_whoever_advised_the_mda(refused_by, planned, livestock, amina, kind, months, refused):
    during = make.DateRange(LONG_AGO, months_before(months))
    Engagement.objects.create(user=amina.user, organisation=livestock, kind=kind, during=during, note="Charter.", recorded_at=clock.now())
    assert refused_by(planned, amina) is refused


# Certificates.
@pytest.mark.parametrize(("last_day", "refused"), [(STARTS + DAY, False), (STARTS, True)])
def test_the_assessor_certificate_is_valid_to_the_last_day(refused_by, planned, last_day, refused):
    soon = make.assessor(make.member("auditor", "soon@huduma.example", "Soon Over"), until=last_day + DAY)
    assert refused_by(planned, soon) is refused


@pytest.mark.parametrize(("gap", "refused"), [(0, False), (1, True)])
def test_a_certificate_may_follow_another_without_a_gap(planned, amina, gap, refused):
    """Renewed on the last day of the audit: the day on which the old one no longer counts is the first of the new one, or the day before."""
    held = amina.user.officer.completions
    held.update(until=STARTS + DAY - gap * DAY)
    for code in make.ASSESSOR_COURSES:
        held.create(course_version=make.assessor_version(code), on=STARTS + DAY, until=make.days_ahead(900))
    assert bool(impartiality.obstacles(amina.user, impartiality.Judged.of(planned), lead=True)) is refused


def test_without_a_certificate_nobody_audits_and_without_that_of_lead_nobody_leads(refused_by, planned, amina):
    none = make.assessor(make.member("auditor", "none@huduma.example", "No Certificate"), courses=())
    member = make.assessor(make.member("auditor", "member@huduma.example", "Member Only"), courses=["CSE-SQA-01"])
    assert refused_by(planned, none)
    assert not refused_by(planned, member) and refused_by(planned, member, as_lead=True)
    assert not refused_by(planned, amina, as_lead=True)


def test_a_certificate_taken_back_no_longer_counts(refused_by, planned, amina):
    amina.user.officer.completions.update(withdrawn_on=STARTS)
    assert refused_by(planned, amina)


def test_an_audit_is_not_submitted_with_an_expired_assessor(audit, amina, brian):
    """By the rule and by the database; what was rated stays."""
    steps.rate_all(amina, audit)
    brian.user.officer.completions.update(withdrawn_on=audit.starts_on)
    with pytest.raises(Refused) as refusal:
        steps.audits.submit(scope(amina), audit)
    assert refusal.value.code == "certificate" and "Brian" in refusal.value.message
    with pytest.raises(DatabaseError, match="certificate"), transaction.atomic():
        Audit.objects.filter(pk=audit.pk).update(state="submitted", submitted_by=amina.user, submitted_at=clock.now(), result={})


# The lead.
def led(organisation, edition, hat, starts_on):
    """A certification audit of that time, led and certified."""
    made = Audit.objects.create(ref=f"AU-{starts_on:%Y-%m%d}", organisation=organisation, edition=edition, starts_on=starts_on, ends_on=starts_on)
    AuditSite.objects.create(audit=made)
    hat.user.officer.completions.update(on=LONG_AGO)
    TeamMember.objects.create(audit=made, user=hat.user, is_lead=True, declared_at=clock.now(), interest=False)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE standards_decision DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO standards_decision (audit_id, outcome, reasons, result, round, quorum, checks, decided_by_id, decided_at)"
            " VALUES (%s, 'certify', 'Fine.', '{}', 1, 1, '[]', %s, now())", [made.pk, hat.user.pk],
        )  # fmt: skip
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE standards_decision ENABLE TRIGGER USER; SET CONSTRAINTS ALL DEFERRED")
    return made


def test_nobody_leads_more_than_two_cycles_in_a_row(refused_by, planned, livestock, edition, amina, brian):
    led(livestock, edition, amina, make.days_ago(2200))
    assert not refused_by(planned, amina, as_lead=True), "one cycle so far"
    led(livestock, edition, amina, make.days_ago(1100))
    assert refused_by(planned, amina, as_lead=True)
    assert not refused_by(planned, amina), "as a member she may go on"
    led(livestock, edition, brian, make.days_ago(500))
    assert not refused_by(planned, amina, as_lead=True), "somebody else led in between"


# What moves later.
def test_moved_days_and_added_centres_are_asked_again(planned, livestock, immigration, gpo, brian):
    make.posting(brian.user.officer, livestock, LONG_AGO, until=months_before(24))
    with pytest.raises(DatabaseError, match="interest"), transaction.atomic():
        Audit.objects.filter(pk=planned.pk).update(starts_on=STARTS - DAY)
    Audit.objects.filter(pk=planned.pk).update(starts_on=STARTS + DAY, ends_on=STARTS + DAY)
    make.posting(brian.user.officer, immigration, months_before(24), centre=gpo)
    with pytest.raises(DatabaseError, match="interest"), transaction.atomic():
        AuditSite.objects.create(audit=planned, centre=gpo)


# Deciding.
def test_who_votes_and_decides_has_no_interest_either(submitted, livestock, panel):
    before = steps.before_the_panel(submitted)
    make.officer(livestock, "Joseph", "Gitonga", user=panel.user, posted=LONG_AGO)
    with pytest.raises(Refused) as refusal:
        steps.voted(before, panel)
    assert refusal.value.code == "interest"
    vote = "INSERT INTO standards_panelvote (audit_id, round, user_id, outcome, reasons, at) VALUES (%s, 1, %s, %s, 'Fine.', now())"
    with pytest.raises(DatabaseError, match="interest"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(vote, [before.pk, panel.user.pk, "certify"])
    with connection.cursor() as cursor:
        cursor.execute(vote, [before.pk, panel.user.pk, "interest"])


# The register and the workload.
def test_only_auditors_in_the_register_with_room_left_are_named(planned, livestock, edition, amina, brian):
    line = amina.user.auditor
    judged = impartiality.Judged.of(planned)

    def codes():
        return [o.code for o in impartiality.obstacles(amina.user, judged, lead=True)]

    assert codes() == []
    line.audits_a_year = 0
    line.save()
    assert codes() == ["workload"]
    line.paused_on = STARTS + DAY
    line.save()
    assert codes() == ["paused"]
    line.paused_on = STARTS + 2 * DAY
    line.audits_a_year = 1
    line.save()
    assert codes() == []
    programme.name_team(steps.SYSTEM, planned, lead=brian.user, members=[amina.user])
    assert codes() == [], "this audit itself does not count"
    with pytest.raises(Refused) as refusal:
        programme.plan(steps.SYSTEM, organisation=livestock, edition=edition, lead=amina.user, starts_on=STARTS, ends_on=STARTS)
    assert refusal.value.code == "workload" or clock.financial_year(STARTS) != clock.financial_year(STARTS + DAY)
    line.delete()
    assert codes() == ["not_registered"]
    programme.name_team(steps.SYSTEM, planned, lead=amina.user, members=[brian.user])
    assert planned.team.get(is_lead=True).user == amina.user, "whoever is on the team stays on it"


def test_the_team_form_shows_everybody_and_why_not(signed_in, secretariat, planned, livestock, amina, django_assert_max_num_queries):
    make.posting(amina.user.officer, livestock, LONG_AGO)
    for n in range(5):
        make.assessor(make.member("auditor", f"a{n}@huduma.example", f"Auditor Number {n}"))
    client = signed_in(secretariat)
    with django_assert_max_num_queries(30):
        text = client.get(reverse("standards:team", args=[planned.ref])).content.decode()
    assert "Amina Noor serves in State Department for Livestock Development." in text and "Auditor Number 4" in text


# Declaring comes before access.
def test_nothing_opens_before_the_declaration(signed_in, livestock, edition, amina, brian):
    audit = steps.plan(livestock, edition, amina, brian)
    steps.declare(audit, amina)
    site = audit.sites.get()
    steps.rate(amina, site, "1.1.1")
    piece = site.evidence.get()
    brians, aminas = signed_in(brian), signed_in(amina)
    doors = [
        reverse("standards:sheet", args=[audit.ref, site.pk]),
        reverse("standards:rate", args=[audit.ref, site.pk, "1.1.1"]),
        reverse("api:audit-sites-pack", args=[audit.ref, site.pk]),
    ]
    assert [brians.get(url).status_code in (403, 404) for url in doors] == [True] * len(doors)
    assert [aminas.get(url).status_code for url in doors] == [200] * len(doors)
    assert brians.get("/api/v1/ratings/").json()["results"] == [] and aminas.get("/api/v1/ratings/").json()["results"] != []
    assert brians.get(reverse("standards:evidence", args=[audit.ref, piece.pk])).status_code in (403, 404)
    told = brians.post(f"/api/v1/audit-teams/{audit.ref}/declare/", {"interest": False}, content_type="application/json")
    assert told.status_code == 200 and [brians.get(url).status_code for url in doors] == [200] * len(doors)


def test_an_audits_page_shows_the_checks(signed_in, secretariat, grace, audit, livestock, brian):
    make.posting(brian.user.officer, livestock)
    text = signed_in(secretariat).get(audit.get_absolute_url()).content.decode()
    assert "Brian Lokwang serves in" in text and "Nothing speaks against it" in text
    assert "Brian Lokwang serves in" not in signed_in(grace).get(audit.get_absolute_url()).content.decode()


def pages_of_an_audit():
    """Names of the pages whose address holds an audit's number, and what else it holds."""
    for pattern in get_resolver("standards.urls").url_patterns:
        names = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
        if "ref" in names and set(names) <= {"ref", "site", "code"}:
            yield pattern.name, names


@pytest.mark.parametrize("declared", [None, True])
def test_no_page_of_an_audit_opens_to_a_member_who_has_not_declared_or_has_an_interest(signed_in, livestock, edition, amina, brian, declared):
    """But the audit's own page, which says that and when it is, and the declaration."""
    audit = steps.plan(livestock, edition, amina, brian)
    steps.declare(audit, amina)
    if declared:
        programme.declare(scope(brian), audit, interest=True, declaration="My sister works there.")
    steps.rate_all(amina, audit, _1_1_1="N")
    told = {"ref": audit.ref, "site": audit.sites.get().pk, "code": "1.1.1"}
    client, opened = signed_in(brian), []
    for name, names in pages_of_an_audit():
        answer = client.get(reverse(f"standards:{name}", kwargs={key: told[key] for key in names}))
        if answer.status_code == 200:
            opened.append(name)
            text = answer.content.decode()
            assert "Seen at three counters." not in text and audit.findings.first().statement not in text, name
        assert answer.status_code in (200, 302, 403, 404, 405), name
    assert set(opened) <= {"audit", "declare"}
    assert client.get("/api/v1/findings/").json()["results"] == []
