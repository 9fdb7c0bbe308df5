"""What happened to the invented certifications since: events, surveillance, one suspended, one withdrawn, acts to decide, an appeal."""

import datetime as dt

from standards.models import Certification, CertificationAct, CertificationAppeal, CertificationEvent, Surveillance
from standards.services import certifying, editions
from standards.services.standing import words_of
from training.certificates import long_day

from .cast import LIVESTOCK

GONE = (
    # (act, state after, ground, days ago, reason)
    ("suspend", "suspended", "refused_surveillance", 40, "Surveillance was put off twice."),
    ("withdraw", "withdrawn", "falsification", 75, "Evidence was found to be falsified."),
)
MISSED = 90  # days in which a centre's surveillance was missed


def make(world):
    history = History(world)
    held = Certification.objects.select_related("organisation", "decision__audit__edition", "decision__decided_by").order_by("issued_on", "pk")
    held = list(held)
    for certification in held:
        history.award(certification)
    standing = [c for c in held if c.expires_on > world.on]
    old = [c for c in standing if 300 < (world.on - c.issued_on).days < 800 and c.centre_id is None]
    for certification, act in zip(old, GONE, strict=False):
        history.act(certification, *act)
    rest = [c for c in standing if c not in old[: len(GONE)]]
    history.write()
    _to_decide(history, rest, old[0])
    _appeal(history, rest)


class History:
    """Events as they came, written in that order."""

    def __init__(self, world):
        self.world, self.events = world, []
        self.keeper, self.panel = world.users["secretariat@demo.example"], world.users["panel@demo.example"]

    def add(self, certification, kind, on, after, *, before="", words="", actor=None, act=None, hour=15):
        at = self.world.at(on, hour)
        made = CertificationEvent(
            certification=certification, kind=kind, on=on, recorded_at=at, public_text=words, before=before, after=after, actor=actor, act=act
        )
        self.events.append(made)

    def award(self, certification):
        actor = certification.decision.decided_by
        self.add(certification, "awarded", certification.issued_on, "in_force", words=f"Level: {certification.get_level_display()}", actor=actor)
        certifying.watch(certification, certification.decision.audit.edition, seed=certification.code)
        end = min(self.world.on, certification.expires_on)
        for row in certification.surveillances.filter(due_on__lt=end):
            missed = certification.centre_id and row.due_on >= self.world.day(MISSED)
            row.state = Surveillance.State.MISSED if missed else Surveillance.State.PASSED
            row.save(update_fields=["state"])
            if not missed:
                self.add(certification, "surveilled", row.due_on - dt.timedelta(days=20), "in_force", before="in_force")
        if certification.expires_on <= self.world.on:
            self.add(certification, "expired", certification.expires_on, "expired", before="in_force", hour=0)

    def act(self, certification, kind, after, ground, ago, reason):
        on, words = self.world.day(ago), words_of(ground)
        act = CertificationAct.objects.create(
            certification=certification, kind=kind, ground=ground, reason=reason, state="done", asked_by=self.keeper, decision_reason="The file shows it.",
            asked_at=self.world.at(self.world.day(ago + 6), 10), decided_by=self.panel, decided_at=self.world.at(on, 11),
        )  # fmt: skip
        process = editions.process_of(certification.decision.audit.edition)
        until = certifying.clock.add_months(on, process.suspension_months) if after == "suspended" else None
        Certification.objects.filter(pk=certification.pk).update(state=after, state_on=on, state_reason=words, suspended_until=until)
        name = {"suspended": "suspended", "withdrawn": "withdrawn"}[after]
        self.add(certification, name, on, after, before="in_force", words=words, actor=self.panel, act=act, hour=11)

    def write(self):
        CertificationEvent.objects.bulk_create(sorted(self.events, key=lambda event: event.recorded_at))
        self.events = []


def _to_decide(history, certifications, suspended):
    """The restoration of the one that is suspended; what the timetable proposes of a surveillance that was missed."""
    world = history.world
    reason = "The surveillance took place last week; its report is final."
    CertificationAct.objects.create(
        certification=suspended, kind="restore", ground="cured", reason=reason, asked_by=history.keeper, asked_at=world.at(world.day(3), 9)
    )
    row = Surveillance.objects.filter(certification__in=certifications, state=Surveillance.State.MISSED).first()
    if row:
        reason = f"The surveillance due on {long_day(row.due_on)} did not take place."
        CertificationAct.objects.create(
            certification=row.certification, kind="suspend", ground="refused_surveillance", reason=reason, asked_at=world.at(row.due_on + dt.timedelta(days=1), 6)
        )


def _appeal(history, certifications):
    """Livestock's authorised officer holds that its level is too low."""
    world = history.world
    held = next((c for c in certifications if c.organisation.code == LIVESTOCK and c.centre_id is None), None)
    if held is None:
        return
    day = world.day(5)
    due = day + dt.timedelta(days=editions.process_of(held.decision.audit.edition).appeal_decision_days)
    CertificationAppeal.objects.create(
        organisation=held.organisation, decision=held.decision, lodged_by=world.users["authorised@demo.example"], lodged_at=world.at(day, 10), due_on=due,
        grounds="Two elements of the fourth principle were rated on the records of one counter only; those of the others were at hand.",
    )  # fmt: skip
    history.add(held, "appealed", day, held.state, before=held.state, hour=10)
    history.write()
