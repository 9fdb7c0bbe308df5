"""Two records of one person: found, compared, merged, put back row for row; or told apart."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from centres.models import Membership, Officer, OfficerMerge, Posting, TransferRequest, TwoPeople
from centres.services import duplicates, merging
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make
from training.models import Certificate, Completion, Enrolment

pytestmark = pytest.mark.django_db
TABLES = [
    "centres_officer", "centres_posting", "centres_excusal", "centres_membership", "centres_transferrequest", "centres_possibleleaver",
    "training_enrolment", "training_completion", "training_waiver", "training_priortraining", "training_attendance", "training_certificate",
]  # fmt: skip


@pytest.fixture
def chief(administrator, scope_of):
    return scope_of(administrator)


@pytest.fixture
def moved_on(wanjiru, immigration):
    """Wanjiru again, as Immigration has her: another number, the same phone; her post at Livestock was never closed."""
    Officer.objects.filter(pk=wanjiru.pk).update(phone="+254700000001", upn=None)
    again = make.officer(immigration, "Wanjiru", "Kamau", phone="+254700000001", upn="2024000111", posted=make.days_ago(100))
    wanjiru.refresh_from_db()
    return again


def rows():
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY id")
            found[table] = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT officer_id, organisation_id, status, starts, ends FROM training_compliancespan ORDER BY 1, 4")
        found["spans"] = cursor.fetchall()
    return found


def pairs(scope):
    return [(one, other, why) for one, other, why in duplicates.pairs(scope)]


def test_candidates_are_found_by_number_upn_and_contact_and_never_by_name_alone(chief, livestock, dairy_board, immigration):
    make.officer(livestock, "Mary", "Achieng", personal_no="700", email="")
    by_number = make.officer(dairy_board, "Mary", "Achieng", personal_no="0700", email="")
    make.officer(dairy_board, "John", "Mutua", personal_no="701", email="")
    make.officer(livestock, "Ali", "Hassan", personal_no="701", email="")  # a number in common, no name: chance
    upn = make.officer(livestock, "Jane", "Moraa", upn="20240099", email="")
    old = make.officer(immigration, "J.", "Moraa", personal_no="20240099", email="")
    a = make.officer(livestock, "Peter", "Kilonzo", email="PK@example.org")
    b = make.officer(immigration, "Peter", "Kilonzo", email="pk@example.org")
    make.officer(livestock, "Peter", "Kilonzo", email="")
    found = {(one, other): why for one, other, why in pairs(chief)}
    assert found == {
        (by_number.pk - 1, by_number.pk): ["number"],
        tuple(sorted((upn.pk, old.pk))): ["upn"],
        (a.pk, b.pk): ["email"],
    }


def test_merging_follows_the_post_that_began_later_and_undoing_restores_every_row(
    chief, wanjiru, moved_on, livestock, immigration, learner
):
    make.requirement()
    seat = make.seat(make.cohort("EMB-26-001"), moved_on)
    done = make.completion(moved_on)
    merging.changes.postings_changed([wanjiru.pk, moved_on.pk])
    before = rows()
    held = merging.merge(chief, kept=wanjiru, dropped=moved_on)
    posts = [(p.organisation, p.during.lower, p.during.upper) for p in wanjiru.postings.order_by("during")]
    day = make.days_ago(100)
    assert posts == [(livestock, make.days_ago(400), day), (immigration, day, None)]
    assert not moved_on.postings.exists()
    wanjiru.refresh_from_db()
    moved_on.refresh_from_db()
    assert (wanjiru.upn, moved_on.upn, moved_on.merged_into) == ("2024000111", None, wanjiru)
    assert Enrolment.objects.get(pk=seat.pk).officer == wanjiru and Completion.objects.get(pk=done.pk).officer == wanjiru
    assert pairs(chief) == []
    assert {officer for officer, *_rest in rows()["spans"]} == {wanjiru.pk}
    merging.undo(chief, held)
    assert rows() == before
    assert len(pairs(chief)) == 1
    again = merging.merge(chief, kept=moved_on, dropped=wanjiru, overlap="kept")
    assert [(p.organisation, p.during.upper) for p in moved_on.postings.order_by("during")] == [
        (livestock, day),
        (immigration, None),
    ]
    merging.undo(chief, again)
    assert rows() == before


def test_a_short_post_inside_a_long_one_leaves_both_sides_of_it(chief, wanjiru, moved_on, livestock, immigration):
    moved_on.postings.update(during=(make.days_ago(100), make.days_ago(50)))
    merging.changes.postings_changed([moved_on.pk])
    before = rows()
    held = merging.merge(chief, kept=wanjiru, dropped=moved_on)
    posts = [(p.organisation.code, p.during.lower, p.during.upper) for p in wanjiru.postings.order_by("during")]
    a, b, c = make.days_ago(400), make.days_ago(100), make.days_ago(50)
    assert posts == [("SDLD", a, b), ("SDICS", b, c), ("SDLD", c, None)]
    merging.undo(chief, held)
    assert rows() == before


def test_what_cannot_be_one_is_refused(chief, wanjiru, moved_on, hassan, agriculture, grace, scope_of):
    def refusal(code, kept=wanjiru, dropped=moved_on, actor=chief):
        with pytest.raises(Refused) as refused:
            merging.merge(actor, kept=kept, dropped=dropped)
        assert refused.value.code == code

    refusal("not_in_reach", actor=scope_of(grace))
    refusal("one_record", dropped=wanjiru)
    Officer.objects.filter(pk=wanjiru.pk).update(upn="2020")
    refusal("two_upns")
    Officer.objects.filter(pk=wanjiru.pk).update(upn=None)
    cohort = make.cohort("EMB-26-009")
    make.seat(cohort, wanjiru), make.seat(cohort, moved_on)
    refusal("two_seats")
    cohort.enrolments.get(officer=moved_on).delete()
    other = make.seat(make.cohort("EMB-26-010", starts_on=cohort.starts_on, of=make.version("CSE-X")), moved_on)
    refusal("two_places")
    other.delete()
    make.seat(cohort, moved_on)
    Enrolment.objects.filter(officer=moved_on).update(state="withdrawn")
    for officer in (wanjiru, moved_on):
        TransferRequest.objects.create(
            officer=officer,
            from_organisation=officer.postings.get().organisation,
            to_organisation=agriculture,
            on=clock.today(),
            answer_by=clock.today(),
            requested_at=timezone.now(),
        )
    refusal("two_transfers")
    TransferRequest.objects.filter(officer=moved_on).update(state="withdrawn")
    merging.merge(chief, kept=wanjiru, dropped=moved_on)
    refusal("merged")


def test_undoing_ends_after_thirty_days_or_when_the_record_has_moved_on(chief, wanjiru, moved_on):
    held = merging.merge(chief, kept=wanjiru, dropped=moved_on)
    wanjiru.postings.filter(during__upper_inf=True).update(designation="Director")
    with pytest.raises(Refused, match="has been changed since"):
        merging.undo(chief, held)
    wanjiru.postings.filter(during__upper_inf=True).update(designation="Clerical Officer")
    OfficerMerge.objects.update(merged_at=clock.now() - dt.timedelta(days=31))
    with pytest.raises(Refused, match="more than 30 days"):
        merging.undo(chief, held)


def test_what_came_after_the_merge_stays_with_the_kept_record(chief, wanjiru, moved_on):
    held = merging.merge(chief, kept=wanjiru, dropped=moved_on)
    later = make.seat(make.cohort("EMB-26-011"), wanjiru)
    merging.undo(chief, held)
    assert Enrolment.objects.get(pk=later.pk).officer == wanjiru


def test_of_two_accounts_the_kept_one_goes_on(chief, wanjiru, moved_on, learner):
    other = make.member("learner", "w.kamau@immigration.go.ke", "Wanjiru Kamau")
    moved_on.user = other.user
    moved_on.save()
    before = rows()
    held = merging.merge(chief, kept=wanjiru, dropped=moved_on)
    today = clock.today()
    assert not Membership.objects.on(today).filter(user=other.user).exists()
    assert Membership.objects.on(today).filter(user=learner.user).exists()
    merging.undo(chief, held)
    assert rows() == before


def test_every_table_that_names_an_officer_is_thought_of():
    """A new one must follow a merge (or be derived, or history); then add it here."""
    followed = {"posting", "excusal", "transferrequest", "possibleleaver", "enrolment", "completion", "waiver", "priortraining"}
    followed |= {"seatrequest", "correctionrequest"}
    derived, history = {"compliancespan"}, {"officer", "officermerge", "twopeople", "rosterrow"}
    naming = {
        f.related_model._meta.model_name
        for f in Officer._meta.get_fields(include_hidden=True)
        if f.auto_created and (f.one_to_many or f.one_to_one)
    }
    assert naming == followed | derived | history


# By page and by API.
def test_an_administrator_compares_merges_and_undoes_by_page(signed_in, administrator, wanjiru, moved_on):
    office = signed_in(administrator)
    listed = office.get("/duplicates/")
    assert listed.context["total"] == 1 and "same name and phone" in listed.content.decode()
    assert office.get("/duplicates/?why=number").context["total"] == 0
    url = f"/duplicates/{wanjiru.ref}/{moved_on.ref}/"
    before = rows()
    page = office.get(url).content.decode()
    assert "Posts afterwards" in page and "2024000111" in page
    assert rows() == before
    office.post(f"{url}merge/", {"overlap": "later"})
    held = OfficerMerge.objects.get()
    merged = office.get("/duplicates/merged/").content.decode()
    assert wanjiru.ref in merged and f"/duplicates/merged/{held.pk}/undo/" in merged
    assert office.post(f"/duplicates/merged/{held.pk}/undo/").status_code == 302
    assert rows()["centres_posting"] == before["centres_posting"]
    office.post(f"{url}two-people/")
    assert TwoPeople.objects.count() == 1 and office.get("/duplicates/").context["total"] == 0


def test_an_hr_officer_sees_the_own_record_and_only_where_the_other_is(
    signed_in, grace, odhiambo, wanjiru, moved_on, principal_secretary
):
    Officer.objects.filter(pk=moved_on.pk).update(other_names="Secret")
    page = signed_in(grace).get("/duplicates/")
    body = page.content.decode()
    assert page.context["total"] == 1
    assert "Wanjiru Kamau" in body and "State Department for Immigration" in body
    assert "Secret" not in body and moved_on.personal_no not in body and moved_on.ref not in body
    export = b"".join(signed_in(grace).get("/duplicates/?export=csv").streaming_content).decode()
    assert "State Department for Immigration" in export and "Secret" not in export
    assert signed_in(grace).get(f"/duplicates/{wanjiru.ref}/{moved_on.ref}/").status_code == 404
    assert signed_in(principal_secretary).get("/duplicates/").status_code == 403


def test_the_api_lists_previews_and_merges(signed_in, administrator, grace, wanjiru, moved_on):
    office = signed_in(administrator)
    found = office.get("/api/v1/duplicates/").json()["results"]
    assert [(row["one"], row["other"], row["why"]) for row in found] == [(wanjiru.ref, moved_on.ref, ["phone"])]
    assert [(row["one"], row["other"]) for row in signed_in(grace).get("/api/v1/duplicates/").json()["results"]] == [
        (wanjiru.ref, None)
    ]
    given = {"kept": wanjiru.ref, "dropped": moved_on.ref}
    assert signed_in(grace).post("/api/v1/merges/", given, content_type="application/json").status_code == 404
    made = office.post("/api/v1/merges/", given, content_type="application/json")
    assert made.status_code == 201
    assert Posting.objects.filter(officer=moved_on).count() == 0
    assert office.post(f"/api/v1/merges/{made.json()['id']}/undo/").status_code == 200
    assert Posting.objects.filter(officer=moved_on).count() == 1
    assert office.post("/api/v1/duplicates/two-people/", given, content_type="application/json").status_code == 200
    assert office.get("/api/v1/duplicates/").json()["results"] == []


def test_a_certificate_is_not_issued_again(chief, wanjiru, moved_on):
    from training.services import awards

    printed = awards.issue(chief, [make.completion(moved_on)], clock.today())[0]
    merging.merge(chief, kept=wanjiru, dropped=moved_on)
    after = Certificate.objects.get()
    assert (after.number, after.state, after.completion.officer) == (printed.number, "valid", wanjiru)
