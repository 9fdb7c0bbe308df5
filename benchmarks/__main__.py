"""`make bench`: builds a synthetic nation in a database of its own, measures, and prints the table of docs/performance.md."""

import argparse
import os
import platform
import time


def main():
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--officers", type=int, default=int(os.environ.get("OFFICERS") or 1_000_000))
    arguments.add_argument("--only", default=os.environ.get("ONLY", ""), help="ids to measure, P7,P9; all when left out")
    arguments.add_argument("--keep", action="store_true", help="leave the database for another look")
    given = arguments.parse_args()

    os.environ.update(DJANGO_SETTINGS_MODULE="cse_portal.settings", CSE_DEMO="1", MFA_REQUIRED="0")
    from benchmarks import nation

    name = nation.own_database(given.officers)
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks import table

    call_command("collectstatic", interactive=False, verbosity=0)  # pages name their files as in production

    try:
        began = time.monotonic()
        print(f"A nation of {given.officers:,} officers", flush=True)
        nation.load(given.officers, say=lambda line: print("  " + line, flush=True))
        print(f"  built in {time.monotonic() - began:.0f} s", flush=True)
        lines = table.measure(given.officers, {x.strip() for x in given.only.split(",") if x.strip()})
        print(table.as_markdown(lines, given.officers, machine()))
    finally:
        if not given.keep:
            nation.drop(name)


def machine():
    with open("/proc/meminfo", encoding="ascii") as about:
        memory = int(about.readline().split()[1]) // 1024 // 1024
    return f"{os.cpu_count()} cores, {memory} GB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
