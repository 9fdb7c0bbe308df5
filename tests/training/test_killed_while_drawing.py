"""Workers killed at random while they draw: each certificate is drawn once, whole, and no number is missing."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from pypdf import PdfReader

from tests import processes
from tests.training import hall
from training.models import Certificate, SerialNumber
from training.services import awards, drawing

N, KILLS = 120, 5
WORKER = """
import time, django
django.setup()
from training.services import awards
print("ready", flush=True)
while True:
    awards.draw_waiting()
    time.sleep(0.05)
"""


@pytest.fixture
def worker():
    """worker() starts one in a process of its own; all are killed in the end."""
    started, env = [], processes.environment(SITE_URL=settings.SITE_URL)

    def start():
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=env, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        kill(process)


def kill(process):
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_each_certificate_is_drawn_once_and_whole(worker, embu, livestock, coordinator, scope_of):
    certificates = hall.closed(scope_of(coordinator), livestock, N, capacity=N)
    chance = random.Random(os.environ.get("SEED", "karibu"))
    for _ in range(KILLS):
        pair = [worker(), worker()]
        time.sleep(chance.uniform(0.02, 0.3))
        for process in pair:
            kill(process)
    killed_at = Certificate.objects.filter(drawn_at=None).count()
    worker()
    began = time.monotonic()
    while Certificate.objects.filter(drawn_at=None).exists():
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    assert killed_at < N, "no worker came to draw anything before it was killed"
    numbers = [c.number for c in certificates]
    assert [int(n[-6:]) for n in numbers] == list(range(1, N + 1)) and SerialNumber.objects.get(series=numbers[0][:8]).last == N
    place = Path(settings.MEDIA_ROOT) / "certificates"
    kept = {p.name: p for p in place.rglob("*.pdf")}
    assert set(kept) == {f"{n}.pdf" for n in numbers}
    for certificate in Certificate.objects.all():
        raw = kept[f"{certificate.number}.pdf"].read_bytes()
        assert raw == certificate.document.read() and raw.rstrip().endswith(b"%%EOF")
        assert certificate.number in PdfReader(kept[f"{certificate.number}.pdf"]).pages[0].extract_text()
    strays = [p for p in place.rglob("*") if p.is_file() and p.suffix != ".pdf"]
    assert all(p.parent.name == "parts" for p in strays)
    for p in strays:
        os.utime(p, (0, 0))
    awards.draw_waiting()
    assert not any((place / "parts").iterdir()) and drawing.PARTS.endswith("parts")
