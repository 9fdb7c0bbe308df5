"""Two records of one person become one. What moved is kept, so that it can be put back within 30 days, row for row.

Postings and excusals: on a day that both records claim, the one that began later counts (as a transfer would have it), or the
kept record's. Contacts: the kept record's; where it has none, the other's. Certificates follow; none is issued again."""

import datetime as dt
import json

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Excusal, Membership, Officer, OfficerMerge, PossibleLeaver, Posting, Role, TransferRequest
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused

from . import changes, duplicates

UNDO_DAYS = 30
FILLED = ["upn", "other_names", "gender", "email", "phone", "user"]
OWN = ["upn", "personal_no", "personal_key", "number_series", "surname", "first_name", "other_names", "gender", "email", "phone", "user_id", "merged_into_id"]  # fmt: skip
DATED = (Posting, Excusal)
ALWAYS = dt.date.min


@transaction.atomic
def merge(actor, *, kept, dropped, overlap="later"):
    """`dropped` becomes `kept`. `overlap`: later (begun) or kept, see above. Refused where the two cannot be one."""
    kept, dropped = _locked(kept, dropped)
    _check(actor, kept, dropped)
    moved = {"overlap": overlap, "officers": _own(kept, dropped)}
    for model in DATED:
        moved[_name(model)] = {"before": _rows_of(model, kept, dropped)}
        pieces = timeline(_mine(model, kept), _mine(model, dropped), overlap)
        _replace(model, [kept, dropped], _as_rows(model, pieces, kept))
        moved[_name(model)]["after"] = _rows_of(model, kept, dropped)
    moved["hats"] = _fill(actor, kept, dropped)
    moved |= _questions(kept, dropped)
    moved["officers_after"] = _own(kept, dropped)
    done = OfficerMerge(kept=kept, dropped=dropped, merged_by=actor.user, merged_at=clock.now())
    moved["above"] = changes.officers_merged(kept.pk, dropped.pk)
    done.moved = moved
    done.save()
    changes.postings_changed([kept.pk, dropped.pk])
    note = _("%(dropped)s became %(kept)s") % {"dropped": dropped.ref, "kept": kept.ref}
    trail.record(actor, "merged", kept, {"with": (None, dropped.ref)}, note)
    trail.record(actor, "merged", dropped, {"into": (None, kept.ref)}, note)
    return done


def preview(actor, *, kept, dropped, overlap="later"):
    """(OfficerMerge not saved, or None, [what would be shown], refusal): merging, looked at and rolled back."""
    try:
        with transaction.atomic():
            done = merge(actor, kept=kept, dropped=dropped, overlap=overlap)
            after = list(Posting.objects.filter(officer=kept).select_related("organisation", "cadre").order_by("during"))
            transaction.set_rollback(True)
    except Refused as refusal:
        return None, [], refusal
    return done, after, None


@transaction.atomic
def undo(actor, done):
    """Puts both records back as they were. Refused after 30 days, or when the merged record's posts have changed since."""
    done = OfficerMerge.objects.select_for_update().get(pk=done.pk)
    if done.undone_at:
        return done
    kept, dropped = _locked(done.kept, done.dropped)
    if not policies.may_undo_merge(actor, done):
        raise Refused(_("Both records must be in your reach. Ask an administrator."), code="not_in_reach")
    if done.merged_at < clock.now() - dt.timedelta(days=UNDO_DAYS):
        raise Refused(_("This was merged more than %(n)s days ago.") % {"n": UNDO_DAYS}, code="too_late")
    moved = done.moved
    changed = [_name(m) for m in DATED if _rows_of(m, kept, dropped) != moved[_name(m)]["after"]]
    if changed or _own(kept, dropped) != moved["officers_after"]:
        raise Refused(
            _("The record has been changed since it was merged. Take back what was changed first, or correct the two by hand."),
            code="changed_since",
        )
    changes.officers_parted(kept.pk, dropped.pk, moved["above"])
    for model in DATED:
        _replace(model, [kept, dropped], moved[_name(model)]["before"])
    TransferRequest.objects.filter(pk__in=moved["transfers"], officer=kept).update(officer=dropped)
    PossibleLeaver.objects.filter(pk__in=moved["leavers"], officer=kept).update(officer=dropped)
    PossibleLeaver.objects.filter(pk__in=moved["moot"], state="moot").update(state="open")
    for pk, until in moved["hats"]:
        hat = Membership.objects.get(pk=pk)
        hat.during = DateRange(hat.during.lower, until and dt.date.fromisoformat(until))
        hat.save(update_fields=["during"])
    # One after the other, and the shared ones freed first: UPN and account are unique.
    Officer.objects.filter(pk__in=[kept.pk, dropped.pk]).update(upn=None, user=None)
    for officer in (kept, dropped):
        Officer.objects.filter(pk=officer.pk).update(**moved["officers"][str(officer.pk)])
    done.undone_by, done.undone_at = actor.user, clock.now()
    done.save()
    changes.postings_changed([kept.pk, dropped.pk])
    for officer, other in ((kept, dropped), (dropped, kept)):
        trail.record(actor, "merge undone", officer, {"with": (other.ref, None)})
    return done


