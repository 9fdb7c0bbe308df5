"""PostgreSQL and Redis for a machine that has none running: for the demo, development and tests, never production.

`ensure_environment()` fills in DATABASE_URL and REDIS_URL where they are absent. Data, ports and passwords stay in var/.
Server programs already installed are preferred (server_programs.py); else the wheels' are used.

Who stops the servers: every command that uses one holds a shared lock on var/<server>.users until it ends, however it
ends; the server's keeper (keeper.py) stops it when nobody holds the lock any more. So two commands at once share one
server, and the last one to end takes it along. Standard library only; Django is not needed.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

if __package__:
    from .server_place import PLAIN, CannotStart, Place, only_user, private, remembered
    from .server_programs import Failed, postgres_programs, redis_programs
else:  # run by path, before there is an environment
    from server_place import PLAIN, CannotStart, Place, only_user, private, remembered
    from server_programs import Failed, postgres_programs, redis_programs

VAR = Path(__file__).resolve().parents[2] / "var"
KEEPER = Path(__file__).with_name("keeper.py")
MARK = "CSE_EMBEDDED"  # in the environment of this process and its children
START_SECONDS = 60

_held = {}  # lock files of what this process uses; the kernel lets go of them when it ends


def ensure_environment(environ=os.environ, var=VAR, testing=False):
    """Start or join the servers whose address `environ` lacks, and put their addresses there.

    `testing`: a Redis database of the tests' own, so that they do not empty a running demonstration's.
    """
    for server in (Postgres, Redis):
        if not environ.get(server.variable):
            environ[server.variable] = server(Place(var)).use(testing)
            environ[MARK] = "1"


def in_use(environ=os.environ):
    """True where this process, or the one that started it, uses the embedded servers."""
    return MARK in environ


def kept_secret(name, var=VAR):
    """32 random bytes as base64url, made once and kept in var/, for what production takes from its environment."""
    return remembered(Place(var).var / name.lower(), lambda: secrets.token_urlsafe(32))


def held_locks():
    """File descriptors by which this process keeps the servers; hand them to a child that must keep them too."""
    return [handle.fileno() for handle in _held.values()]


class Server:
    """What PostgreSQL and Redis have in common: joining, starting, waiting."""

    name = variable = title = None
    signals = ()
    patience = 15  # seconds to try again: one killed a moment ago keeps its data's lock for a second or two

    def __init__(self, place):
        self.place = place
        self.data = place.home / self.name
        self.log = place.var / "log" / f"{self.name}.log"

    def file(self, ending):
        return self.place.var / f"{self.name}.{ending}"

    def use(self, testing=False):
        """Hold the server for this process; return its address."""
        users = open(self.file("users"), "a")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping the server
        with open(self.file("starting"), "a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self.password = remembered(self.file("password"), lambda: secrets.token_urlsafe(24))
            if not (self.kept() and self.wait()):
                self.start()
        _held[self.file("users")] = users
        return self.url(testing)

    def kept(self):
        """True while a keeper has the server."""
        with open(self.file("alive"), "a") as alive:
            return not only_user(alive)

    @property
    def port(self):
        return int(self.file("port").read_text())

    def choose_port(self):
        """The port of last time, or another where something else has taken it."""
        for port in (self.port if self.file("port").exists() else 0, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with contextlib.suppress(OSError):
                    probe.bind(("127.0.0.1", port))
                    private(self.file("port"), str(probe.getsockname()[1]))
                    return

    def start(self):
        if self.place.home != self.place.var and not _held:
            print(f"This folder is closed to {self.place.user.pw_name}, as whom the servers run: their programs and "
                  f"data go to {self.place.home}.", file=sys.stderr, flush=True)  # fmt: skip
        program = self.prepare()
        deadline = time.monotonic() + self.patience
        while True:
            self.choose_port()
            self.log.write_bytes(b"")
            if self.keep(program) and self.wait():
                return
            if time.monotonic() > deadline:
                if not self.remedy():
                    last = self.log.read_text(errors="replace").strip().splitlines()[-3:]
                    raise CannotStart("\n  ".join([f"{self.title} did not start; the end of {self.log}:", *last]))
                deadline = time.monotonic() + self.patience
            time.sleep(0.3)

    def remedy(self):
        """Do what may help a server that does not start; False where nothing is known."""
        return False

    def keep(self, program):
        """Start the keeper with the server in it; False where another keeper has not ended yet."""
        argv, text = self.command(program)
        identity = self.place.identity()
        spec = {
            "lock": str(self.file("users")),
            "alive": str(self.file("alive")),
            "programs": [
                {
                    "name": self.name,
                    "argv": [str(part) for part in argv],
                    "env": PLAIN,
                    "cwd": str(self.data),
                    "log": str(self.log),
                    "uid": identity.get("user"),
                    "gid": identity.get("group"),
                    "input": text,
                    "stop": self.signals,
                }
            ],
        }
        keeper = [sys.executable, "-I", str(KEEPER), self.name, str(self.place.var)]  # named for whoever lists processes
        line = json.dumps(spec) + "\n"
        return subprocess.run(keeper, input=line, text=True, start_new_session=True).returncode == 0

    def wait(self):
        """True once the server answers, False when it ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.answers():
                return True
            if not self.kept():
                return False
            time.sleep(0.05)
        raise CannotStart(f"{self.title} did not answer within {START_SECONDS} s; see {self.log}.")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=2)


