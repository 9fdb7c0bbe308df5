"""Loading the demonstration, once, in one transaction."""

import time

from django.db import connection, transaction

from centres.models import Officer, Organisation
from cse_portal.accounts.models import User
from cse_portal.lib.errors import Refused
from training.compliance import spans

from . import (
    answers,
    assessment,
    assurance,
    auditors,
    awards,
    calendar,
    cast,
    chronicle,
    corrections,
    delivery,
    fieldwork,
    framework,
    people,
    programme,
    recognition,
    register,
    returns,
    seats,
    selfassessment,
    standard,
    standing,
    structure,
    takebacks,
    upkeep,
)
from .world import World

DEFAULT_OFFICERS, DEFAULT_SEED = 20_000, 2026


def loaded():
    """Whether officers or accounts are there already."""
    return Officer.objects.exists() or User.objects.exists()


@transaction.atomic
def load(officers=DEFAULT_OFFICERS, seed=DEFAULT_SEED, on=None, say=lambda line: None):
    """Invents everything as of the day `on`. Refused where people are recorded already, or before `load_reference`."""
    if loaded():
        raise Refused(
            "There are officers or accounts already; the demonstration is loaded into an empty portal only.", code="not_empty"
        )
    if not Organisation.objects.exists():
        raise Refused("Run load_reference first: the demonstration needs the MDAs, centres and courses.", code="no_reference")
    world = World(officers, seed, on)
    started = time.monotonic()

    def step(what, make):
        begun = time.monotonic()
        result = make()
        say(f"{what:<28}{time.monotonic() - begun:6.1f} s")
        return result

    world.users = step("accounts", lambda: cast.make(world))
    step("officers and staff returns", lambda: people.make(world))
    step("transfers and leavers", lambda: upkeep.make(world))
    step("duplicates, a draft", lambda: structure.make(world))
    done = step("cohorts", lambda: delivery.make(world))
    step("marks of this week", lambda: register.make(world))
    done = sorted(done + step("auditors", lambda: auditors.qualify(world)), key=lambda row: row[3])
    step("certificates", lambda: awards.make(world, done))
    step("audits and certifications", lambda: assurance.make(world))
    step("standing of certifications", lambda: standing.make(world))
    step("findings answered", lambda: answers.make(world))
    step("the next edition", lambda: standard.make(world))
    step("engagements, calibration", lambda: auditors.make(world))
    step("programme, figures", lambda: programme.make(world))
    step("waivers, prior training", lambda: recognition.make(world))
    step("courses", lambda: framework.make(world))
    step("compliance", lambda: spans.rebuild(recorded_in_time=True))
    step("seats", lambda: seats.make(world))
    step("a cohort that is not held", lambda: calendar.make(world))
    step("evaluations, an appeal", lambda: assessment.make(world))
    step("acts on certificates", lambda: takebacks.make(world, seats.scope_of))
    step("corrections of records", lambda: corrections.make(world))
    step("a rating of two auditors", lambda: fieldwork.make(world, seats.scope_of))
    step("targets and returns", lambda: returns.make(world))
    step("self-assessments", lambda: selfassessment.make(world))
    step("the record of audits", chronicle.tell)
    step("statistics of the tables", _analyse)
    say(f"{'all':<28}{time.monotonic() - started:6.1f} s")
    return world


def _analyse():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
