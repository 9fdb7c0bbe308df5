"""Loads the reference files of every app."""

from django.core.management.base import BaseCommand
from django.db import transaction

from centres.access import Scope
from centres.services import reference as places
from standards.services import editions
from training.services import reference as framework


class Command(BaseCommand):
    help = (
        "Loads or corrects the reference data: counties, MDAs, centres, services, cadres, job groups, courses, the draft edition."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        actor = Scope.system_task("load_reference")
        done = places.load(actor) | framework.load(actor) | {"draft edition": editions.load_draft(actor)}
        self.stdout.write(f"{'':<18}{'created':>9}{'changed':>9}{'unchanged':>11}")
        for name, count in done.items():
            self.stdout.write(f"{name:<18}{count[0]:>9}{count[1]:>9}{count[2]:>11}")
