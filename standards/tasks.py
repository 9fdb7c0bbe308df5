"""Doors of the worker."""

from celery import shared_task

from centres.access import Scope
from cse_portal.lib import clock

from .services import drawing, overdue, reports, selfassessment, standing_clock


@shared_task
def draw_reports():
    """Draws the reports that were issued; safe to run twice and side by side."""
    return reports.draw_waiting()


@shared_task
def keep_finding_clocks():
    """Silence, the ladder of what is overdue, final limits, reminders: whatever fell due since it last ran."""
    return overdue.run(Scope.system_task("findings"), clock.today())


@shared_task
def remind_of_self_assessments():
    """A week before the last day and the day after it; one notice a person and reason."""
    return selfassessment.remind(clock.today())


@shared_task
def draw_certifications():
    """Draws the certificates of certifications that wait; safe to run twice and side by side."""
    return drawing.draw_waiting()


@shared_task
def keep_standing():
    """Certifications that expire, suspensions that end, surveillance that was missed, reminders; missed nights are caught up."""
    standing_clock.keep(Scope.system_task("night"), clock.today())
