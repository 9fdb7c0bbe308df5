"""Doors of the worker."""

from celery import shared_task

from centres.access import Scope
from cse_portal.lib import clock

from .services import overdue, reports


@shared_task
def draw_reports():
    """Draws the reports that were issued; safe to run twice and side by side."""
    return reports.draw_waiting()


@shared_task
def keep_finding_clocks():
    """Silence, the ladder of what is overdue, final limits, reminders: whatever fell due since it last ran."""
    return overdue.run(Scope.system_task("findings"), clock.today())
