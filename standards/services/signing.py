"""What of a certification is signed, with the key of the training certificates."""

from training import certificates
from training.services import awards


def sign(certification, edition):
    """(key row, signed payload) in the format of a certificate of training; the version field carries the stars."""
    row, secret = awards.signing_key(certification.issued_on)
    return row, certificates.sign(facts(certification, edition, row.kid), secret)


def facts(certification, edition, kid):
    """What is printed and signed."""
    return certificates.Facts(
        number=certification.number, code=certification.code, holder=certification.holder, course_code="HSEQS", course_title=str(edition),
        version=certification.stars, issued_on=certification.issued_on, expires_on=certification.expires_on, kid=kid,
    )  # fmt: skip
