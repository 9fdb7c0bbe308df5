"""The panel's room: what waits, and one case with all that was found beside a member's recommendation or the decision."""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib import clock
from cse_portal.lib.doors import Column, FormDoor, ListDoor
from standards import policies, reasons, scoring
from standards.decision_forms import DecisionForm, VoteForm
from standards.models import Audit, PanelVote
from standards.services import casefile, certification, editions, independence, numbers, panel, sitting_out

from . import results
from .audits import OfAudit, findings_of, record_of


def waiting_days(audit):
    return (clock.today() - clock.civil(audit.sent_at)).days


def decide_by(audit):
    return casefile.decide_by(audit, clock.civil(audit.sent_at))


def votes_so_far(audit):
    return _("%(n)s of %(quorum)s") % {"n": audit.votes_cast, "quorum": editions.process_of(audit.edition).quorum}


def level_at_submission(audit):
    return str(reasons.level_word(audit.result["level"]))


class DecisionQueue(ListDoor):
    title = gettext_lazy("Decisions")
    may = staticmethod(policies.may_list_decisions)
    template_name = "standards/decisions.html"
    default_sort = "sent"
    columns = (
        Column("subject", gettext_lazy("MDA or centre"), lambda a: str(a.subject), sort="organisation__name"),
        Column("ref", gettext_lazy("Number"), lambda a: a.ref, sort="ref"),
        Column("sent", gettext_lazy("Waiting, days"), waiting_days, sort="sent_at", numeric=True),
        Column("by", gettext_lazy("Decide by"), decide_by),
        Column("votes", gettext_lazy("Recommendations"), votes_so_far),
        Column("level", gettext_lazy("Level at submission"), level_at_submission),
    )

    def base_queryset(self):
        mine = PanelVote.objects.filter(audit=OuterRef("pk"), user=self.scope.user, round=OuterRef("round"))
        waiting = Audit.objects.visible_to(self.scope).waiting_for_decision().select_related("organisation", "centre", "edition")
        return waiting.annotate(mine=Exists(mine))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        shown = context["page_obj"].object_list
        out = sitting_out.cases(self.scope, shown)
        for audit in shown:
            audit.out = audit.pk in out
            audit.mine_missing = not audit.mine and audit.votes_cast < editions.process_of(audit.edition).quorum
            audit.days, audit.by, audit.votes_word, audit.level_word = waiting_days(audit), decide_by(audit), votes_so_far(audit), level_at_submission(audit)
            audit.late = audit.by < self.scope.today
        return context


class Case(OfAudit, FormDoor):
    """One case before the panel. `asks`: what its form is for, vote or decide; wait or early: there is none."""

    template_name = "standards/decide.html"
    allowed = staticmethod(policies.may_decide)

    def get_title(self):
        return _("Certification decision: %(subject)s") % {"subject": self.audit.subject}

    def get_crumbs(self):
        return [(_("Decisions"), reverse("standards:decisions")), (self.audit.ref, self.audit.get_absolute_url())]

    def get_context_data(self, **kwargs):
        audit, today = self.audit, clock.today()
        rules, principles = editions.rules_of(audit.edition), results.names(audit.edition)
        assessed, last, steps = certification.assess(audit, certification.figures(audit, today)), casefile.last_results(audit), casefile.steps(audit)
        level = scoring.lowest((result.level for result in assessed.values()), rules)
        process, against = editions.process_of(audit.edition), certification.against_certifying(audit, level, today)
        asks = self.asks(steps)
        if asks == "vote" and not isinstance(kwargs.get("form"), VoteForm):
            kwargs["form"] = VoteForm()
        people = {self.scope.user.pk: self.scope.user} | {vote.user_id: vote.user for vote in steps["tally"].votes}
        return super().get_context_data(
            audit=audit,
            results=[(site, results.shown(result, rules, principles, last.get(site.centre_id))) for site, result in assessed.items()],
            both=[(site, results.beside(then, now, rules, principles)) for site, then, now in casefile.differing(audit, assessed)],
            level=reasons.level_word(level),
            stars=scoring.stars(level, rules),
            may_certify=against is None,
            against=against,
            months=process.valid_months,
            appeal_days=process.appeal_days,
            valid_from=today,
            valid_until=clock.add_months(today, process.valid_months) - dt.timedelta(days=1),
            number=numbers.upcoming("HSEQS", today.year, 4),
            days=(today - steps["sent"]).days if steps["sent"] else 0,
            case=steps,
            people=[(user, independence.checks(user, audit)) for user in people.values()],
            findings=findings_of(audit),
            events=record_of(self.scope, audit),
            earlier=audit.decisions.select_related("decided_by"),
            several=len(assessed) > 1,
            asks=asks,
            mine=self.mine(steps),
            sees_votes=policies.may_read_votes_of(self.scope, steps["tally"]),
            **kwargs,
        )

    def asks(self, steps):
        raise NotImplementedError

    def mine(self, steps):
        tally = steps["tally"]
        return next((vote for vote in [*tally.votes, *tally.interests, *tally.void] if vote.user_id == self.scope.user.pk), None)


class Vote(Case):
    form_class = VoteForm
    done = gettext_lazy("Your recommendation is on record.")

    def asks(self, steps):
        if steps["sent"] is None:
            return "early"
        return "wait" if self.mine(steps) else "vote"

    def act(self, form):
        made = panel.vote(self.scope, self.audit, **form.cleaned_data)
        if made.outcome == PanelVote.Outcome.INTEREST:
            self.done = _("Your interest is on record. You stay out of this audit.")
            return reverse("standards:decisions")
        return reverse("standards:decide", args=[self.audit.ref])


class Decide(Case):
    form_class = DecisionForm
    done = gettext_lazy("The decision is recorded and sent to the MDA.")

    def get_initial(self):
        return {"scope_text": self.audit.scope_text}

    def asks(self, steps):
        if steps["sent"] is None:
            return "early"
        if steps["tally"].complete:
            return "decide"
        return "wait" if self.mine(steps) else "vote"

    def act(self, form):
        said = form.cleaned_data
        certification.decide(self.scope, self.audit, outcome=said["outcome"], reasons_given=said["reasons"], scope_text=said["scope_text"])
        return self.audit.get_absolute_url()
