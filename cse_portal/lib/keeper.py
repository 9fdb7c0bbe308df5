"""Keeps a few programs running for as long as somebody wants them, and then stops them all.

Run by file path as a process of its own (`python -I keeper.py NAME FOLDER`: named for whoever lists processes), standard
library only. It reads one line of JSON from standard input. Interest is held through the kernel, which lets go of it
however a process ends, SIGKILL included; a process id would prove nothing.

    {"lock": path or null,      wanted while anybody holds a shared lock on this file; null: while standard input is open
     "alive": path or null,     an exclusive lock on this file is held while this keeper lives
     "programs": [{"name", "argv", "env", "cwd", "log", "uid": int|null, "gid", "input": text, "stop": ["SIGINT", …]}]}

Each program is the leader of a process group of its own. It gets its first stop signal also when this keeper dies.
"""

import ctypes
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
STEP = 0.25  # seconds between two looks
PATIENCE = 4.0  # seconds a program gets for each of its stop signals


def follow(parent, number):
    """Ask the kernel for signal `number` when process `parent` dies (Linux; elsewhere a no-op)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), number)


class Program:
    """One child: started, looked at, stopped with everything in its group."""

    def __init__(self, spec):
        self.name = spec["name"]
        self.signals = [signal.Signals[name] for name in spec["stop"]]
        keeper = os.getpid()
        identity = {}
        if spec.get("uid") is not None:
            identity = {"user": spec["uid"], "group": spec["gid"], "extra_groups": []}
        with open(spec["log"], "ab") as log:
            self.process = subprocess.Popen(
                spec["argv"],
                env=spec["env"],
                cwd=spec["cwd"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # After the change of user: the kernel forgets the request when a process changes its user.
                preexec_fn=lambda: follow(keeper, self.signals[0]),
                **identity,
            )
        try:
            self.process.stdin.write(spec.get("input", "").encode())
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def ended(self):
        return self.process.poll() is not None

    def signal(self, number):
        try:
            self.process.send_signal(number)
        except ProcessLookupError:
            pass

    def sweep(self):
        """Kill what is left of the group: children that outlived their parent."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def stop(programs):
    for step in range(max(len(program.signals) for program in programs)):
        running = [program for program in programs if not program.ended()]
        for program in running:
            program.signal(program.signals[min(step, len(program.signals) - 1)])
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not all(program.ended() for program in running):
            time.sleep(0.02)
    for program in programs:
        program.sweep()


def locked(handle):
    """Take the exclusive lock if nobody else holds the file."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def detach(log):
    """Go on as a child of nobody, so that whoever asked need not wait for us."""
    if os.fork():
        os._exit(0)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    for number in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), number)


def main():
    spec = json.loads(sys.stdin.readline())
    # In this order: when we die the kernel lets go of `alive` first, so whoever then gets `lock` finds no keeper.
    alive = open(spec["alive"], "a") if spec.get("alive") else None
    lock = open(spec["lock"], "a") if spec.get("lock") else None
    if alive and not locked(alive):
        sys.exit(3)
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if lock:
        detach(spec["programs"][0]["log"])

    programs, code = [], 0
    try:
        for program in spec["programs"]:
            programs.append(Program(program))
        while not stopping:
            dead = [program for program in programs if program.ended()]
            for program in dead:
                code = 1
                if not lock:
                    print(program.name, program.process.returncode, flush=True)
            if dead:
                break
            if lock:
                if locked(lock):
                    break
                time.sleep(STEP)
            elif select.select([sys.stdin], [], [], STEP)[0]:
                break  # nothing more is ever sent: the other end is closed
    finally:
        if programs:
            stop(programs)
    if alive:
        alive.close()
    sys.exit(code)


if __name__ == "__main__":
    main()
