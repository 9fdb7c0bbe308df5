"""signing_key list | new | retire KID: the keys that sign certificates."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from centres.access import Scope
from cse_portal.lib.errors import Refused
from training import certificates
from training.models import Certificate, SigningKey
from training.services import awards


class Command(BaseCommand):
    help = "Lists the keys that sign certificates, makes the text of a new one, or retires one. Steps: docs/operations.md."

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="every key: since when, until when, how many certificates it signed")
        acts.add_parser("new", help="prints a new SIGNING_KEY; nothing is stored")
        acts.add_parser("retire", help="from today the key signs nothing; what it signed still verifies").add_argument("kid")

    def handle(self, act, **options):
        getattr(self, act)(**options)

    def list(self, **options):
        now = certificates.public_text(certificates.private_key(settings.SIGNING_KEY))[0]
        known = SigningKey.objects.order_by("first_used_on", "pk")
        for key in known:
            state = (
                f"retired {key.retired_on}" if key.retired_on else "signs now" if key.kid == now else "signs no more, not retired"
            )
            signed = Certificate.objects.filter(key=key).count()
            self.stdout.write(f"{key.kid}  since {key.first_used_on}  {signed} certificates  {state}")
        if now not in {key.kid for key in known}:
            self.stdout.write(f"{now}  of the settings, has signed nothing yet")

    def new(self, **options):
        secret = certificates.new_key()
        kid = certificates.public_text(certificates.private_key(secret))[0]
        self.stdout.write(secret)
        self.stderr.write(f"Key {kid}. Keep the line above where secrets are kept, and nowhere else.")

    def retire(self, kid, **options):
        try:
            row = awards.retire_key(Scope.system_task("signing_key"), kid=kid)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{row.kid}: retired {row.retired_on}.")
