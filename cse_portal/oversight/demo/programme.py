"""Measured figures of the last quarters, the year's programme with what people decided, applications, and a sample of sites."""

import datetime as dt
from decimal import Decimal

from centres.access import Scope
from centres.models import Organisation
from cse_portal.lib import clock
from standards.models import Application, Audit, AuditProgramme, MeasuredFigure, ProgrammeLine
from standards.services import editions, measures, programme, programmes, sampling

from .assurance import CENTRE_OPERATOR
from .cast import LIVESTOCK

QUARTERS, MEASURED_MDAS = 6, 90
TAKEN, PER_MONTH = 36, 4
SERVICES = "Licensing, inspection and information given to the public"
# (MDA's place among those not audited, state, days since it was sent, reason)
ASKED = [
    (0, "sent", 4, ""),
    (1, "sent", 11, ""),
    (2, "refused", 60, "The MDA is being reorganised: apply once the new structure stands."),
    (3, "withdrawn", 35, ""),
]


def make(world):
    actor = Scope(system="load_demo", today=world.on)
    rng = world.chance("programme")
    secretariat = world.users["secretariat@demo.example"]
    _figures(world, rng, secretariat)
    this = _programme(world, actor, secretariat)
    _applications(world, secretariat, this)
    _sample(world, actor)


def _figures(world, rng, secretariat):
    """Of audited MDAs, of others with many customers, and of every Huduma Centre; some quarters were not handed in."""
    audited = list(Audit.objects.filter(centre=None).values_list("organisation", flat=True).distinct())
    others = sorted(
        o.pk
        for o in world.organisations.values()
        if o.kind in (Organisation.Kind.STATE_CORPORATION, Organisation.Kind.STATE_DEPARTMENT)
    )
    mdas = list(dict.fromkeys(audited + rng.sample(others, min(MEASURED_MDAS, len(others)))))
    operator = world.organisations[CENTRE_OPERATOR].pk
    centres = [
        (c.organisation_id or operator, c.pk)
        for c in world.centres.values()
        if c.kind == "huduma_centre" and c.status == "operational"
    ]
    rows = []
    for mda, centre in [(pk, None) for pk in mdas] + centres:
        csi, timely, customers = rng.uniform(0.55, 0.96), rng.uniform(0.7, 0.99), rng.randint(400, 9000)
        for day in measures.last_quarters(world.on, QUARTERS):
            if rng.random() < 0.1:
                continue
            said = {
                "csi": (_share(csi + rng.uniform(-0.03, 0.03)), rng.randint(80, 600), "exit survey (invented)"),
                "timeliness": (_share(timely + rng.uniform(-0.02, 0.02)), customers, "queue system (invented)"),
                "complaints": (Decimal(rng.randint(0, max(customers // 60, 1))), customers, "complaints return (invented)"),
            }
            at = world.at(min(day + dt.timedelta(days=12), world.on))
            rows += [
                MeasuredFigure(
                    organisation_id=mda, centre_id=centre, kind=kind, quarter_end=day, value=value, n=n, source=source,
                    recorded_by=secretariat, recorded_at=at,
                )
                for kind, (value, n, source) in said.items()
            ]  # fmt: skip
    MeasuredFigure.objects.bulk_create(rows, batch_size=2000)


def _share(value):
    return Decimal(str(round(min(max(value, 0), 1), 4)))


def _programme(world, actor, secretariat):
    """This financial year's, adopted in July; audits to come are those of its lines. The next year's is a draft."""
    year = clock.financial_year(world.on)
    this = programmes.draw_up(actor, financial_year=year)
    months = programmes.months(year)
    first = min(world.on.replace(day=1), months[-3])
    room = (12 - months.index(first)) * PER_MONTH
    programmes.take_most_urgent(actor, this, n=min(TAKEN, room), first=first, per_month=PER_MONTH)
    suggested = this.lines.filter(state=ProgrammeLine.State.SUGGESTED).order_by("position")
    programmes.decide(actor, suggested[0], state="dropped", reason="Moved to new offices this year; audited the year after.")
    last = suggested.last()
    programmes.decide(
        actor, last, state="taken", month=months[-1], position=TAKEN // 2, reason="Serious complaints reached the Ombudsman."
    )
    for audit in Audit.objects.filter(state__in=Audit.OPEN, starts_on__gte=months[0]):
        line = this.lines.filter(organisation=audit.organisation_id, centre=audit.centre_id).first()
        if line and line.audit_id is None:
            line.state, line.month, line.audit = ProgrammeLine.State.TAKEN, audit.starts_on.replace(day=1), audit
            line.save(update_fields=["state", "month", "audit"])
    this.lines.exclude(state=ProgrammeLine.State.SUGGESTED).update(decided_by=secretariat)
    AuditProgramme.objects.filter(pk=this.pk).update(
        state="adopted", adopted_by=secretariat, adopted_on=min(clock.financial_year_begins(year) + dt.timedelta(days=13), world.on)
    )
    programmes.draw_up(actor, financial_year=clock.financial_year(clock.add_months(clock.financial_year_begins(year), 12)))
    return this


def _applications(world, secretariat, this):
    """Livestock's was accepted; others wait, were refused or taken back; Livestock drafts another for what has come to it."""
    champion, livestock = world.users["champion@demo.example"], world.organisations[LIVESTOCK]
    won = Audit.objects.filter(organisation=livestock, centre=None, state=Audit.State.DECIDED).order_by("-starts_on").first()
    said = {"scope_text": SERVICES, "contact": "Ruth Chebet, service champion, 0700 000 000"}
    if won:
        sent = world.at(won.starts_on - dt.timedelta(days=70))
        Application.objects.create(
            organisation=livestock, state="accepted", applied_by=champion, applied_at=sent, decided_by=secretariat,
            decided_at=sent + dt.timedelta(days=9), audit=won, **said,
        )  # fmt: skip
    Application.objects.create(
        organisation=livestock,
        wished_from=world.on + dt.timedelta(days=120),
        note="To renew with the new hatchery services.",
        **said,
    )
    waiting = [
        line.organisation
        for line in this.lines.filter(centre=None, audit=None).select_related("organisation")[:40]
        if line.organisation_id != livestock.pk
    ]
    for place, state, ago, reason in ASKED:
        decided = (
            {"decided_by": secretariat, "decided_at": world.at(world.day(ago - 8)), "decision_reason": reason} if reason else {}
        )
        Application.objects.create(
            organisation=waiting[place], state=state, scope_text=SERVICES, contact="Service champion (invented)", applied_at=world.at(world.day(ago)),
            wished_from=world.on + dt.timedelta(days=45), **decided,
        )  # fmt: skip


def _sample(world, actor):
    """An audit to come of the operator of the Huduma Centres, with the centres that were drawn for it."""
    operator = world.organisations[CENTRE_OPERATOR]
    audit = Audit.objects.filter(organisation=operator, centre=None, state__in=Audit.BEFORE_STAGE_2).first()
    if audit is None:
        starts = world.on + dt.timedelta(days=52)
        audit = programme.plan(
            actor, organisation=operator, edition=editions.plannable(world.on)[0], lead=world.users["auditor2@demo.example"], starts_on=starts,
            ends_on=starts + dt.timedelta(days=9), scope_text="All services given at Huduma Centres",
        )  # fmt: skip
    sampling.draw(actor, audit, judged={"HC-047-01": "The largest centre: most customers of all."})
