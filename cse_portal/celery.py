"""The worker's entry and beat's timetable (Africa/Nairobi)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")
app = Celery("cse_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds, task):
    """A run that no worker took before the next is due is dropped: a worker that was away finds one run, not hundreds."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "deliver notices": every(10, "cse_portal.notices.tasks.deliver"),
    "seal the trail": every(60, "cse_portal.activity.tasks.seal"),
    "draw certificates": every(30, "training.tasks.draw_certificates"),
    "draw certifications": every(30, "standards.tasks.draw_certifications"),
    "keep the standing of certifications": {"task": "standards.tasks.keep_standing", "schedule": crontab(hour="0,6", minute=10)},
    "draw reports of audits": every(30, "standards.tasks.draw_reports"),
    "go on with rule changes": every(30, "training.tasks.continue_rule_changes"),
    "settle seats": every(180, "training.tasks.settle_seats"),
    "read waiting staff files": every(30, "centres.tasks.read_waiting_rosters"),
    "settle reorganisations": {"task": "centres.tasks.settle_reorganisations", "schedule": crontab(hour=0, minute=5)},
    "release transfers": {"task": "centres.tasks.release_transfers", "schedule": crontab(hour=0, minute=20)},
    "quarterly returns": {"task": "cse_portal.oversight.tasks.quarterly_returns", "schedule": crontab(hour=5, minute=15)},
    # Once a week to each reader, whose key names the week; every morning, so that a missed Monday is caught up.
    "figures of the week": {"task": "cse_portal.oversight.tasks.figures_digest", "schedule": crontab(hour=6, minute=0)},
    "compliance ledger": {"task": "training.tasks.keep_ledger", "schedule": crontab(hour=1, minute=30)},
    "ask how a course was": {"task": "training.tasks.invite_to_evaluate", "schedule": crontab(hour="12,17,20", minute=10)},
    "remind of go or no go": {"task": "training.tasks.remind_of_decisions", "schedule": crontab(hour=5, minute=30)},
    "clocks of findings": {"task": "standards.tasks.keep_finding_clocks", "schedule": crontab(hour=4, minute=30)},
    "remind of self-assessments": {"task": "standards.tasks.remind_of_self_assessments", "schedule": crontab(hour=5, minute=45)},
    "remind of training due": {"task": "training.tasks.remind", "schedule": crontab(hour=5, minute=0)},
}
