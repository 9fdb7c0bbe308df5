"""Staff files of a hundred thousand and a million rows: P1 to P3.

Run by itself (`python -m benchmarks.staff_file FILE`) it reads and takes in one file, as a worker does, and prints
{"preview", "whole": seconds, "peak": MB, "created", …} as JSON."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BAD_IN = 50  # one row in so many is rejected: 2 %
HEADING = ["P/No.", "UPN", "Surname", "First name", "Other names", "Gender", "MDA code", "CSE cadre", "Job group", "Designation",
           "Terms", "County code", "Centre code", "In post since", "Email", "Phone"]  # fmt: skip
SURNAMES = [
    "Kamau",
    "Otieno",
    "Wanjiku",
    "Mwakio",
    "Chebet",
    "Njoroge",
    "Achieng",
    "Mutua",
    "Langat",
    "Hassan",
    "Barasa",
    "Nyambura",
]
NAMES = ["Agnes", "Brian", "Collins", "Diana", "Esther", "Faith", "George", "Halima", "Ibrahim", "Joyce", "Kevin", "Lilian"]
POSTS = ["Clerical Officer", "ICT Officer I", "Accountant II", "Records Officer", "Driver", "Senior Administrator"]


def generate(path, rows, first=0):
    """A staff file of new officers of all MDAs that share the national numbers; one row in fifty has a bad phone."""
    from centres.models import Organisation
    from cse_portal.lib import clock

    mdas = [o.code for o in Organisation.objects.in_being(clock.today()).order_by("code") if o.number_series == "national"]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        for n in range(first, first + rows):
            mda, surname, name = mdas[n * 7 % len(mdas)], SURNAMES[n * 5 % 12], NAMES[n * 11 % 12]
            phone = "07AB" if n % BAD_IN == 7 else f"07{n % 100_000_000:08d}"
            writer.writerow([
                700_000_000 + n, 970_000_000_000 + n, surname, name, "", "FM"[n % 2], mda, ("FRT", "FRT", "TEC", "SNR", "SQA")[n % 5],
                "HJKLM"[n % 5], POSTS[n % 6], "Permanent", f"{n % 47 + 1:03d}", "", f"20{n % 20 + 5:02d}-0{n % 9 + 1}-15",
                f"{name}.{surname}.{n}@{mda}.go.ke".lower(), phone,
            ])  # fmt: skip


def worker(path):
    """What a process of its own says after reading the file and taking it in."""
    size = {"STAFF_FILE_MAX_BYTES": "1000000000", "STAFF_FILE_MAX_ROWS": "2000000", "STORAGE_ROOT": str(Path(path).parent)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.staff_file", str(path)],
        env=os.environ | size,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def take_in(path):
    """{"preview", "whole": seconds, "peak": MB, and the counts}, in this process."""
    from django.core.files import File

    from centres import imports
    from centres.access import Scope
    from centres.services import rosters, taking_in

    actor, began = Scope.system_task("bench"), time.perf_counter()
    with open(path, "rb") as file:
        roster = rosters.receive(actor, file=File(file, "bench.csv"), file_name="bench.csv", as_at=actor.today)
    imports.read_roster(roster.pk)
    preview = time.perf_counter() - began
    roster = taking_in.apply(actor, roster=roster)
    said = {name: getattr(roster, name) for name in ("rows", "created", "changed", "unchanged", "rejected")}
    whole = time.perf_counter() - began
    return said | {"preview": preview, "whole": whole, "peak": peak_mb()}


def peak_mb():
    """Peak resident memory of this process since it began (ru_maxrss would count its parent's at the fork)."""
    return (
        next(int(line.split()[1]) for line in Path("/proc/self/status").open(encoding="ascii") if line.startswith("VmHWM")) / 1024
    )


def measure(officers):
    from benchmarks.measure import Line, rows
    from benchmarks.reference import copies

    hundred, million = min(officers, 100_000), min(officers, 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "staff.csv"
        before = {"officer": _last("centres_officer"), "delta": _last("training_compliancedelta")}
        generate(path, hundred)
        first, again = worker(path), worker(path)
        assert (first["created"], again["unchanged"]) == (hundred - first["rejected"],) * 2, (first, again)
        alone = copies({"centres_officer": ("id", "id > %(officer)s")}, before)
        all_of_it = alone + copies(
            {
                "centres_posting": ("officer_id", "officer_id > %(officer)s"),
                "training_compliancespan": ("officer_id, starts", "officer_id > %(officer)s"),
                "training_compliancedelta": ("id", "id > %(delta)s"),
            },
            before,
        )
        rows("VACUUM ANALYZE")
        lines = [
            Line("P1", f"Staff file of {hundred:,} rows, 2 % rejected: read, judged, taken in, postings, trail, compliance",
                 f"{first['whole']:.1f} s (preview {first['preview']:.1f}), {first['peak']:.0f} MB", first["whole"] / all_of_it, 2.5, f"× R1 ({all_of_it:.1f} s)"),
            Line("P1", "… its worker's memory", f"{first['peak']:.0f} MB", first["peak"], 300, "MB"),
            Line("P1", "… against Moodle's 43 users a second", f"{hundred / first['whole']:,.0f} rows/s", hundred / first["whole"] / 43, 100, "× Moodle", at_least=True),
            Line("P2", "The same file again, nothing changed", f"{again['whole']:.1f} s", again["whole"] / alone, 0.7, f"× R1 of officers ({alone:.1f} s)"),
        ]  # fmt: skip
        if million > hundred:
            generate(path, million, first=hundred)
            all_new = worker(path)
            a_row = all_new["whole"] / million / (first["whole"] / hundred)
            lines.append(Line("P3", f"{million:,} rows: time a row, against {hundred:,}", f"{all_new['whole']:.0f} s, {all_new['peak']:.0f} MB", a_row, 1.3, "× a row of P1"))  # fmt: skip
    return lines


def _last(table):
    from benchmarks.measure import rows

    return rows(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0]


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")
    django.setup()
    print(json.dumps(take_in(sys.argv[1])))
