"""Doors of the worker."""

from celery import shared_task

from .services import reports


@shared_task
def draw_reports():
    """Draws the reports that were issued; safe to run twice and side by side."""
    return reports.draw_waiting()
