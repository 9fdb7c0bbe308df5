"""A command on a machine without PostgreSQL and Redis brings its own, shares them, and leaves nothing behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2
import pytest
import redis

from cse_portal.lib import demonstration, embedded

ROOT = Path(embedded.__file__).resolve().parents[2]
# A command in a clone: uses the servers in argv[1], prints their addresses, goes on until its input ends.
COMMAND = """
import json, sys
sys.path.insert(0, sys.argv[1])
import embedded
from pathlib import Path
environ = {}
embedded.ensure_environment(environ, Path(sys.argv[2]))
print(json.dumps(environ), flush=True)
sys.stdin.read()
"""


def own_environment(**more):
    """This machine's environment without any server of the tests'."""
    dropped = {
        "DATABASE_URL",
        "REDIS_URL",
        "CSE_EMBEDDED",
        "CSE_DEMO",
        "DEBUG",
        "SECRET_KEY",
        "SIGNING_KEY",
        "DJANGO_SETTINGS_MODULE",
    }
    return {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("MAKE")} | more


def alive(folder):
    """Command lines of the processes that belong to `folder`, the dead ones that nobody has buried left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in line or str(folder) == os.readlink(process / "cwd") and line:
                found.append(line)
        except OSError:
            continue
    return found


def soon(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def clone():
    """A folder that the servers' user can enter (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="cse-clone-"))
    folder.chmod(0o755)
    yield folder
    soon(lambda: not alive(folder))
    if (folder / "var").exists():
        embedded.clean(folder / "var")
    shutil.rmtree(folder)


@pytest.fixture
def command(clone):
    """Starts a command of the clone; the addresses it got are its `environ`."""
    started = []

    def start(**more):
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(ROOT / "cse_portal/lib"), str(clone / "var")],
            env=own_environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        line = process.stdout.readline()
        assert line, "the command ended before it had servers"
        process.environ = json.loads(line)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def question(environ, sql):
    connection = psycopg2.connect(environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
        answer = cursor.fetchall() if cursor.description else None
    connection.close()
    return answer


@pytest.mark.slow
def test_two_commands_share_servers_that_outlive_the_first_and_not_the_last(clone, command):
    first = command()
    assert question(first.environ, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [(False, True)]
    names = {name for (name,) in question(first.environ, "SELECT extname FROM pg_extension")}
    assert {"btree_gist", "citext", "pg_trgm", "unaccent"} <= names
    question(first.environ, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert redis.from_url(first.environ["REDIS_URL"]).set("kept", "42")

    second = command()
    assert second.environ == first.environ
    first.kill()
    first.wait()
    time.sleep(0.6)  # longer than a keeper takes to look
    assert question(second.environ, "SELECT answer FROM kept") == [(42,)]

    second.kill()
    assert soon(lambda: not alive(clone)), alive(clone)
    third = command()
    assert third.environ == first.environ, "ports and passwords are remembered"
    assert question(third.environ, "SELECT answer FROM kept") == [(42,)]
    assert redis.from_url(third.environ["REDIS_URL"]).get("kept") == b"42"

    # Passwords are asked for, and readable by their owner only.
    for wrong in (
        third.environ["DATABASE_URL"].replace("cse:", "cse:x"),
        third.environ["DATABASE_URL"].replace("cse:", "postgres:"),
    ):
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(wrong)
    with pytest.raises(redis.AuthenticationError):
        redis.from_url("redis://" + third.environ["REDIS_URL"].split("@")[1]).ping()
    for name in ("postgres.password", "redis.password"):
        assert (clone / "var" / name).stat().st_mode & 0o777 == 0o600
    assert third.environ["DATABASE_URL"].split(":")[2].split("@")[0] not in " ".join(alive(clone))
    assert third.environ["REDIS_URL"].split(":")[2].split("@")[0] not in " ".join(alive(clone))

    # Data in use are not removed.
    with pytest.raises(SystemExit, match="being used"):
        embedded.clean(clone / "var")


def test_addresses_that_are_given_are_left_alone(clone):
    given = {"DATABASE_URL": "postgres://x@db/x", "REDIS_URL": "redis://cache/0"}
    environ = dict(given)
    embedded.ensure_environment(environ, clone / "var")
    assert environ == given
    assert not (clone / "var").exists() and not alive(clone)


def test_a_busy_port_is_one_clear_sentence_and_nothing_else(clone):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = subprocess.run(
            [sys.executable, ROOT / "manage.py", "demo"], env=own_environment(PORT=str(port)), capture_output=True, text=True
        )
    assert run.returncode == 1
    assert run.stdout == "" and run.stderr == f"Port {port} is busy. Choose another: make demo PORT={port + 1}\n"


@pytest.mark.parametrize("port", ["www", "0", "70000"])
def test_a_port_that_is_none_is_said(port):
    run = subprocess.run(
        [sys.executable, ROOT / "manage.py", "demo"], env=own_environment(PORT=port), capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (1, f"PORT={port} is not a port number. Example: make demo PORT=8001\n")


def test_a_secret_is_made_once_and_kept_to_its_owner(clone):
    secret = embedded.kept_secret("SIGNING_KEY", clone / "var")
    assert len(secret) == 43 and embedded.kept_secret("SIGNING_KEY", clone / "var") == secret
    assert (clone / "var/signing_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_servers_that_were_killed_start_again_with_their_data(clone, command):
    first = command(CSE_SERVER_PROGRAMS="wheels")
    question(first.environ, "CREATE TABLE kept AS SELECT 42 AS answer")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if str(clone) in line and (line.split("\0")[0].endswith("/postgres") or line.split("\0")[0].endswith("valkey-server")):
            os.kill(int(process.name), signal.SIGKILL)
    second = command(CSE_SERVER_PROGRAMS="wheels")
    assert question(second.environ, "SELECT answer FROM kept") == [(42,)]
    assert question(second.environ, "SELECT current_setting('server_version_num')::int / 10000") == [(18,)]


@pytest.mark.slow
def test_data_of_another_version_are_refused_with_a_sentence(clone, command):
    command().kill()
    assert soon(lambda: not alive(clone))
    (version,) = clone.glob("var/postgres/PG_VERSION")
    version.write_text("14\n")
    run = subprocess.run(
        [sys.executable, "-c", COMMAND, str(ROOT / "cse_portal/lib"), str(clone / "var")],
        env=own_environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 1 and "were made by PostgreSQL 14" in run.stderr and len(run.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's clone can be closed to the servers' user")
def test_a_clone_closed_to_the_servers_user_keeps_its_data_outside_and_says_so(clone, command, capfd):
    clone.chmod(0o700)
    process = command(CSE_SERVER_PROGRAMS="wheels")
    assert question(process.environ, "SELECT 1") == [(1,)]
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and "/var/lib/cse-portal-demo/" in said
    assert not (clone / "var/postgres").exists()
    process.kill()
    outside = embedded.Place(clone / "var").home
    assert soon(lambda: not alive(outside))
    embedded.clean(clone / "var")
    assert not outside.exists()


# The whole of `make demo`, in a copy of this tree.
@pytest.fixture
def copy(clone):
    ignored = shutil.ignore_patterns("var", ".venv", ".git", "__pycache__", ".pytest_cache", ".ruff_cache", "staticfiles")
    shutil.copytree(ROOT, clone, dirs_exist_ok=True, ignore=ignored)
    (clone / ".venv").mkdir()
    (clone / ".venv/bin").symlink_to(Path(sys.prefix) / "bin")
    (clone / ".venv/.ready").touch()
    (clone / ".venv/pyvenv.cfg").symlink_to(Path(sys.prefix) / "pyvenv.cfg")
    (clone / ".venv/lib").symlink_to(Path(sys.prefix) / "lib")
    return clone


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.mark.slow
def test_whatever_ends_the_demo_nothing_of_it_stays(copy):
    """Ctrl-C, SIGTERM and SIGKILL, sent to make and to the command that make runs; the data stay."""

    def the_command(make):
        return int(Path(f"/proc/{make.pid}/task/{make.pid}/children").read_text().split()[0])

    ends = {
        "Ctrl-C in the terminal": lambda make: os.killpg(make.pid, signal.SIGINT),
        "SIGINT to make": lambda make: make.send_signal(signal.SIGINT),
        "SIGTERM to make": lambda make: make.terminate(),
        "SIGKILL to make": lambda make: make.kill(),
        "SIGTERM to the command": lambda make: os.kill(the_command(make), signal.SIGTERM),
        "SIGKILL to the command": lambda make: os.kill(the_command(make), signal.SIGKILL),
        "SIGKILL to all of the terminal": lambda make: os.killpg(make.pid, signal.SIGKILL),
    }
    port = free_port()
    for name, end in ends.items():
        make = subprocess.Popen(
            ["make", "demo"], cwd=copy, env=own_environment(PORT=str(port)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        said = []
        for line in iter(make.stdout.readline, ""):
            said.append(line)
            if "Ctrl-C stops everything" in line:
                break
        else:
            pytest.fail("".join([name, "\n", *said]))
        assert answers(port)
        running = " ".join(alive(copy))
        for part in ("gunicorn", "celery -A cse_portal worker", "celery -A cse_portal beat", "postgres -D", "keeper.py"):
            assert part in running, f"{name}: {part} is not running"
        end(make)
        make.wait(20)
        assert soon(lambda: not alive(copy)), f"{name}: {alive(copy)}"
        assert not answers(port)
        make.stdout.close()
    assert (copy / "var/postgres/PG_VERSION").exists()


def test_a_make_that_was_interrupted_is_noticed(monkeypatch):
    """make waits for its child without telling it; the child sees that make no longer catches the signal."""
    caught, ended = iter([True, True, True, False]), []
    monkeypatch.setattr(demonstration, "catches_interrupt", lambda pid: next(caught))
    monkeypatch.setattr(demonstration.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(demonstration.os, "kill", lambda *arguments: ended.append(arguments))
    demonstration.follow_make(os.getppid())
    assert ended == [(os.getpid(), signal.SIGTERM)]
