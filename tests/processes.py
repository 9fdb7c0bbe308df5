"""Processes of their own beside a test: on the test's database, its Redis database and its files."""

import os
import subprocess
import sys
from urllib.parse import quote

from django.conf import settings
from django.db import connection

# A process counts what its parent held when it was forked; so a small one starts the one that is measured.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def environment(**more):
    """The settings of such a process. Redis is named too: tests side by side have one database of it each."""
    user, password, host, name = (quote(connection.settings_dict[key], safe="") for key in ("USER", "PASSWORD", "HOST", "NAME"))
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}:{password}@{host}:{connection.settings_dict['PORT'] or 5432}/{name}",
        "REDIS_URL": settings.REDIS_URL,
        "STORAGE_ROOT": str(settings.MEDIA_ROOT),
        "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
        "DEBUG": "1",
        **more,
    }


def measured(*arguments, **more):
    """(the ended process, its peak memory in MB) of manage.py with these arguments."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    process = subprocess.run([sys.executable, "-c", MEASURED, *command], env=environment(**more), capture_output=True, text=True)
    return process, int(process.stderr.split()[-1]) / 1024
