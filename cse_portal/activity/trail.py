"""Writing the trail: the only door. Called by services inside their transaction."""

from django.db import connection

from cse_portal.lib import bulk, clock

from .models import Entry


def entry(actor, verb, subject, changes=None, note=""):
    """An unsaved row. `actor` (a Scope) has .actor, .actor_label, .hat, .hat_place; `subject` has trail_kind and trail_ref."""
    return Entry(
        at=clock.now(),
        actor=actor.actor,
        actor_name=actor.actor_label,
        hat=actor.hat,
        hat_place=actor.hat_place,
        verb=verb,
        kind=subject.trail_kind,
        ref=subject.trail_ref,
        label=str(subject)[:300],
        changes={k: [_plain(a), _plain(b)] for k, (a, b) in (changes or {}).items()},
        note=note,
    )


def record(actor, verb, subject, changes=None, note=""):
    """Adds one row: `changes` is {field: (old, new)}."""
    row = entry(actor, verb, subject, changes, note)
    row.save(force_insert=True)
    return row


def record_many(entries):
    """Adds many rows made by `entry` in one go."""
    return bulk.insert(entries)


def record_found(actor, verb, model, query, params, note=""):
    """Adds a row for each that a query finds: it gives `ref`, `label` and `changes` (jsonb) of subjects of that model."""
    columns = "at, actor, actor_name, hat, hat_place, verb, kind, note, ref, label, changes"
    fixed = {
        "trail_at": clock.now(),
        "trail_actor": actor.actor,
        "trail_actor_name": actor.actor_label,
        "trail_hat": actor.hat,
        "trail_hat_place": actor.hat_place,
        "trail_verb": verb,
        "trail_kind": model.trail_kind,
        "trail_note": note,
    }
    names = ", ".join(f"%({name})s" for name in fixed)
    sql = f"INSERT INTO {Entry._meta.db_table} ({columns}) SELECT {names}, ref, left(label, 300), changes FROM ({query}) AS found"
    with connection.cursor() as cursor:
        cursor.execute(sql, fixed | params)
        return cursor.rowcount


def _plain(value):
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
