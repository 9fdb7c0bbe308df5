"""Doors of the worker."""

from celery import shared_task

from . import services


@shared_task
def deliver():
    """Sends what is due; safe to run twice and side by side."""
    return services.deliver() if services.waiting() else 0
