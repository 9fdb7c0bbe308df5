"""Deferred work of centres: reading staff files."""

from celery import shared_task

from centres.services import rosters


@shared_task
def read_roster(roster_id):
    rosters.read(roster_id)


@shared_task
def read_waiting_rosters():
    """Files whose task was lost, or whose reader died."""
    for roster_id in rosters.waiting_ids():
        rosters.read(roster_id)
