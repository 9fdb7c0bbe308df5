"""The outbox page; health, readiness and metrics."""

import pytest

from cse_portal.notices import outbox
from cse_portal.notices.models import Notice


@pytest.fixture
def notices(db):
    outbox.queue(key="a", to="wanjiru@example.org", subject="Certificate ready", body="https://portal.example/secret-link/")
    outbox.queue(key="b", to="later@example.org", subject="Joining instructions", body="Karibu")
    Notice.objects.filter(key="a").update(state="sent", attempts=2, unheard=1)
    Notice.objects.filter(key="b").update(state="failed", attempts=6, error="451 try again later")


def test_the_outbox_shows_state_cause_and_what_may_have_arrived_twice(notices, administrator, signed_in):
    page = signed_in(administrator).get("/notices/").content.decode()
    assert "451 try again later" in page and "Certificate ready" in page
    assert page.count("May have been delivered twice") == 1


def test_the_outbox_hides_the_texts_which_hold_personal_links(notices, administrator, signed_in):
    browser = signed_in(administrator)
    assert "secret-link" not in browser.get("/notices/").content.decode()
    assert b"secret-link" not in b"".join(browser.get("/notices/?export=csv").streaming_content)


def test_only_administrators_see_the_outbox(notices, grace, hops, signed_in, anyone):
    assert signed_in(grace).get("/notices/").status_code == 403
    assert signed_in(hops).get("/notices/").status_code == 403
    assert anyone.get("/notices/").status_code == 302


def test_a_failed_notice_is_sent_again_by_a_button(notices, administrator, grace, signed_in):
    failed = Notice.objects.get(key="b")
    assert signed_in(grace).post(f"/notices/{failed.pk}/retry/").status_code == 403
    assert signed_in(administrator).post(f"/notices/{failed.pk}/retry/").status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == ("queued", 0, "")


def test_a_sent_notice_is_not_sent_again(notices, administrator, signed_in):
    sent = Notice.objects.get(key="a")
    signed_in(administrator).post(f"/notices/{sent.pk}/retry/")
    assert Notice.objects.get(key="a").state == "sent"


def test_the_process_is_up_without_asking_anything(anyone, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert anyone.get("/healthz").status_code == 200


def test_ready_when_database_schema_and_redis_are(db, anyone):
    answer = anyone.get("/readyz")
    assert answer.status_code == 200 and answer.json() == {"database": True, "migrations": True, "redis": True}


def test_not_ready_without_redis(db, anyone, monkeypatch):
    def broken(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr("django.core.cache.cache.set", broken)
    answer = anyone.get("/readyz")
    assert answer.status_code == 503 and answer.json()["redis"] is False and answer.json()["database"] is True


def test_metrics_count_what_waits(notices, anyone):
    text = anyone.get("/metrics").content.decode()
    assert "cse_notices_failed 1" in text and "cse_notices_waiting 0" in text
    for name in ("cse_trail_unsealed", "cse_certificates_undrawn", "cse_rosters_waiting"):
        assert f"# TYPE {name} gauge" in text


def test_metrics_stay_inside(db, anyone):
    assert anyone.get("/metrics", REMOTE_ADDR="41.90.1.2").status_code == 404
    assert anyone.get("/metrics", HTTP_X_FORWARDED_FOR="41.90.1.2").status_code == 404


def test_beat_names_only_tasks_that_exist():
    from cse_portal.celery import app

    app.loader.import_default_modules()
    app.autodiscover_tasks(force=True)
    assert {job["task"] for job in app.conf.beat_schedule.values()} <= set(app.tasks)
