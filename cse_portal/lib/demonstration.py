"""Runs the demonstration's web server, worker and beat as one: they start together and end together.

`prepare()` comes before Django: the port, the environment, the signals. `Programs` starts the three under a keeper
(keeper.py) and waits. The keeper holds this process's servers too, so PostgreSQL and Redis outlive the three.
"""

import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import embedded

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_SECONDS = 90


def prepare(environ=os.environ):
    """Refuse at once what cannot work; make the demonstration's settings; end cleanly when told to."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    if environ.get("MAKELEVEL"):
        threading.Thread(target=follow_make, args=(os.getppid(),), daemon=True).start()
    port = environ["PORT"] = environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise embedded.CannotStart(f"PORT={port} is not a port number. Example: make demo PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except PermissionError:
            raise embedded.CannotStart(f"Port {port} is reserved. Choose another: make demo PORT=8000") from None
        except OSError:
            other = int(port) + 1 if int(port) < 65535 else 8000
            raise embedded.CannotStart(f"Port {port} is busy. Choose another: make demo PORT={other}") from None
    environ["CSE_DEMO"] = "1"
    environ.setdefault("MFA_REQUIRED", "0")


def follow_make(make):
    """End with the make that started us. It passes on SIGTERM only; for SIGINT it counts on the terminal, and of
    SIGKILL nobody is told. A make that was interrupted no longer catches SIGINT and waits for us."""
    caught = catches_interrupt(make)
    while os.getppid() == make and not (caught and not catches_interrupt(make)):
        time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGTERM)


def catches_interrupt(pid):
    try:
        mask = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return False
    return bool(mask and int(mask.group(1), 16) >> (signal.SIGINT - 1) & 1)


class Programs:
    """Web server, worker and beat, each with its log in var/log. As a context: stopped on the way out."""

    def __init__(self, environ=os.environ, var=embedded.VAR):
        self.environ, self.port = dict(environ), int(environ["PORT"])
        self.logs = var / "log"
        celery = ["-m", "celery", "-A", "cse_portal"]
        self.argv = {
            "web": ["-m", "gunicorn", "cse_portal.wsgi", "--bind", f"{HOST}:{self.port}", "--workers", "2", "--threads", "4",
                    "--preload", "--timeout", "120", "--graceful-timeout", "3", "--no-control-socket"],
            "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", str(var / "beat-schedule"), "--pidfile="],
        }  # fmt: skip

    def __enter__(self):
        spec = {"programs": [self.program(name, argv) for name, argv in self.argv.items()]}
        self.keeper = subprocess.Popen(
            [sys.executable, "-I", str(embedded.KEEPER), "demo", str(self.logs.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            pass_fds=embedded.held_locks(),
            text=True,
        )
        self.keeper.stdin.write(json.dumps(spec) + "\n")
        self.keeper.stdin.flush()
        return self

    def program(self, name, argv):
        log = self.logs / f"{name}.log"
        log.write_bytes(b"")
        return {
            "name": name,
            "argv": [sys.executable, *argv],
            "env": self.environ,
            "cwd": str(ROOT),
            "log": str(log),
            "stop": ["SIGTERM", "SIGKILL"],
        }

    def __exit__(self, *problem):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.keeper.stdin.close()
        self.keeper.wait()

    def until_answering(self):
        """Wait for the first page; CannotStart when it does not come."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.wait(0.1)
            connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse()
                return
            except OSError:
                pass
            finally:
                connection.close()
        raise embedded.CannotStart(f"The web server did not answer within {READY_SECONDS} s; see {self.logs}/web.log.")

    def wait(self, seconds=None):
        """Return after `seconds`; CannotStart when one of the three has ended."""
        if select.select([self.keeper.stdout], [], [], seconds)[0]:
            name = (self.keeper.stdout.readline().split() or ["keeper"])[0]
            log = self.logs / f"{name}.log"
            last = log.read_text(errors="replace").strip().splitlines()[-5:] if log.exists() else []
            raise embedded.CannotStart("\n  ".join([f"The {name} ended by itself; the end of {log}:", *last]))
