"""The worker's entry and beat's timetable (Africa/Nairobi)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")
app = Celery("cse_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "deliver notices": {"task": "cse_portal.notices.tasks.deliver", "schedule": 10.0},
    "seal the trail": {"task": "cse_portal.activity.tasks.seal", "schedule": 60.0},
    "draw certificates": {"task": "training.tasks.draw_certificates", "schedule": 30.0},
    "read waiting staff files": {"task": "centres.tasks.read_waiting_rosters", "schedule": 30.0},
    "remind of training due": {"task": "training.tasks.remind", "schedule": crontab(hour=5, minute=0)},
}
