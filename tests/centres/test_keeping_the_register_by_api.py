"""The register by API: what the pages do, with codes and references, and errors in one shape."""

import pytest

from centres.models import Posting
from centres.services import tokens
from cse_portal.lib import clock
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(grace, client, scope_of):
    """api(path, body) posts as Grace; as another with `hat`."""

    secrets = {}

    def post(path, body=None, hat=grace, **headers):
        if hat not in secrets:
            secrets[hat] = tokens.make(scope_of(hat), membership=hat, name="test", days=1)[1]
        headers = {"authorization": f"Bearer {secrets[hat]}"} | headers
        return client.post(f"/api/v1/{path}/", body or {}, content_type="application/json", headers=headers)

    return post


def today(n=0):
    return (make.days_ahead(n)).isoformat()


def test_an_officer_is_added_promoted_seconded_and_leaves(api, livestock, immigration):
    make.cadre("FRT"), make.cadre("SNR"), make.county()
    said = {
        "surname": "Mutua",
        "first_name": "Kioko",
        "personal_no": "0077001",
        "organisation": "SDLD",
        "on": today(-100),
        "cadre": "FRT",
        "county": "047",
    }
    made = api("officers", said | {"phone": "0722 000 111"})
    assert (made.status_code, made.json()["phone"]) == (201, "+254722000111")
    ref = made.json()["ref"]
    assert api(f"officers/{ref}/post", {"on": today(-50), "cadre": "SNR", "designation": "Head of desk"}).status_code == 200
    assert api(f"officers/{ref}/second", {"host": "SDICS", "on": today(-20), "last_day": today(-10)}).status_code == 200
    assert api(f"officers/{ref}/left", {"last_day": today(-1), "reason": "retired"}).status_code == 200
    posts = Posting.objects.filter(officer__ref=ref).order_by("during").select_related("cadre", "host")
    assert [(p.cadre.code, p.host and p.host.code, p.end_words) for p in posts] == [
        ("FRT", None, "New post"),
        ("SNR", None, "Seconded"),
        ("SNR", "SDICS", "Back from secondment"),
        ("SNR", None, "Retired"),
    ]
    assert api(f"officers/{ref}/reinstate").status_code == 200
    assert Posting.objects.on(clock.today()).filter(officer__ref=ref).exists()


def test_a_rule_s_no_has_the_shape_of_errors(api, wanjiru):
    answer = api(f"officers/{wanjiru.ref}/left", {"last_day": today(-900), "reason": "retired"})
    assert (answer.status_code, answer.json()["code"]) == (409, "refused") and "not in post yet" in answer.json()["detail"]
    answer = api(f"officers/{wanjiru.ref}/left", {"last_day": "tomorrow"})
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"last_day", "reason"})
    answer = api(
        "officers",
        {"surname": "X", "first_name": "Y", "personal_no": "12", "organisation": "SDLD", "on": today(), "cadre": "FRT"},
    )
    assert "personal_no" in answer.json()["fields"]


def test_only_what_is_sent_is_corrected(api, wanjiru):
    assert api(f"officers/{wanjiru.ref}/correct", {"surname": "Otieno"}).json()["surname"] == "Otieno"
    wanjiru.refresh_from_db()
    assert (wanjiru.first_name, wanjiru.email != "") == ("Wanjiru", True)


def test_a_transfer_goes_from_asking_to_accepting(api, hassan, livestock, odhiambo):
    said = {"surname": "Mwakio", "personal_no": hassan.personal_no, "of_organisation": "SDICS", "to": "SDLD", "on": today()}
    assert api("transfers", said | {"surname": "Guess"}).status_code == 409
    made = api("transfers", said)
    assert (made.status_code, made.json()["state"], made.json()["from_organisation"]) == (201, "requested", "SDICS")
    ref = made.json()["ref"]
    assert api(f"transfers/{ref}/accept").status_code == 409  # the gaining MDA does not answer for the losing one
    assert api(f"transfers/{ref}/accept", hat=odhiambo).json()["state"] == "accepted"
    assert Posting.objects.on(clock.today()).get(officer=hassan).organisation == livestock


def test_a_repeated_request_with_its_key_does_nothing_more(api, wanjiru):
    said = {"on": today(-5), "designation": "Head of desk"}
    first, again = (api(f"officers/{wanjiru.ref}/post", said, **{"Idempotency-Key": "one"}) for _n in range(2))
    assert (first.status_code, again.status_code, wanjiru.postings.count()) == (200, 200, 2)


def test_many_at_once_and_what_was_refused(api, livestock, hassan, wanjiru):
    refs = [wanjiru.ref, hassan.ref]
    plan = api("officers/many/left", {"officers": refs, "last_day": today(-1), "reason": "died", "dry_run": True}).json()
    assert (plan["done"], [r["officer"] for r in plan["refused"]]) == (1, [hassan.ref])
    assert Posting.objects.on(clock.today()).count() == 2
    assert api("officers/many/excuse", {"officers": refs, "first_day": today(), "reason": "study_leave"}).json()["done"] == 1
    assert api("officers/many/post", {"officers": refs, "on": today(-3), "designation": "Clerk I"}).json()["done"] == 1
