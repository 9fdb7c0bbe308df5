"""`manage.py api_token EMAIL [--role ROLE]`: prints a bearer token of the API, once."""

from django.core.management.base import BaseCommand, CommandError

from centres.access import Scope
from centres.models import Role
from centres.services import people, tokens
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused


class Command(BaseCommand):
    help = "Makes an API token that acts under a role of that person, and prints it once."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.values, help="needed when the person holds several")
        parser.add_argument("--days", type=int, default=90, help="how long it works (90)")
        parser.add_argument("--name", default="made on the server", help="what it is for")

    def handle(self, email, role, days, name, **options):
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        held = people.hats(user, clock.today())
        fitting = [hat for hat in held if role is None or hat.role == role]
        if len(fitting) != 1:
            roles = ", ".join(sorted({hat.role for hat in held})) or "none"
            raise CommandError(f"{email} holds these roles: {roles}. Name one with --role.")
        try:
            _token, secret = tokens.make(Scope.system_task("api_token"), membership=fitting[0], name=name, days=days)
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from None
        self.stdout.write(secret)
