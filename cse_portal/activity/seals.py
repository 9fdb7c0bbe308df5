"""Sealing the trail and verifying it.

A row's digest is SHA-256 of its canonical JSON. A seal's digest is SHA-256 of the seal before, the ids it covers and the
digests of those rows. Rows are sealed after they are committed, so writers never wait for one another or for the sealing.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field

from django.db import connection, transaction

from cse_portal.lib import clock

from .models import Entry, Seal

ROWS_A_SEAL = 1000
LOCK = 7236010  # of the sealing alone; nobody else waits for it
SEALED = ["id", "at", "actor", "actor_name", "hat", "hat_place", "verb", "kind", "ref", "label", "changes", "note"]


def row_digest(row):
    """SHA-256 of a row's canonical JSON: sorted keys, no spaces, UTF-8, instants in UTC."""
    content = {f: getattr(row, f) for f in SEALED} | {"at": row.at.astimezone(dt.UTC).isoformat(timespec="microseconds")}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def seal_digest(previous, entry_ids, content):
    """Hex SHA-256 over the previous seal's digest, the ids and the rows' digests."""
    head = f"{previous.digest if previous else ''}:{','.join(map(str, entry_ids))}:"
    return hashlib.sha256(head.encode() + bytes(content)).hexdigest()


def seal():
    """Seals all committed rows that wait; returns how many. Does nothing while another sealing runs."""
    total = 0
    while sealed := _seal_some():
        total += sealed
        if sealed < ROWS_A_SEAL:
            break
    return total


@transaction.atomic
def _seal_some():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    rows = list(Entry.objects.filter(seal=None).order_by("id")[:ROWS_A_SEAL])
    if not rows:
        return 0
    previous = Seal.objects.order_by("id").last()
    ids, content = [r.pk for r in rows], b"".join(map(row_digest, rows))
    made = Seal.objects.create(
        previous=previous, entry_ids=ids, content=content, digest=seal_digest(previous, ids, content), sealed_at=clock.now()
    )
    Entry.objects.filter(pk__in=ids).update(seal=made)
    return len(rows)


@dataclass
class Verdict:
    """What `verify` found. Ids of rows, but `broken` holds ids of seals."""

    seals: int = 0
    rows: int = 0
    changed: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    foreign: list = field(default_factory=list)  # rows that claim a seal which does not cover them
    broken: list = field(default_factory=list)  # seals whose digest or place in the chain is wrong
    unsealed: int = 0
    unsealed_since: dt.datetime | None = None
    head: str = ""  # digest of the last seal: kept elsewhere, it also shows a rewritten end of the chain

    @property
    def sound(self):
        return not (self.changed or self.missing or self.foreign or self.broken)


def verify():
    """Recomputes every seal from the rows as they stand."""
    inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not inside:  # one view of the trail while it is being appended to
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _verify()


def _verify():
    found, previous = Verdict(), None
    for one in Seal.objects.order_by("id").iterator(chunk_size=50):
        ids, content = one.entry_ids, bytes(one.content)
        if (
            one.previous_id != (previous.pk if previous else None)
            or one.digest != seal_digest(previous, ids, content)
            or len(content) != 32 * len(ids)
        ):
            found.broken.append(one.pk)
        held = {r.pk: r for r in Entry.objects.filter(pk__in=ids)}
        for place, pk in enumerate(ids):
            row = held.get(pk)
            if row is None:
                found.missing.append(pk)
            elif row_digest(row) != content[32 * place : 32 * place + 32] or row.seal_id != one.pk:
                found.changed.append(pk)
        found.foreign += Entry.objects.filter(seal=one).exclude(pk__in=ids).values_list("pk", flat=True)
        found.seals, found.rows, previous = found.seals + 1, found.rows + len(ids), one
    tail = Entry.objects.filter(seal=None).exclude(pk__in=found.changed)
    oldest = tail.order_by("id").first()
    found.unsealed, found.unsealed_since = tail.count(), oldest and oldest.at
    found.head = previous.digest if previous else ""
    return found
