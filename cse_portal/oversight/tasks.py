"""Doors of the worker."""

from celery import shared_task

from centres.access import Scope
from cse_portal.lib import clock

from .services import digest, return_reminders, returns


@shared_task
def quarterly_returns():
    """The night's returns: those of a quarter that has ended are opened, those wanting are reminded of; missed nights are caught up."""
    night, today = Scope.system_task("night"), clock.today()
    return returns.open_ended(night, today), return_reminders.remind(night, today)


@shared_task
def figures_digest():
    """The week's figures by mail; run twice it sends once."""
    return digest.send(Scope.system_task("week"), clock.today())
