"""Doors of the worker."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from centres.access import Scope
from cse_portal.lib import clock

from .services import approval_notices, awards, decisions_due, evaluation, ledger_keeping, reminders, requirements, waiting


@shared_task
def draw_certificates():
    """Draws what waits; safe to run twice and side by side."""
    return awards.draw_waiting()


@shared_task
def keep_ledger():
    """Nets the compliance ledger, builds its checkpoints, and compares it with the facts."""
    actor = Scope.system_task("night")
    ledger_keeping.tidy(actor)
    ledger_keeping.compare(actor)


@shared_task
def invite_to_evaluate():
    """Those who attended say how it was, from the last day on."""
    return evaluation.invite_all(clock.today())


@shared_task
def remind():
    """The night's reminders of training due; a missed night is caught up."""
    return reminders.remind(Scope.system_task("night"), clock.today())


@shared_task
def settle_seats():
    """What is due on seats is released or lapses, what is free is offered; approvers are told, a day's digest once."""
    waiting.settle_due(clock.now())
    approval_notices.escalate(clock.now())
    approval_notices.remind(clock.now())


@shared_task
def remind_of_decisions():
    """Go or no go that is due within a week; a missed day is caught up."""
    return decisions_due.remind(Scope.system_task("night"), clock.today())


@shared_task
def apply_rule_change(change_id):
    """The statuses of those concerned follow a change of the rules; a job left by a dead worker goes on where it stopped."""
    requirements.apply(change_id)


@shared_task
def count_rule_change(change_id):
    """The exact effect of a draft."""
    requirements.count_exactly(change_id)


@shared_task
def continue_rule_changes():
    """Those whose task was lost, or whose worker died."""
    applying, counting = requirements.waiting()
    for pk in applying:
        requirements.apply(pk)
    for pk in counting:
        requirements.count_exactly(pk)


def soon(task, *arguments):
    """Hands work to a worker once the transaction is done. Where the broker does not answer, beat finds it: the row is the order."""

    def send():
        try:
            task.delay(*arguments)
        except OperationalError:
            logging.getLogger(__name__).exception("The broker does not answer; %s%s waits.", task.name, arguments)

    transaction.on_commit(send)
