"""What the portal knows of every MDA and Huduma Centre that could be audited, for their order by risk: a few queries for all."""

from decimal import Decimal

from django.db.models import Count, Max, Sum

from centres.models import Centre, Organisation
from standards import risk
from standards.models import Audit, Certification, Finding, MeasuredFigure

from . import measures


def subjects(on):
    """{(MDA's id, centre's id or None): (MDA's code, centre's code)}: MDAs that the directive binds or that joined, and Huduma
    Centres that are open."""
    found = {(pk, None): (code, "") for pk, code in Organisation.objects.in_being(on).counted(on).values_list("pk", "code")}
    centres = Centre.objects.filter(kind=Centre.Kind.HUDUMA_CENTRE, status=Centre.Status.OPERATIONAL, organisation__isnull=False)
    found |= {
        (mda, pk): (code, centre)
        for pk, mda, code, centre in centres.values_list("pk", "organisation_id", "organisation__code", "code")
    }
    return found


def known(keys, on):
    """{key: risk.Subject} of these subjects. An audit of a centre alone speaks of the centre, whoever ran it then."""
    audited = _last_audits()
    csi, complaints = _csi(on), _complaints(on)
    overdue, expires = _overdue(on), _expires()
    made = {}
    for key in keys:
        mine = _key(*key)
        score, day = audited.get(mine, (None, None))
        n, of = complaints.get(mine, (None, None))
        made[key] = risk.Subject(score, day, csi.get(mine), n, of, overdue.get(mine, 0), expires.get(mine))
    return made


def _key(organisation_id, centre_id):
    return ("centre", centre_id) if centre_id else ("mda", organisation_id)


def _by_key(rows):
    """{key: the rest} of rows that begin with the ids of MDA and centre; a single value stands by itself."""
    return {_key(mda, centre): rest[0] if len(rest) == 1 else tuple(rest) for mda, centre, *rest in rows}


def _last_audits():
    """{key: (lowest score of its sites, day)} of the last audit submitted. Of a centre that changed hands: of either, the later."""
    rows = Audit.objects.filter(state__in=Audit.SUBMITTED).order_by("organisation_id", "centre_id", "-submitted_at")
    rows = rows.distinct("organisation_id", "centre_id").values_list("organisation_id", "centre_id", "result", "ends_on")
    found = {}
    for mda, centre, result, day in sorted(rows, key=lambda row: row[3]):
        scores = [
            Decimal(part) / Decimal(whole) for part, whole in (s["score"] for s in result["sites"].values()) if Decimal(whole)
        ]
        found[_key(mda, centre)] = (min(scores, default=None), day)
    return {key: (score.quantize(Decimal("0.0001")) if score is not None else None, day) for key, (score, day) in found.items()}


def _csi(on):
    rows = MeasuredFigure.objects.standing().filter(
        kind=MeasuredFigure.Kind.CSI, quarter_end__in=measures.last_quarters(on, measures.QUARTERS)
    )
    return _by_key(rows.order_by("quarter_end").values_list("organisation_id", "centre_id", "value"))


def _complaints(on):
    rows = MeasuredFigure.objects.standing().filter(
        kind=MeasuredFigure.Kind.COMPLAINTS, quarter_end__in=measures.last_quarters(on, measures.QUARTERS)
    )
    rows = rows.order_by().values("organisation_id", "centre_id").annotate(how_many=Sum("value"), customers=Sum("n"))
    return _by_key((r["organisation_id"], r["centre_id"], int(r["how_many"]), r["customers"]) for r in rows)


def _overdue(on):
    late = Finding.objects.filter(grade__in=Finding.NONCONFORMITIES, due_on__lt=on, audit__state__in=Audit.SUBMITTED).exclude(
        state__in=Finding.CLOSED
    )
    return _by_key(late.order_by().values_list("audit__organisation_id", "audit__centre_id").annotate(n=Count("pk")))


def _expires():
    held = Certification.objects.standing().order_by().values_list("organisation_id", "centre_id")
    return _by_key(held.annotate(last=Max("expires_on")))
