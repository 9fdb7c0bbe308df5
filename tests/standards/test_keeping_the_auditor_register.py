"""The auditor register and calibration: who is entered, what is read from training, who sees what, and one case rated by all."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.models import Auditor, Calibration, CalibrationAnswer, Element, Engagement
from standards.services import auditors, calibrations
from tests import factories as make

from .steps import scope

pytestmark = pytest.mark.django_db


def page(name, *args):
    return reverse(f"standards:{name}", args=args)


def rows(client, **query):
    return [str(line) for line in client.get(page("auditors"), query).context["object_list"]]


# The register.
def test_the_secretariat_enters_an_auditor_once(signed_in, secretariat, edition):
    nancy = make.member("auditor", "nancy@huduma.example", "Nancy Awuor")
    client = signed_in(secretariat)
    data = {"user": nancy.user.pk, "sectors": "Health", "languages": "Dholuo", "audits_a_year": 6}
    assert client.post(page("enter_auditor"), data).status_code == 302
    line = Auditor.objects.get(user=nancy.user)
    assert (line.audits_a_year, line.entered_by) == (6, secretariat.user) and Entry.objects.filter(kind="auditor", verb="entered auditor").exists()
    assert client.post(page("enter_auditor"), data).status_code == 200, "no longer to be chosen"
    with pytest.raises(Refused) as refusal:
        auditors.enter(scope(secretariat), user=nancy.user)
    assert refusal.value.code == "entered"


def test_only_people_with_the_role_are_entered_and_only_by_the_secretariat(secretariat, panel, amina, kiprono):
    with pytest.raises(Refused):
        auditors.enter(scope(secretariat), user=kiprono.user)
    for hat in (panel, amina):
        with pytest.raises(Refused):
            auditors.enter(scope(hat), user=kiprono.user)


def test_validity_is_read_from_training(signed_in, secretariat, edition, amina):
    people = {
        "Soon": {"until": make.days_ahead(60)},
        "Over": {"on": make.days_ago(900), "until": make.days_ago(0)},
        "Lasts": {"until": make.days_ahead(91)},
        "None": {"courses": ()},
        "Member": {"courses": ["CSE-SQA-01"]},
    }
    for name, held in people.items():
        make.assessor(make.member("auditor", f"{name}@huduma.example".lower(), f"{name} Auditor"), **held)
    client = signed_in(secretariat)
    assert rows(client, certificate="soon") == ["Soon Auditor"]
    assert rows(client, certificate="expired") == ["Over Auditor"], "the day from which it no longer counts is today"
    assert rows(client, certificate="none") == ["None Auditor"]
    assert rows(client, certificate="valid") == ["Amina Noor", "Lasts Auditor", "Member Auditor"]
    assert rows(client, lead="yes") == ["Amina Noor", "Lasts Auditor", "Soon Auditor"]
    assert sorted(rows(client, lead="yes") + rows(client, lead="no")) == sorted(rows(client)), "whoever never held one may not lead either"
    amina.user.officer.completions.update(withdrawn_on=make.days_ago(1))
    assert rows(client, certificate="expired") == ["Amina Noor", "Over Auditor"]
    export = b"".join(client.get(page("auditors"), {"export": "csv"})).decode()
    assert export.count("\n") == 7 and make.days_ahead(59).isoformat() in export


def test_an_auditor_sees_the_own_line_only(signed_in, amina, brian, hops, grace, anyone):
    client = signed_in(amina)
    assert rows(client) == ["Amina Noor"]
    assert client.get(amina.user.auditor.get_absolute_url()).status_code == 200
    assert client.get(brian.user.auditor.get_absolute_url()).status_code == 404
    assert [a["name"] for a in client.get("/api/v1/auditors/").json()["results"]] == ["Amina Noor"]
    assert rows(signed_in(hops)) == ["Amina Noor", "Brian Lokwang"]
    assert signed_in(grace).get(page("auditors")).status_code == 403


def test_pausing_and_taking_back(signed_in, secretariat, brian):
    client, line = signed_in(secretariat), brian.user.auditor
    assert client.post(page("pause_auditor", line.pk), {"on": make.days_ahead(3).isoformat(), "reason": "Study leave"}).status_code == 302
    assert rows(client, paused="yes") == ["Brian Lokwang"]
    assert client.post(page("pause_auditor", line.pk), {"on": make.days_ahead(3).isoformat(), "reason": "Again"}).status_code == 409
    client.post(page("resume_auditor", line.pk))
    line.refresh_from_db()
    assert line.paused_on is None and rows(client, paused="yes") == []


def test_workload_and_audits_done(signed_in, secretariat, submitted, brian):
    line = signed_in(secretariat).get(page("auditors")).context["object_list"][0]
    assert (line.audits_now, line.audits_done) == (1, 1)


def test_the_register_costs_the_same_at_any_length(signed_in, secretariat, amina, django_assert_max_num_queries):
    for n in range(12):
        make.assessor(make.member("auditor", f"a{n}@huduma.example", f"Auditor {n}"))
    client = signed_in(secretariat)
    with django_assert_max_num_queries(12):
        client.get(page("auditors"))


# Engagements.
def test_auditors_declare_their_own_and_only_the_secretariat_changes_the_days(signed_in, secretariat, amina, brian, livestock, panel):
    client, line = signed_in(amina), amina.user.auditor
    said = {"kind": "advised", "organisation": livestock.code, "note": "Charter", "since": make.days_ago(100).isoformat(), "until": make.days_ago(40).isoformat()}
    assert client.post(page("engage", line.pk), said).status_code == 302
    made = Engagement.objects.get()
    assert made.user == amina.user and made.during.upper == make.days_ago(39), "the last day counts"
    assert client.post(page("engage", brian.user.auditor.pk), said).status_code == 404
    assert client.post(page("engage", line.pk), said | {"until": make.days_ago(200).isoformat()}).status_code == 409
    change = {"since": make.days_ago(100).isoformat(), "until": make.days_ago(90).isoformat(), "reason": "The contract says so"}
    assert client.post(page("change_engagement", line.pk, made.pk), change).status_code == 403
    assert signed_in(secretariat).post(page("change_engagement", line.pk, made.pk), change).status_code == 302
    assert Entry.objects.get(kind="engagement", verb="changed engagement").note == "The contract says so"
    assert "Charter" in signed_in(panel).get(line.get_absolute_url()).content.decode()


def test_engagements_by_the_api(signed_in, amina, brian, livestock):
    body = {"auditor": amina.user.auditor.pk, "organisation": livestock.code, "kind": "tie", "since": "2026-01-05", "note": "Family"}
    answer = signed_in(amina).post("/api/v1/engagements/", body, content_type="application/json")
    assert answer.status_code == 201 and answer.json()["until"] is None
    assert signed_in(brian).post("/api/v1/engagements/", body, content_type="application/json").status_code == 404
    assert signed_in(brian).get("/api/v1/engagements/").json()["results"] == []


# Calibration.
@pytest.fixture
def case(secretariat, edition):
    """Two elements told, not yet open."""
    made = calibrations.make(scope(secretariat), title="A licensing office", edition=edition, closes_on=make.days_ahead(20))
    for (code, expected), element in zip({"1": "M", "2": "N"}.items(), Element.objects.of(edition.pk)[:2], strict=True):
        calibrations.tell(scope(secretariat), made, element=element, story=f"Story {code}", expected=expected)
    return made


def codes(case):
    return list(case.items.values_list("element__code", flat=True))


def test_a_case_from_making_to_agreement_through_pages(signed_in, secretariat, edition, amina, brian):
    client = signed_in(secretariat)
    address = client.post(page("make_calibration"), {"title": "A registry", "edition": edition.pk, "closes_on": ""}).url
    case = Calibration.objects.get()
    element = Element.objects.of(edition.pk).first()
    assert signed_in(amina).get(address).status_code == 404, "a draft is nobody else's"
    assert client.post(page("open_calibration", case.pk)).status_code == 409, "nothing is told"
    client.post(page("tell_calibration", case.pk), {"element": element.pk, "story": "No fees are shown.", "expected": "N"})
    client.post(page("open_calibration", case.pk))
    assert sorted(Notice.objects.filter(key__startswith="calibration").values_list("to", flat=True)) == ["amina@huduma.example", "brian@huduma.example"]
    item = case.items.get()
    for hat, value in ((amina, "N"), (brian, "P")):
        tab = signed_in(hat)
        text = tab.get(address).content.decode()
        assert "No fees are shown." in text and "Held to be right" not in text
        assert tab.post(page("answer_calibration", case.pk), {f"rating_{item.pk}": value}).status_code == 302
    assert "2 of 2 auditors have rated it" in client.get(address).content.decode()
    client.post(page("close_calibration", case.pk))
    seen = client.get(address)
    assert seen.context["agreement"].overall == (2, 1, 0, 1) and "at least 3 auditors" in seen.content.decode()
    assert [str(row["who"]) for row in seen.context["by_auditor"]] == ["Amina Noor", "Brian Lokwang"]
    own = signed_in(amina).get(address)
    assert [str(row["who"]) for row in own.context["by_auditor"]] == ["Amina Noor"] and "Brian" not in own.content.decode()
    assert auditors.with_competence(Auditor.objects.all(), make.clock.today()).get(user=amina.user).calibrated_on == make.clock.today()


def test_others_answers_stay_unseen_until_the_case_is_closed(signed_in, secretariat, case, amina, brian, panel):
    calibrations.open_case(scope(secretariat), case)
    calibrations.answer(scope(amina), case, ratings=dict.fromkeys(codes(case), "E"))
    for hat in (brian, panel, secretariat):
        text = signed_in(hat).get(case.get_absolute_url()).content.decode()
        assert "Exemplary" not in text and "Amina" not in text
        told = signed_in(hat).get(f"/api/v1/calibrations/{case.pk}/").json()
        assert told["agreement"] is None and "expected" not in told["items"][0]


def test_an_auditors_home_names_the_case_and_a_certificate_that_runs_out(signed_in, secretariat, case, amina):
    calibrations.open_case(scope(secretariat), case)
    client = signed_in(amina)
    text = client.get("/").content.decode()
    assert "Rate a case on your own: A licensing office" in text and "assessor certificate" not in text
    calibrations.answer(scope(amina), case, ratings=dict.fromkeys(codes(case), "M"))
    amina.user.officer.completions.update(until=make.days_ahead(20))
    text = client.get("/").content.decode()
    assert "Rate a case" not in text and "Your assessor certificate runs out" in text


def test_an_answer_is_whole_and_given_once(signed_in, secretariat, case, amina, kiprono):
    with pytest.raises(Refused):
        calibrations.answer(scope(amina), case, ratings={})
    calibrations.open_case(scope(secretariat), case)
    first, second = codes(case)
    client, address = signed_in(amina), f"/api/v1/calibrations/{case.pk}/answer/"

    def send(**ratings):
        return client.post(address, {"ratings": {code.replace("_", "."): v for code, v in ratings.items()}}, content_type="application/json").status_code

    key_1, key_2 = (code.replace(".", "_") for code in (first, second))
    assert send(**{key_1: "M"}) == 409 and send(**{key_1: "M", key_2: "X"}) == 409
    assert send(**{key_1: "M", key_2: "N"}) == 200 == send(**{key_1: "M", key_2: "N"})
    assert send(**{key_1: "M", key_2: "M"}) == 409
    assert CalibrationAnswer.objects.count() == 2


def test_an_opened_case_stays_as_it_is(signed_in, secretariat, case, amina, edition):
    calibrations.open_case(scope(secretariat), case)
    client = signed_in(secretariat)
    assert client.post(page("tell_calibration", case.pk), {}).status_code == 403
    assert client.post(page("leave_out_of_calibration", case.pk, codes(case)[0])).status_code == 403
    calibrations.answer(scope(amina), case, ratings=dict.fromkeys(codes(case), "M"))
    calibrations.close(scope(secretariat), case)
    for sql in (
        "UPDATE standards_calibrationitem SET expected = 'E'",
        "UPDATE standards_calibrationanswer SET value = 'E'",
        "DELETE FROM standards_calibrationanswer",
        "UPDATE standards_calibration SET state = 'draft'",
    ):
        with pytest.raises(DatabaseError, match="calibration"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
