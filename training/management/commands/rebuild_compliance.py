"""manage.py rebuild_compliance: spans and figures made anew from the facts; with --verify only compared."""

from django.core.management.base import BaseCommand, CommandError

from centres.access import Scope
from training.compliance import spans, verify
from training.services import ledger_keeping


class Command(BaseCommand):
    help = "Recomputes the compliance of every officer and builds the checkpoints. --verify compares ledger, spans and the rule, changes nothing, and fails on any difference."

    def add_arguments(self, parser):
        parser.add_argument("--verify", action="store_true", help="only compare; administrators are told of any difference")
        parser.add_argument("--sample", type=int, default=verify.SAMPLE, help="officers whose spans are compared one by one")

    def handle(self, *, verify, sample, **options):
        actor = Scope.system_task("rebuild_compliance")
        if not verify:
            changed = spans.rebuild(progress=lambda done: self.stdout.write(f"{done} officers", ending="\r"))
            netted, checkpoints = ledger_keeping.tidy(actor)
            self.stdout.write(f"{changed} spans changed, {netted} rows netted, {checkpoints} checkpoints.")
        found = ledger_keeping.compare(actor, sample=sample)
        for what, examples in found:
            self.stderr.write(f"{what}: {examples}")
        if found:
            raise CommandError("Ledger, spans and the rule do not agree.")
        self.stdout.write("Ledger, spans and the rule agree.")
