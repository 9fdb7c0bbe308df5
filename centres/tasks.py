"""Deferred work of centres: reading staff files and taking in large ones, releasing transfers."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from centres import imports
from centres.access import Scope
from centres.services import numbers, reorganisations, rosters, taking_in, transfers
from cse_portal.lib import clock

log = logging.getLogger(__name__)


def hand_over(task, roster_id):
    """Hands the file to the worker at once. Where that fails, beat finds it: the waiting roster is the order."""
    try:
        task.delay(roster_id)
    except OperationalError:
        log.exception("The broker does not answer; roster %s waits.", roster_id)


@shared_task
def read_roster(roster_id):
    imports.read_roster(roster_id)


@shared_task
def apply_roster(roster_id):
    taking_in.apply_confirmed(roster_id)


@shared_task
def read_waiting_rosters():
    """Files whose task was lost, or whose worker died."""
    for roster_id in rosters.waiting_ids():
        imports.read_roster(roster_id)
    for roster_id in taking_in.confirmed_ids():
        taking_in.apply_confirmed(roster_id)


@shared_task
def settle_reorganisations():
    """Reorganisations whose day has come; a missed night is caught up."""
    return reorganisations.settle_due(Scope.system_task("night"), clock.today())


@shared_task
def release_transfers():
    """The night's work on transfers and personal numbers; a missed night is caught up."""
    night, today = Scope.system_task("night"), clock.today()
    transfers.release(night, today)
    numbers.settle(night, today)
