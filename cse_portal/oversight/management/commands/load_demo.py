"""Loads the demonstration: invented officers, cohorts, audits and accounts."""

from django.core.management.base import BaseCommand, CommandError

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.oversight import demo
from cse_portal.oversight.demo.loading import DEFAULT_OFFICERS, DEFAULT_SEED


class Command(BaseCommand):
    help = "Loads invented officers, two years of cohorts and audits, and one account per role, into an empty portal."

    def add_arguments(self, parser):
        parser.add_argument("--officers", type=int, default=DEFAULT_OFFICERS)
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument("--on", type=clock.parse_date, default=None, help="the day it is told on; today when left out")

    def handle(self, *, officers, seed, on, **options):
        if demo.loaded():
            self.stdout.write("There are officers or accounts already: nothing was loaded.")
        else:
            try:
                demo.load(officers, seed, on or clock.today(), say=self.stdout.write)
            except Refused as refusal:
                raise CommandError(str(refusal.message)) from refusal
        for account in demo.accounts():
            self.stdout.write(f"{account.role:<28}{account.email:<30}{account.password}")
