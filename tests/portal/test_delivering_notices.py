"""The outbox against a real SMTP server on loopback that counts by Message-ID."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from cse_portal.notices import outbox, services
from cse_portal.notices.models import Notice
from tests import factories as make
from tests import processes

ROOT = Path(settings.BASE_DIR)
CLAIM_SECONDS = 2


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Post:
    """The server's process and what it took."""

    def __init__(self, folder, delay=0.0):
        self.port, self.file = free_port(), folder / "taken.txt"
        command = [sys.executable, str(Path(__file__).with_name("smtp_counter.py")), str(self.port), str(self.file), str(delay)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.process.stdout.readline().strip() == b"ready"

    def taken(self):
        """{Message-ID: times taken}."""
        return Counter(line.split("\t")[0] for line in self.file.read_text().splitlines()) if self.file.exists() else Counter()

    def stop(self):
        self.process.kill()
        self.process.wait()


def use(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = "127.0.0.1", port, False, ""


@pytest.fixture
def post(tmp_path, settings):
    server = Post(tmp_path)
    use(settings, server.port)
    yield server
    server.stop()


def queued(n=1, to="wanjiru@example.org"):
    outbox.queue_many(
        [outbox.notice(key=f"test:{to}:{i}", to=to, subject=f"Joining instructions {i}", body="Karibu.") for i in range(n)]
    )
    return Notice.objects.filter(to=to).order_by("pk")


def test_each_notice_goes_once_with_its_own_message_id(db, post):
    notices = queued(20)
    assert services.deliver() == 20
    assert services.deliver() == 0
    assert post.taken() == {n.message_id: 1 for n in notices}
    assert {(n.state, n.attempts, n.unheard) for n in notices.all()} == {("sent", 1, 0)}
    assert all(n.sent_at for n in notices.all())


def test_a_passing_no_is_tried_again_later_and_at_last_fails_with_its_cause(db, post):
    (notice,) = queued(to="later@example.org")
    for attempt in range(1, len(services.RETRY_AFTER) + 1):
        services.deliver()
        notice.refresh_from_db()
        assert (notice.state, notice.attempts) == ("queued", attempt)
        assert "451 try again later" in notice.error and notice.not_before > timezone.now()
        assert services.deliver() == 0 and Notice.objects.get().attempts == attempt  # not before its time
        Notice.objects.update(not_before=None)
    services.deliver()
    notice.refresh_from_db()
    assert notice.state == "failed" and "451" in notice.error and not notice.maybe_twice


def test_a_lasting_no_fails_at_once_and_holds_up_nobody(db, post):
    (never,), (other,) = queued(to="never@example.org"), queued()
    assert services.deliver() == 1
    never.refresh_from_db()
    assert (never.state, never.attempts) == ("failed", 1) and "550 no such mailbox" in never.error
    assert post.taken() == {other.message_id: 1}


def test_a_failed_notice_goes_again_when_asked(db, post, administrator, scope_of):
    (never,) = queued(to="never@example.org")
    services.deliver()
    Notice.objects.update(to="moved@example.org")
    services.retry(scope_of(administrator), notice=never)
    assert services.deliver() == 1
    assert post.taken() == {never.message_id: 1}


def test_an_answer_never_heard_is_sent_again_under_the_same_message_id_and_shown(db, post):
    (cut,), (other,) = queued(to="cut@example.org"), queued()
    assert services.deliver() == 1  # a new connection for the other
    cut.refresh_from_db()
    assert cut.state == "queued" and cut.unheard == 1 and not cut.maybe_twice
    Notice.objects.filter(pk=cut.pk).update(not_before=None, to="wanjiru@example.org")
    assert services.deliver() == 1
    assert post.taken() == {cut.message_id: 2, other.message_id: 1}
    cut.refresh_from_db()
    assert cut.state == "sent" and cut.maybe_twice


def test_without_a_mail_server_notices_wait_and_none_is_blamed(db, settings):
    use(settings, free_port())
    queued(3)
    assert services.deliver() == 0
    assert {(n.state, n.attempts) for n in Notice.objects.all()} == {("queued", 0)}


def test_a_claim_in_hand_is_left_alone_until_it_lapses(db, post, settings):
    (notice,) = queued()
    Notice.objects.update(state="sending", claimed_at=timezone.now(), attempts=1)
    assert services.deliver() == 0
    Notice.objects.update(claimed_at=make.at(make.days_ago(1)))
    assert services.deliver() == 1
    notice.refresh_from_db()
    assert (notice.attempts, notice.unheard, notice.maybe_twice) == (2, 1, True)


def test_a_worker_that_comes_back_late_does_not_overwrite_the_one_who_took_over(db, post):
    queued()
    slow = services._claim()
    Notice.objects.update(claimed_at=make.at(make.days_ago(1)))
    assert services.deliver() == 1
    services._later(slow, "too late")
    assert Notice.objects.get().state == "sent"


def test_an_impossible_address_fails_at_once(db, post):
    (notice,) = queued(to="no\nbody@example.org")
    services.deliver()
    notice.refresh_from_db()
    assert notice.state == "failed" and notice.error


def test_an_sms_without_a_gateway_fails_with_a_clear_cause(db, post):
    outbox.queue(key="code", to="+254712345678", subject="", body="Your code is 123456", channel="sms")
    services.deliver()
    notice = Notice.objects.get()
    assert (notice.state, notice.error) == ("failed", "No SMS gateway is set up.")
    assert not post.taken()


def test_the_demonstration_keeps_letters_and_sms_in_a_mailbox_one_can_read(db, settings, tmp_path, anyone):
    settings.DEMO, settings.MAILBOX_DIR, settings.EMAIL_BACKEND = (
        True,
        tmp_path / "mail",
        "cse_portal.notices.mailbox.FileMailbox",
    )
    outbox.queue(
        key="a",
        to="wanjiru@example.org",
        subject="Certificate ready: Wanjirũ",
        body="Open http://127.0.0.1:8000/my/training/ now.\n<b>x</b>",
    )
    outbox.queue(key="b", to="+254712345678", subject="", body="Your code is 123456", channel="sms")
    assert services.deliver() == 2
    page = anyone.get("/mailbox/").content.decode()
    assert "Certificate ready: Wanjirũ" in page and "+254712345678" in page
    page = anyone.get("/mailbox/?q=certificate").content.decode()
    assert "+254712345678" not in page
    letter = anyone.get(re.search(r"/mailbox/[0-9a-f]{24}/", page)[0]).content.decode()
    assert 'href="http://127.0.0.1:8000/my/training/"' in letter and "<b>x</b>" not in letter
    assert anyone.get("/mailbox/" + "0" * 24 + "/").status_code == 404


def test_there_is_no_mailbox_outside_the_demonstration(db, anyone, signed_in, administrator):
    assert anyone.get("/mailbox/").status_code == 404
    assert signed_in(administrator).get("/mailbox/").status_code == 404


# Killed workers.
def environment(post):
    return processes.environment(
        EMAIL_URL=f"smtp://127.0.0.1:{post.port}",
        NOTICE_CLAIM_SECONDS=str(CLAIM_SECONDS),
        SECRET_KEY=settings.SECRET_KEY,
        SIGNING_KEY=settings.SIGNING_KEY,
        LOG_LEVEL="ERROR",
        CSE_DEMO="0",
    )


def verdict(post, notices):
    """Nothing lost; what went twice was being sent at a kill, kept its Message-ID and is shown so."""
    taken = post.taken()
    assert set(taken) == {n.message_id for n in notices}, "lost, or an unknown Message-ID"
    assert {n.state for n in notices} == {"sent"}
    twice = {n.message_id for n in notices if taken[n.message_id] > 1}
    assert twice <= {n.message_id for n in notices if n.maybe_twice}, "went twice and is not shown so"
    return twice


DELIVERER = """
import django; django.setup()
from cse_portal.notices import services
print("up", flush=True)
while True:
    services.deliver()
"""


def deliverer(post):
    return subprocess.Popen([sys.executable, "-c", DELIVERER], cwd=ROOT, env=environment(post), stdout=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_kills_of_a_delivering_process_lose_nothing(tmp_path):
    post = Post(tmp_path, delay=0.005)
    try:
        queued(60)
        random.seed(3)
        for _kill in range(2):
            with deliverer(post) as process:
                process.stdout.readline()
                time.sleep(random.uniform(0.02, 0.15))
                process.kill()
        assert Notice.objects.exclude(state="sent").exists(), "killed too late to prove anything"
        time.sleep(CLAIM_SECONDS)
        with deliverer(post) as process:
            wait_for(lambda: not Notice.objects.exclude(state="sent").exists(), 60)
            process.kill()
        assert len(verdict(post, Notice.objects.all())) <= 2
    finally:
        post.stop()


def wait_for(true, seconds):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


@contextmanager
def running_worker(env):
    """A Celery worker; killed at the end, whatever happens."""
    command = f"{sys.executable} -m celery -A cse_portal worker --pool=solo -l ERROR -Q {env['QUEUE']} --without-mingle --without-gossip"
    worker = subprocess.Popen(
        command.split(), cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_twenty_kills_of_the_worker_in_five_hundred_deliveries(tmp_path):
    """A real Celery worker, tasks through the real broker, SIGKILL at random moments."""
    from cse_portal.celery import app
    from cse_portal.notices import tasks

    post = Post(tmp_path, delay=0.02)
    env = environment(post) | {"QUEUE": f"deliveries-{os.getpid()}"}
    random.seed(20)

    def nudged_until(true, seconds):
        """Asked again and again, as the timetable does: what a killed worker held is free later."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "waited too long"
            tasks.deliver.apply_async(queue=env["QUEUE"])
            time.sleep(0.5)

    try:
        notices = queued(500)
        for _kill in range(20):
            sent = Notice.objects.filter(state="sent").count()
            assert sent < 500, "all delivered before the twentieth kill"
            with running_worker(env):
                nudged_until(lambda sent=sent: Notice.objects.filter(state="sent").count() > sent, 60)
                time.sleep(random.uniform(0, 0.5))
        assert Notice.objects.exclude(state="sent").exists()
        with running_worker(env):
            nudged_until(lambda: not Notice.objects.exclude(state="sent").exists(), 120)
        twice = verdict(post, notices.all())
        print(f"20 kills, {sum(post.taken().values())} messages taken for 500 notices, {len(twice)} taken twice")
        assert len(twice) <= 20
    finally:
        post.stop()
        with app.connection_or_acquire() as broker:
            broker.default_channel.queue_delete(env["QUEUE"])
