"""Doors of the worker."""

from celery import shared_task

from centres.access import Scope
from cse_portal.lib import clock

from .services import awards, reminders


@shared_task
def draw_certificates():
    """Draws what waits; safe to run twice and side by side."""
    return awards.draw_waiting()


@shared_task
def remind():
    """The night's reminders of training due; a missed night is caught up."""
    return reminders.remind(Scope.system_task("night"), clock.today())
