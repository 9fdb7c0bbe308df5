"""A worker killed at any moment of a large return: the next one goes on or begins anew, and the register ends the same."""

import csv
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.files import File
from django.core.management import call_command
from django.db import connection

from centres.access import Scope
from centres.models import Roster
from centres.services import rosters, taking_in
from tests import processes
from tests.centres.test_a_national_staff_file import FILE

ROWS, IN_READING, IN_TAKING_IN = 50_000, 4, 6
WORKER = """
import time, django
django.setup()
from centres import tasks
print("ready", flush=True)
while True:
    tasks.read_waiting_rosters()
    time.sleep(0.1)
"""
# What a return leaves behind, without what is drawn at random or tells the time.
LEFT = {
    "officers": "SELECT personal_no, number_series, upn, surname, first_name, other_names, gender, email, phone FROM centres_officer",
    "postings": "SELECT o.personal_key, p.organisation_id, p.cadre_id, p.job_group_id, p.designation, p.terms, p.county_id, p.during"
    " FROM centres_posting p JOIN centres_officer o ON o.id = p.officer_id",
    "rows": "SELECT line, outcome, personal_no, diff, problems, cells FROM centres_rosterrow",
    "coverage": "SELECT organisation_id, officers FROM centres_rostercoverage",
    "trail": "SELECT verb, label, changes FROM activity_entry WHERE kind = 'officer'",
    "spans": "SELECT o.personal_key, s.organisation_id, s.cadre_id, s.status, s.starts, s.ends FROM training_compliancespan s"
    " JOIN centres_officer o ON o.id = s.officer_id",
    "roster": "SELECT state, rows, created, changed, unchanged, rejected FROM centres_roster",
}


@pytest.fixture
def worker(tmp_path):
    """worker() starts one in a process of its own and returns it once it looks for work; all are killed in the end."""
    started, wanted = [], processes.environment(STAFF_FILE_CLAIM_SECONDS="1")

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER], env=wanted, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
        )
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


@pytest.fixture
def big_file(tmp_path):
    """50,000 officers; one row in fifty is rejected."""
    path = tmp_path / "staff.csv"
    with FILE.open(encoding="utf-8", newline="") as given, path.open("w", encoding="utf-8", newline="") as made:
        heading, *rows = csv.reader(given)
        writer = csv.writer(made)
        writer.writerow(heading)
        for n in range(ROWS):
            row = rows[n % len(rows)].copy()
            row[0], row[1] = str(30_000_000 + n), str(31_300_000_000 + n)
            row[15] = "07AB" if n % 50 == 7 else row[15]
            writer.writerow(row)
    return path


def receive(path):
    with path.open("rb") as file:
        actor = Scope.system_task("test")
        return rosters.receive(actor, file=File(file, path.name), file_name=path.name, as_at=actor.today)


def wait_for(roster, state):
    began = time.monotonic()
    while Roster.objects.values_list("state", flat=True).get(pk=roster.pk) != state:
        assert time.monotonic() - began < 120, f"not {state} after two minutes"
        time.sleep(0.05)
    return time.monotonic() - began


def left():
    found = {}
    with connection.cursor() as cursor:
        for name, query in LEFT.items():
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM ({query}) t")
            found[name] = cursor.fetchone()
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_at_ten_random_moments_a_return_ends_as_if_nothing_had_happened(worker, big_file):
    call_command("load_reference", verbosity=0, stdout=open(os.devnull, "w"))
    undisturbed, busy = receive(big_file), worker()
    reading = wait_for(undisturbed, "read")
    taking_in.confirm(Scope.system_task("test"), roster=undisturbed)
    applying = wait_for(undisturbed, "applied")
    wanted = left()
    assert wanted["officers"][0] == wanted["postings"][0] == ROWS * 0.98 and wanted["rows"][0] == ROWS
    kill(busy)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE centres_officer, centres_roster, centres_rosterrow, activity_entry CASCADE")

    chance, moments = random.Random(os.environ.get("SEED", "karibu")), []
    roster = receive(big_file)
    for _ in range(IN_READING):
        moments.append(struck(worker(), chance.uniform(0, reading / 3)))
    busy = worker()
    wait_for(roster, "read")
    taking_in.confirm(Scope.system_task("test"), roster=roster)
    for _ in range(IN_TAKING_IN):
        moments.append(struck(busy, chance.uniform(0, applying * 0.8)))
        busy = worker()
    wait_for(roster, "applied")
    print(f"\nreading {reading:.1f} s, taking in {applying:.1f} s; killed after {', '.join(f'{m:.1f}' for m in moments)} s")
    assert left() == wanted


def struck(process, seconds):
    time.sleep(seconds)
    kill(process)
    return seconds
