"""`manage.py invite_administrator EMAIL NAME`: the first person of a new portal, who invites all others by page."""

from django.core.management.base import BaseCommand, CommandError

from centres.access import Scope
from centres.models import Role
from centres.services import people
from cse_portal.accounts.links import set_password_url
from cse_portal.lib.errors import Refused


class Command(BaseCommand):
    help = "Makes an administrator and prints the link, good for a week, where that person sets a password."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *, email, name, **options):
        try:
            hat = people.invite(Scope.system_task("invite_administrator"), email=email, name=name, role=Role.ADMINISTRATOR)
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(f"{hat.user.name or hat.user.email} is an administrator. To set a password:")
        self.stdout.write(set_password_url(hat.user))
