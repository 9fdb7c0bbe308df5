"""manage.py import_roster FILE: what a staff file would do to the register, and with --apply, do it."""

import json
from pathlib import Path

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from centres import imports
from centres.access import Scope
from centres.models import Organisation, Roster, RosterRow
from centres.services import rosters, taking_in
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused


class Command(BaseCommand):
    help = "Previews a staff file (CSV or XLSX); --apply takes its accepted rows into the register. See docs/staff-file.md."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", metavar="CODE", help="the MDA that files; the file may name it and those under it")
        parser.add_argument(
            "--as-at", type=clock.parse_date, metavar="DATE", help="day that the return describes; today if left out"
        )
        parser.add_argument("--apply", action="store_true", help="take the accepted rows in")
        parser.add_argument("--json", action="store_true", help="print the counts and the rejected rows as JSON")

    def handle(self, *, file, organisation, as_at, apply, json, **options):
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        mda = Organisation.objects.filter(code=organisation).first() if organisation else None
        if organisation and mda is None:
            raise CommandError(f"No MDA has the code {organisation}.")
        actor = Scope.system_task("import_roster")
        roster = None
        try:
            # Without --apply nothing stays behind: not the rows, not the file.
            with transaction.atomic():
                with file.open("rb") as opened:
                    roster = rosters.receive(
                        actor, file=File(opened, file.name), file_name=file.name, as_at=as_at or actor.today, organisation=mda
                    )
                imports.read_roster(roster.pk)
                roster.refresh_from_db()
                if roster.state == Roster.State.FAILED:
                    raise Refused(roster.problem)
                if apply:
                    roster = taking_in.apply(actor, roster=roster)
                answer = self.answer(roster)
                transaction.set_rollback(not apply)
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        finally:
            if roster and not Roster.objects.filter(pk=roster.pk).exists():
                roster.file.delete(save=False)
        self.show(answer, apply, json)

    def answer(self, roster):
        found = roster.lines.filter(outcome=RosterRow.Outcome.REJECTED).values_list("line", "problems")
        rejected = [
            {"row": line} | {key: problem[key] for key in ("column", "value", "code", "remedy")}
            for line, problems in found.iterator(chunk_size=2000)
            for problem in problems[:1]
        ]
        counts = {name: getattr(roster, name) for name in ("rows", "created", "changed", "unchanged")}
        return counts | {"rejected": rejected} | ({"transfers": roster.transfer} if roster.transfer else {})

    def show(self, answer, applied, as_json):
        if as_json:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        for row in answer["rejected"]:
            self.stdout.write(
                f"Row {row['row']}, {row['column'] or 'whole row'}: {row['value']!r} {row['code']}. {row['remedy']}"
            )
        verb = "Applied" if applied else "Preview"
        counts = ", ".join(f"{answer[name]} {name}" for name in ("created", "changed", "unchanged"))
        if "transfers" in answer:
            counts += f", {answer['transfers']} transfer requests"
        self.stdout.write(f"{verb}: {answer['rows']} rows; {counts}, {len(answer['rejected'])} rejected.")
