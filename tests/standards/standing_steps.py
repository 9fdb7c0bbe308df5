"""What happens to a certification, through the services."""

from standards.services import standing

from .steps import hat_of, scope


def keeper():
    return hat_of("secretariat", "standing@huduma.example", "Janet Wekesa")


def chair():
    """Of the panel, without a part in any audit of the tests."""
    return hat_of("panel", "fifth@panel.example", "Omar Abdalla")


def asked(certification, kind="suspend", ground="overdue_major", reason="NC-01 is open after its limit.", sites=(), by=None):
    return standing.ask(scope(by or keeper()), certification, kind=kind, ground=ground, reason=reason, sites=sites)


def acted(certification, kind="suspend", ground="overdue_major", sites=()):
    """Asked by the secretariat and granted by the panel; the certification as it stands now."""
    act = asked(certification, kind, ground, sites=sites)
    standing.decide(scope(chair()), act, grant=True, reason="The file shows it.")
    certification.refresh_from_db()
    return certification
