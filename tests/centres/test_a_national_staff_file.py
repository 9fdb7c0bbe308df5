"""20,000 officers of all MDAs in one file: how long it takes, and how much memory."""

import csv
import json
import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from centres.models import Officer, Posting, RosterCoverage
from tests import processes

FILE = Path(__file__).parent.parent / "files" / "all_mdas_20000.csv"


def run(*arguments, storage, file=FILE):
    """(what manage.py import_roster says, seconds, peak memory in MB), in a process of its own."""
    start = time.monotonic()
    process, peak = processes.measured("import_roster", str(file), "--json", *arguments, STORAGE_ROOT=str(storage))
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout), time.monotonic() - start, peak


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_previewed_and_taken_in_within_20_seconds_and_400_mb(tmp_path):
    call_command("load_reference", verbosity=0, stdout=open(os.devnull, "w"))
    preview, first, peak = run(storage=tmp_path)
    assert (preview["rows"], preview["created"], preview["rejected"]) == (20000, 20000, [])
    taken, second, peak_of_taking = run("--apply", storage=tmp_path)
    print(f"\npreview {first:.1f} s, preview and taking in {second:.1f} s, peak {max(peak, peak_of_taking):.0f} MB")
    assert taken["created"] == Officer.objects.count() == Posting.objects.count() == 20000
    assert sum(RosterCoverage.objects.values_list("officers", flat=True)) == 20000
    assert second < 20, "one run with --apply does both"
    assert max(peak, peak_of_taking) < 400
    again, _seconds, _peak = run("--apply", storage=tmp_path)
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 20000)

    everyone_moves = tmp_path / "moved.csv"
    with FILE.open(encoding="utf-8", newline="") as given, everyone_moves.open("w", encoding="utf-8", newline="") as moved:
        rows = csv.DictReader(given)
        writer = csv.DictWriter(moved, rows.fieldnames)
        writer.writeheader()
        writer.writerows(row | {"Designation": "Head of " + row["Designation"], "Other names": "Moved"} for row in rows)
    moved, third, _peak = run("--apply", storage=tmp_path, file=everyone_moves)
    print(f"{moved['changed']} officers change in {third:.1f} s")
    assert moved["changed"] == 20000 and third < 3 * second, "changing costs about what adding does"
    assert Posting.objects.filter(during__upper_inf=True).count() == 20000 and Posting.objects.count() == 40000
