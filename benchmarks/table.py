"""Everything that is measured, in the order of the table."""

import time
import traceback

from benchmarks import audits, certificates, facts, notices, pages, requirements, seats, staff_file
from benchmarks.measure import peak_mb, rows
from cse_portal.lib import clock

PARTS = {
    "P1": staff_file.measure,  # with P2, P3
    "P4": seats.measure,
    "P5": certificates.closing,
    "P6": facts.measure,
    "P7": pages.national,
    "P8": pages.mda_and_officer,
    "P9": pages.staff_list,
    "P10": pages.trend_and_forecast,
    "P11": requirements.measure,
    "P12": certificates.drawing,
    "P13": audits.measure,
    "P14": notices.measure,
}
ORDER = ["P7", "P8", "P9", "P10", "P4", "P5", "P6", "P13", "P12", "P14", "P11", "P1"]  # what reads comes before what writes


def measure(officers, only):
    """The lines of the parts asked for, in the order of their ids. A part that fails is said, and the others go on."""
    from benchmarks.reference import round_trip_ms

    found = {}
    print(f"  SELECT 1: {round_trip_ms():.2f} ms (R3)", flush=True)
    for part in ORDER:
        if only and part not in only:
            continue
        began = time.monotonic()
        try:
            found[part] = PARTS[part](officers)
        except Exception:
            traceback.print_exc()
            print(f"  {part} could not be measured", flush=True)
            continue
        for line in found[part]:
            print("  " + " | ".join(line.cells()), flush=True)
        print(f"  {part} took {time.monotonic() - began:.0f} s", flush=True)
    return [line for part in PARTS for line in found.get(part, [])]


def as_markdown(lines, officers, machine):
    version = rows("SHOW server_version")[0][0]
    heading = ["", "Work", "Measured", "Ratio", "Target", "Queries", "Holds"]
    out = [
        f"\n{officers:,} officers, {clock.today():%-d %B %Y}; {machine}; PostgreSQL {version}; peak memory {peak_mb():.0f} MB.\n",
        "| " + " | ".join(heading) + " |",
        "|" + "---|" * len(heading),
    ]
    return "\n".join(out + ["| " + " | ".join(line.cells()) + " |" for line in lines])
