"""Verifies the trail; exit code 1 on any difference."""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from cse_portal.activity import seals

SHOWN = 50
FAULTS = {
    "changed": "Changed rows",
    "missing": "Missing rows",
    "foreign": "Rows under a seal that does not cover them",
    "broken": "Seals that do not fit the chain",
}


class Command(BaseCommand):
    help = "Recomputes every seal of the trail; lists changed and missing rows and the rows not yet sealed."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args, **options):
        found = seals.verify()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found) | {"sound": found.sound}, cls=DjangoJSONEncoder))
        else:
            self.tell(found)
        if not found.sound:
            raise SystemExit(1)

    def tell(self, found):
        self.stdout.write(f"{found.seals:,} seals over {found.rows:,} rows.")
        for name, words in FAULTS.items():
            if ids := getattr(found, name):
                more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
                self.stdout.write(self.style.ERROR(f"{words} ({len(ids):,}): {', '.join(map(str, ids[:SHOWN]))}{more}"))
        since = f", since {timezone.localtime(found.unsealed_since):%d %b %Y %H:%M}" if found.unsealed_since else ""
        self.stdout.write(f"{found.unsealed:,} rows not yet sealed{since}.")
        if found.head:
            self.stdout.write(f"Last seal: {found.head}")
        self.stdout.write(
            self.style.SUCCESS("The trail is as it was written.") if found.sound else self.style.ERROR("The trail was altered.")
        )