class Postgres(Server):
    name, variable, title = "postgres", "DATABASE_URL", "PostgreSQL"
    signals = ("SIGINT", "SIGINT", "SIGQUIT", "SIGKILL")  # fast; then without a checkpoint
    extensions = ("btree_gist", "citext", "pg_trgm", "unaccent")
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",  # a socket's path may have 107 bytes only
        "max_connections": "200",
        "shared_buffers": "256MB",
        "jit": "off",
        "log_min_messages": "fatal",
        "log_min_error_statement": "panic",
    }

    def url(self, testing):  # the tests make a database of their own anyway
        return f"postgres://cse:{self.password}@127.0.0.1:{self.port}/cse"

    def prepare(self):
        """The folder of programs that fits the data; makes the data the first time."""
        made = self.data / "PG_VERSION"
        if not made.exists():
            return self.create()
        wanted, found = made.read_text().strip(), []
        for version, programs in postgres_programs(self.place):
            if str(version) == wanted:
                self.forget_dead_postmaster()
                return programs
            found.append(str(version))
        raise CannotStart(
            f"The data in {self.data} were made by PostgreSQL {wanted}; here is only {' and '.join(found) or 'none'}. "
            f"Install PostgreSQL {wanted}, or remove the data with `make clean` and begin anew."
        )

    def create(self):
        failed = "no server programs found: install PostgreSQL, or the packages of requirements-dev.txt"
        for _, programs in postgres_programs(self.place):
            shutil.rmtree(self.place.home / "postgres.new", ignore_errors=True)
            half = self.place.folder("postgres.new")
            try:
                self.fill(programs, half)
            except Failed as failure:
                failed = failure
                continue
            half.rename(self.data)
            return programs
        raise CannotStart(f"PostgreSQL: {failed}")

    def fill(self, programs, data):
        """A cluster without a superuser's password (nobody signs in as one) and with an owner role for the portal."""
        made = self.place.run(
            programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
            "-A", "trust", "--no-sync", "--no-instructions",
        )  # fmt: skip
        if made.returncode:
            raise Failed(f"initdb: {made.stderr.strip()}")
        # Before it first runs: by password from this machine, and no other way.
        (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        lines = [f"CREATE EXTENSION {name};" for name in self.extensions]
        lines += [
            f"CREATE ROLE cse LOGIN CREATEDB PASSWORD '{self.password}';",
            "CREATE DATABASE cse OWNER cse;",
        ]
        single = self.place.run(programs / "postgres", "--single", "-F", "-D", data, "template1", text="\n".join(lines) + "\n")
        trouble = [line for line in single.stderr.splitlines() if "ERROR:" in line or "FATAL:" in line]
        if single.returncode or trouble:
            raise Failed(" ".join(trouble) or single.stderr.strip())

    def forget_dead_postmaster(self):
        """After a power cut the number in postmaster.pid may belong to something else: then it means nothing."""
        stale = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            number = int(stale.read_text().splitlines()[0])
            if Path("/proc/self").exists() and "postgres" not in Path(f"/proc/{number}/cmdline").read_text():
                stale.unlink()

    def command(self, programs):
        argv = [programs / "postgres", "-D", self.data, "-p", self.port]
        for name, value in self.settings.items():
            argv += ["-c", f"{name}={value}"]
        return argv, ""

    def answers(self):
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            if lines[3] != str(self.port) or lines[7].strip() != "ready":
                return False
            with self.connect():
                return True
        except (OSError, IndexError):
            return False


class Redis(Server):
    name, variable, title = "redis", "REDIS_URL", "Redis"
    signals = ("SIGTERM", "SIGKILL")
    patience = 2

    def url(self, testing):
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{int(testing)}"

    def prepare(self):
        self.data = self.place.folder(self.name)
        for program in redis_programs(self.place):
            return program
        raise CannotStart("Redis: no server program found: install Redis, or the packages of requirements-dev.txt")

    def command(self, program):
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,  # by standard input: arguments can be read by everybody
            "dir": self.data,
            "appendonly": "yes",
            "save": '""',
            "daemonize": "no",
        }
        return [program, "-"], "".join(f"{name} {value}\n" for name, value in lines.items())

    def answers(self):
        try:
            with self.connect() as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\n") < 2 and (part := connection.recv(200)):
                    reply += part
        except OSError:
            return False
        return reply.endswith(b"+PONG\r\n")

    def remedy(self):
        """Only a queue and a cache: what another version wrote and this one cannot read is set aside."""
        if not any(self.data.iterdir()):
            return False
        aside = self.data.with_name(f"redis.unreadable-{time.time_ns()}")
        self.data.rename(aside)
        self.place.folder(self.name)
        print(f"Redis could not read its data and starts empty; they are kept in {aside}.", file=sys.stderr)
        return True


def clean(var=VAR):
    """Remove the data, unless a command is using them."""
    if not var.exists():
        return
    place = Place(var)
    for server in (Postgres(place), Redis(place)):
        with open(server.file("users"), "a") as users:
            deadline = time.monotonic() + 5  # a command that has just ended
            while not only_user(users):
                if time.monotonic() > deadline:
                    raise CannotStart(f"{server.title} in {var} is being used; stop the demo or the tests first.")
                time.sleep(0.1)
    for folder in {place.home, place.var}:
        shutil.rmtree(folder)


if __name__ == "__main__":
    if sys.argv[1:] != ["clean"]:
        sys.exit("usage: embedded.py clean")
    clean()
