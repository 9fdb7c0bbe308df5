"""For those who run the portal: is it up, is it ready, how much waits."""

import ipaddress

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from centres.models import Roster
from cse_portal.activity.models import Entry
from cse_portal.notices.models import Notice
from training.models import Certificate

_migrated = False


@never_cache
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request):
    """Database, its schema and Redis: 200 when all are in order, else 503."""
    checks = {"database": _tried(_database), "migrations": _tried(_migrations), "redis": _tried(_redis)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _tried(check):
    try:
        return bool(check())
    except Exception:
        return False


def _database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _migrations():
    """Asked until the answer is yes; a running process does not lose its migrations."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _redis():
    cache.set("readyz", 1, 10)
    return cache.get("readyz") == 1


@never_cache
def metrics(request):
    """Counts in Prometheus's text form, to neighbours only: a private address that came through no proxy."""
    through_proxy = any(name in request.headers for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"))
    if through_proxy or not _is_near(request.META.get("REMOTE_ADDR", "")):
        raise Http404
    lines = []
    for name, (words, value) in _measures().items():
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge", f"{name} {value}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_near(address):
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def _measures():
    """{name: (help, value)}."""
    unsealed = Entry.objects.filter(seal=None)
    oldest = unsealed.order_by("id").values_list("at", flat=True).first()
    waiting = Notice.objects.filter(state__in=[Notice.State.QUEUED, Notice.State.SENDING])
    first = waiting.order_by("id").values_list("queued_at", flat=True).first()
    rosters = Roster.objects.filter(state__in=[Roster.State.RECEIVED, Roster.State.READING, Roster.State.APPLYING])
    return {
        "cse_notices_waiting": ("Notices queued or being sent.", waiting.count()),
        "cse_notices_waiting_seconds": ("Age of the oldest of them.", _age(first)),
        "cse_notices_failed": ("Notices given up.", Notice.objects.filter(state=Notice.State.FAILED).count()),
        "cse_trail_unsealed": ("Rows of the trail not yet sealed.", unsealed.count()),
        "cse_trail_unsealed_seconds": ("Age of the oldest of them.", _age(oldest)),
        "cse_certificates_undrawn": ("Certificates without a document.", Certificate.objects.filter(drawn_at=None).count()),
        "cse_rosters_waiting": ("Staff files in the worker's hands or waiting for it.", rosters.count()),
    }


def _age(instant):
    return round((timezone.now() - instant).total_seconds()) if instant else 0
