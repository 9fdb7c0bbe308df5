"""One command for a newcomer: servers, data, web, worker and beat; Ctrl-C ends all of it."""

import io
import json
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cse_portal.lib import demonstration
from cse_portal.oversight.demo import accounts


class Command(BaseCommand):
    help = "Runs the portal with invented data on http://127.0.0.1:$PORT (8000). Ctrl-C stops everything."
    requires_system_checks = []

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("Run it as `manage.py demo`.")
        self.step("Bringing the database up to date")
        call_command("migrate", verbosity=0, interactive=False)
        self.step("Loading the reference data")
        call_command("load_reference", stdout=io.StringIO())
        self.step("Loading the demonstration (once)")
        call_command("load_demo", stdout=io.StringIO())
        self.collect_static()
        self.step("Starting web server, worker and beat")
        with demonstration.Programs() as programs:
            programs.until_answering()
            self.welcome()
            programs.wait()

    def step(self, sentence):
        self.stdout.write(f"{sentence} …")
        self.stdout.flush()

    def collect_static(self):
        """Only when a file is newer than the last collection, or the set of files has changed."""
        names, newest = [], 0
        for finder in get_finders():
            for path, storage in finder.list([]):
                names.append(path)
                newest = max(newest, os.stat(storage.path(path)).st_mtime)
        stamp = Path(settings.STATIC_ROOT).with_name("static.collected")
        state = json.dumps([newest, sorted(names)])
        if stamp.exists() and stamp.read_text() == state:
            return
        self.step("Collecting stylesheets, scripts and pictures")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(state)

    def welcome(self):
        rows = [tuple(account) for account in accounts()]
        width = max((len(role) for role, *_ in rows), default=0)
        mail = max((len(email) for _, email, _ in rows), default=0)
        self.stdout.write(f"\nThe portal is at http://127.0.0.1:{os.environ['PORT']}/ with invented data. Sign in as:\n\n")
        for role, email, password in rows:
            self.stdout.write(f"  {role:<{width}}  {email:<{mail}}  {password}")
        self.stdout.write(f"\nLogs are in {demonstration.embedded.VAR / 'log'}. Ctrl-C stops everything.")
        self.stdout.flush()