def timeline(kept, dropped, overlap="later"):
    """[(row, [(first day, first day not)])] of rows with `.during`: the days of each that count, so that no two share a day."""
    rows = [(row, 1) for row in kept] + [(row, 0) for row in dropped]
    edges = sorted({_first(row) for row, _own in rows} | {row.during.upper for row, _own in rows if row.during.upper})
    days = {id(row): [] for row, _own in rows}
    for start, end in zip(edges, [*edges[1:], None]):
        claims = [
            (row, own) for row, own in rows if _first(row) <= start and (row.during.upper is None or start < row.during.upper)
        ]
        if not claims:
            continue
        rank = (lambda c: (c[1], _first(c[0]))) if overlap == "kept" else (lambda c: (_first(c[0]), c[1]))
        mine = days[id(max(claims, key=rank)[0])]
        if mine and mine[-1][1] == start:
            mine[-1] = (mine[-1][0], end)
        else:
            mine.append((start, end))
    return [(row, days[id(row)]) for row, _own in rows]


def _first(row):
    return row.during.lower or ALWAYS


def _as_rows(model, pieces, kept):
    """The rows as they are to stand, as the database writes them: the first piece of each keeps its id."""
    rows = []
    for row, days in pieces:
        for number, (start, end) in enumerate(days):
            new = {f.column: f.value_from_object(row) for f in model._meta.concrete_fields}
            new["officer_id"] = kept.pk
            if number:
                new["id"] = None
            new["during"] = f"[{'' if start == ALWAYS else start},{end or ''})"
            if "end_reason" in new and end != row.during.upper:
                new["end_reason"] = Posting.End.NEW_POST
            rows.append(new)
    return rows


def _replace(model, officers, rows):
    """The two officers' rows are exactly these."""
    table = model._meta.db_table
    for row in rows:
        if row["id"] is None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
                row["id"] = cursor.fetchone()[0]
    columns = ", ".join(f.column for f in model._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE officer_id = ANY (%s)", [[o.pk for o in officers]])
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",
            [json.dumps(rows, default=str)],
        )


def _rows_of(model, kept, dropped):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t)::text FROM {model._meta.db_table} t WHERE officer_id IN (%s, %s) ORDER BY id",
            [kept.pk, dropped.pk],
        )
        return [json.loads(row[0]) for row in cursor.fetchall()]


def _own(*officers):
    """{officer id: its own columns}, as undoing writes them back."""
    return {str(row.pop("pk")): row for row in Officer.objects.filter(pk__in=[o.pk for o in officers]).values("pk", *OWN)}


def _mine(model, officer):
    return list(model.objects.filter(officer=officer).order_by("during"))


def _name(model):
    return model._meta.model_name


def _locked(kept, dropped):
    held = {o.pk: o for o in Officer.objects.select_for_update(no_key=True).filter(pk__in=[kept.pk, dropped.pk]).order_by("pk")}
    return held[kept.pk], held[dropped.pk]


def _check(actor, kept, dropped):
    if kept == dropped:
        raise Refused(_("These are one record."), code="one_record")
    if not (policies.may_see_duplicates(actor) and duplicates.in_reach(actor, kept, dropped)):
        raise Refused(_("Both records must be in your reach. Ask an administrator."), code="not_in_reach")
    if kept.merged_into_id or dropped.merged_into_id:
        raise Refused(_("One of these was merged already."), code="merged")
    if kept.upn and dropped.upn:
        raise Refused(_("They have two UPNs. A UPN is for life: have the wrong one corrected first."), code="two_upns")
    both = TransferRequest.objects.filter(officer__in=[kept, dropped], state__in=TransferRequest.OPEN)
    if both.values("officer").distinct().count() > 1:
        raise Refused(_("A transfer of each of them is open. Settle one first."), code="two_transfers")


def _fill(actor, kept, dropped):
    """Contacts that the kept record lacks; the account. Returns [[membership id, its end]] of the account that is let go."""
    taken = {f: getattr(dropped, f) for f in FILLED if getattr(dropped, f) and not getattr(kept, f)}
    gone = {"upn": None} if "upn" in taken else {}
    gone |= {"user": None} if "user" in taken else {}
    Officer.objects.filter(pk=dropped.pk).update(merged_into=kept, **gone)
    if taken:
        Officer.objects.filter(pk=kept.pk).update(**taken)
    hats = []
    if dropped.user_id and "user" not in taken:  # two accounts: the kept record's goes on
        today = clock.today()
        for hat in Membership.objects.on(today).filter(user=dropped.user_id, role=Role.LEARNER):
            hats.append([hat.pk, hat.during.upper and hat.during.upper.isoformat()])
            hat.during = DateRange(hat.during.lower, max(today, hat.during.lower or today))
            hat.save(update_fields=["during"])
    return hats


def _questions(kept, dropped):
    """Transfers asked for and possible leavers are the kept record's; of two open questions about one person one is moot."""
    transfers = TransferRequest.objects.filter(officer=dropped)
    leavers = PossibleLeaver.objects.filter(officer=dropped)
    moot = []
    if PossibleLeaver.objects.filter(officer=kept, state="open").exists():
        moot = list(leavers.filter(state="open").values_list("pk", flat=True))
        leavers.filter(pk__in=moot).update(state="moot")
    ids = list(transfers.values_list("pk", flat=True)), list(leavers.values_list("pk", flat=True))
    transfers.update(officer=kept)
    leavers.update(officer=kept)
    return {"transfers": ids[0], "leavers": ids[1], "moot": moot}
