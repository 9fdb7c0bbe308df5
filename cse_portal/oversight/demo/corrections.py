"""Invented requests of officers to have their own record put right: one that waits, one that was made."""

import base64

from django.core.files.base import ContentFile

from training.services import corrections

from .seats import scope_of

# One white dot: the picture of a card that nobody has.
CARD = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=")


def make(world):
    """The learner who signs in asked for a phone number, which was put right, and asks now for the right spelling of the name."""
    if not world.learner:
        return
    own = scope_of(world, "learner@demo.example")
    phone = corrections.ask(own, values={"phone": "+254712000345"}, reason="I have a new number.")
    corrections.make(scope_of(world, "hr@demo.example"), request=phone, reason="Called and confirmed.")
    card = ContentFile(CARD, name="card.png")
    corrections.ask(
        own, values={"surname": "Kamau-Njoroge"}, reason="I married; my national ID shows the new surname.", evidence=card
    )
