"""Where a clone keeps its servers' things, and as which system user the servers run. Standard library only."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

OUTSIDE = Path("/var/lib/cse-portal-demo")  # for root, where the clone is closed to the servers' user
PLAIN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}  # what the servers' environment is


class CannotStart(SystemExit):
    """Ends the command with one sentence instead of a traceback."""


def private(path, text):
    """Write a file that only its owner reads."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)


def remembered(path, make):
    """The secret kept in `path`; made the first time, whole or not at all."""
    if not path.exists():
        half = path.with_name(f"{path.name}.{os.getpid()}")
        private(half, make())
        with contextlib.suppress(FileExistsError):  # another command was quicker
            os.link(half, path)
        half.unlink()
    return path.read_text().strip()


def only_user(handle):
    """Take the exclusive lock; False where somebody else holds the file."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Place:
    """Where this clone's servers live, and as which system user they run (None: as the one who asks)."""

    def __init__(self, var):
        self.var = Path(var).resolve()
        try:
            (self.var / "log").mkdir(parents=True, exist_ok=True)
            (self.var / ".owner").touch()
        except PermissionError:
            owner = pwd.getpwuid(self.var.stat().st_uid).pw_name
            raise CannotStart(
                f"{self.var} belongs to {owner}: run the command as {owner}, or remove that folder first."
            ) from None
        self.user, self.home = None, self.var
        if os.geteuid() == 0:
            outside = OUTSIDE / hashlib.sha256(str(self.var).encode()).hexdigest()[:12]
            data = next((home / "postgres" for home in (outside, self.var) if (home / "postgres").exists()), None)
            owner = data.stat().st_uid if data else 0
            self.user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
            if outside.exists() or not self.opens(self.var):
                self.home = outside
                for folder in (OUTSIDE, outside):
                    folder.mkdir(parents=True, exist_ok=True)
                    folder.chmod(0o755)

    def identity(self):
        """Keywords that make subprocess run as the servers' user."""
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def run(self, *argv, text=""):
        """Run to the end as the servers' user, with `text` for standard input; CompletedProcess, output as text."""
        return subprocess.run(
            [str(part) for part in argv], input=text, env=PLAIN, cwd="/", capture_output=True, text=True, **self.identity()
        )

    def opens(self, folder):
        return self.run("/bin/sh", "-c", 'cd "$0"', folder).returncode == 0

    def programs_within_reach(self, name, site, parts):
        """`site`, or where the servers' user cannot read it, a copy of its `parts` that it can."""
        if self.opens(site / parts[0]):
            return site
        copy = OUTSIDE / "programs" / name
        if not copy.exists():
            half = copy.with_name(f"{name}.{os.getpid()}")
            for part in parts:
                shutil.copytree(site / part, half / part)
            for folder in (OUTSIDE, OUTSIDE / "programs", half, *half.rglob("*")):
                if folder.is_dir():
                    folder.chmod(0o755)
            with contextlib.suppress(OSError):  # another command was quicker
                half.rename(copy)
            shutil.rmtree(half, ignore_errors=True)
        return copy

    def folder(self, name):
        """An own folder of the servers' user."""
        path = self.home / name
        path.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path
