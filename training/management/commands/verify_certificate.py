"""verify_certificate FILE|CODE: is the certificate genuine, and what is its state on record?"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cse_portal.lib import clock
from training import certificates
from training.services import awards


class Command(BaseCommand):
    help = "Checks a certificate: its PDF, a text that holds the address of its QR code, that address itself, or its code."

    def add_arguments(self, parser):
        parser.add_argument("what", metavar="FILE|CODE")

    def handle(self, what, **options):
        path = Path(what)
        try:
            raw = path.read_bytes() if len(what) < 250 and path.is_file() else what.encode()
        except OSError as error:
            raise CommandError(f"{what}: {error.strerror}") from error
        found = awards.check_pdf(raw) if raw.startswith(b"%PDF") else None
        code, payload = certificates.found_in(raw) or (None, "")
        if code is None:
            if path.suffix or raw != what.encode():
                raise CommandError("No certificate address found in it.")
            code = awards.check(what)[0]
        if payload:
            try:
                said = certificates.verify(payload, awards.find_key)
            except certificates.Forged:
                raise CommandError("FORGED: the signature is not ours, or something was changed after signing.") from None
            if said.code != code:
                raise CommandError("FORGED: the address belongs to another certificate than the one signed.")
            self.stdout.write("Signature: good")
            self.stdout.write(f"Signed for: {said.holder}, {said.course_title} ({said.course_code})")
            self.stdout.write(f"Number {said.number}, issued {said.issued_on}, expires {said.expires_on or 'never'}")
        kind, certificate = awards.on_record(code)
        if certificate is None:
            raise CommandError(f"{code}: not on record.")
        if found:
            self.compare(found)
        state = kind.state(certificate, clock.today())
        self.stdout.write(f"On record: {certificate.number}, {certificate.holder}, {kind.title(certificate)}")
        since = f" since {certificate.state_on}" if certificate.state_on and state != "expired" else ""
        reason = f" ({certificate.state_reason})" if certificate.state_reason and state != "valid" else ""
        self.stdout.write(f"State: {state}{since}{reason}")
        if state != "valid":
            raise CommandError(f"{certificate.number} is {state}.", returncode=2)

    def compare(self, found):
        """Says how the file differs from the document that was issued; a changed text is an error."""
        if found.verdict == "differs":
            for issued, held in found.differences:
                self.stdout.write(f"Issued: {issued or '-'}\nIn the file: {held or '-'}")
            raise CommandError("ALTERED: the text of the file is not the text that was issued.")
        same = found.verdict == "same"
        self.stdout.write("File: as issued" if same else "File: the text is as issued, the file is not byte for byte")
