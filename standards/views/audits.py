"""Audits: the list, planning, one audit's page, its team, declarations, submission; and the findings of all of them."""

from django import forms
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import Column, DetailDoor, FormDoor, ListDoor
from standards import policies, reasons, record_words
from standards.filters import AuditFilter
from standards.forms import DeclarationForm, PlanForm, TeamForm
from standards.models import Audit, AuditSite, Finding, Meeting, PanelVote, Rating, TeamMember
from standards.services import audits, ballots, editions, impartiality, programme, record, stage1

from . import auditors, results


def fetch_audit(scope, ref, may=None):
    """The audit with what its pages need; who may not see it gets 404."""
    team = Prefetch("team", TeamMember.objects.order_by("-is_lead", "user__name"))
    return fetch(Audit.objects.select_related("organisation", "centre", "edition", "submitted_by").prefetch_related(team), scope, may=may, ref=ref)


class OfAudit:
    """Of one audit: `self.audit`, fetched for the scope under `allowed(scope, audit)`."""

    allowed = None

    def prepare(self):
        self.audit = fetch_audit(self.scope, self.kwargs["ref"], may=type(self).allowed)

    def get_crumbs(self):
        return [(_("Audits"), reverse("standards:audits")), (self.audit.ref, self.audit.get_absolute_url())]


TITLES = {
    Audit.Kind.CERTIFICATION: gettext_lazy("%(subject)s: certification audit"),
    Audit.Kind.SURVEILLANCE: gettext_lazy("%(subject)s: surveillance audit"),
    Audit.Kind.RECERTIFICATION: gettext_lazy("%(subject)s: recertification audit"),
    Audit.Kind.SHORT_NOTICE: gettext_lazy("%(subject)s: short notice audit"),
}


def title_of(audit):
    """What an audit is called on its pages, by its kind."""
    return TITLES[audit.kind] % {"subject": audit.subject}


def lead_of(audit):
    return next((str(m.user) for m in audit.team.all() if m.is_lead), "")


class AuditList(ListDoor):
    title = gettext_lazy("Audits")
    may = staticmethod(policies.may_list_audits)
    template_name = "standards/audits.html"
    filterset_class = AuditFilter
    default_sort = "-starts"
    columns = (
        Column("subject", gettext_lazy("MDA or centre"), lambda a: str(a.subject), sort="organisation__name"),
        Column("ref", gettext_lazy("Number"), lambda a: a.ref, sort="ref"),
        Column("starts", gettext_lazy("On site"), lambda a: a.starts_on, sort="starts_on"),
        Column("lead", gettext_lazy("Lead auditor"), lead_of),
        Column("progress", gettext_lazy("Rated"), lambda a: a.rated, numeric=True),
        Column("state", gettext_lazy("State"), lambda a: a.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        team = Prefetch("team", TeamMember.objects.filter(is_lead=True))
        seen = Audit.objects.visible_to(self.scope).select_related("organisation", "centre")
        rated = Rating.objects.filter(site__audit=OuterRef("pk")).order_by().values("site__audit").annotate(n=Count("*")).values("n")
        return seen.annotate(rated=Coalesce(Subquery(rated), 0)).prefetch_related(team)  # counted for the page's rows only

    def get_context_data(self, **kwargs):
        context = super().get_context_data(may_plan=policies.may_plan_audit(self.scope), **kwargs)
        asked = audits.asked(list(context["page_obj"].object_list))
        for audit in context["page_obj"].object_list:
            audit.of = asked[audit.pk]
        return context


class PlanAudit(auditors.NamesTeam, FormDoor):
    title = gettext_lazy("Plan an audit")
    may = staticmethod(policies.may_plan_audit)
    template_name = "standards/plan.html"
    form_class = PlanForm
    done = gettext_lazy("The audit is planned, and its team is told.")

    def get_crumbs(self):
        return [(_("Audits"), reverse("standards:audits"))]

    def get_initial(self):
        return {"organisation": self.request.GET.get("organisation", "")}

    def judged(self, form):
        if (of := form.of_what()) is None:
            return None
        *of, place = of
        return form.judged(self.scope.today, *of, place=place)

    def act(self, form):
        return programme.plan(self.scope, **form.cleaned_data).get_absolute_url()


class NameTeam(auditors.NamesTeam, OfAudit, FormDoor):
    title = gettext_lazy("Name the team")
    template_name = "standards/team.html"
    form_class = TeamForm
    allowed = staticmethod(policies.may_name_team)
    done = gettext_lazy("The team is named.")

    def judged(self, form):
        return impartiality.Judged.of(self.audit)

    def get_initial(self):
        team = self.audit.team.all()
        return {"lead": next((m.user_id for m in team if m.is_lead), None), "members": [m.user_id for m in team if not m.is_lead]}

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, cancel_url=self.audit.get_absolute_url(), **kwargs)

    def act(self, form):
        programme.name_team(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()


class Declare(OfAudit, FormDoor):
    title = gettext_lazy("Declaration of interest")
    template_name = "standards/declare.html"
    form_class = DeclarationForm
    allowed = staticmethod(policies.may_declare)
    done = gettext_lazy("Your declaration is on record.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, cancel_url=self.audit.get_absolute_url(), **kwargs)

    def act(self, form):
        programme.declare(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()


# What other rooms show on an audit's page, in this order: (template, shown(scope, audit)), which gives the template's context, with
# "actions": [(words, address)] for the buttons on top; None: nothing to show.
PARTS = []


class AuditPage(OfAudit, DetailDoor):
    template_name = "standards/audit.html"

    def get_object(self, queryset=None):
        return self.audit

    def get_title(self):
        return title_of(self.audit)

    def get_crumbs(self):
        return [(_("Audits"), reverse("standards:audits"))]

    def get_context_data(self, **kwargs):
        audit, scope = self.audit, self.scope
        rows = sites(audit, scope)
        counted = policies.may_read_counts(scope, audit)
        context = {
            "audit": audit,
            "watches_over": audit.kind in (Audit.Kind.SURVEILLANCE, Audit.Kind.SHORT_NOTICE),
            "member": policies.member_of(scope, audit),
            "sites": rows,
            "all_rated": all(site.rated >= site.of for site in rows),
            "decisions": audit.decisions.visible_to(scope).select_related("decided_by", "certification"),
            "may_read_sheet": policies.may_read_sheet(scope, audit),
            "may_read_findings": policies.may_read_findings(scope, audit),
            "may_declare": policies.may_declare(scope, audit),
            "may_name_team": policies.may_name_team(scope, audit),
            "may_rate": policies.may_rate(scope, audit),
            "may_lead": policies.may_lead(scope, audit),
            "may_decide": policies.may_decide(scope, audit),
            "own_audit": scope.role == policies.Role.PANEL and audit.state == Audit.State.REPORT and policies.took_part(scope.user, audit),
        }
        if context["may_rate"] and audit.state == Audit.State.STAGE_2:
            context["to_rate"] = next((site for site in rows if site.rated < site.of), None)
        if context["may_decide"]:
            context["voted"] = PanelVote.objects.filter(audit=audit, user=scope.user, round=ballots.round_of(audit)).exists()
        if counted and audit.result:
            context |= submitted_results(audit, rows)
        if counted and not context["may_read_findings"]:
            context["finding_counts"] = list(audit.findings.values("grade").annotate(n=Count("pk"), open=Count("pk", filter=~Q(state__in=Finding.CLOSED))).order_by("grade"))
        if context["may_read_findings"]:
            context["findings"] = [finding for finding in findings_of(audit) if finding.site in rows]
        context["events"] = record_of(scope, audit)
        told = [(template, shown(scope, audit)) for template, shown in PARTS]
        context["parts"] = [(template, part) for template, part in told if part is not None]
        context["part_actions"] = [action for _template, part in context["parts"] for action in part.get("actions", ())]
        return super().get_context_data(**context, **kwargs)


def sites(audit, scope):
    """The audit's sites open to the scope, each with how many of its elements are rated (`rated`, `of`)."""
    prefetch_related_objects([audit], Prefetch("sites", AuditSite.objects.open_to(scope).annotate(rated=Count("ratings"))))
    found = audit.sites.all()
    places = editions.places_of(audit.edition_id, audit.elements_asked)
    for site in found:
        site.of = sum(place in (site.applies_to, "both") for place in places)
        site.audit = audit
    return found


def submitted_results(audit, rows, stored=None):
    """The result fixed at submission (or `stored` by a decision), for each site."""
    rules, principles, stored = editions.rules_of(audit.edition), results.names(audit.edition), stored or audit.result
    by_site = audits.results_of(stored)
    return {
        "results": [(site, results.shown(by_site[site.pk], rules, principles)) for site in rows if site.pk in by_site],
        "level": reasons.level_word(stored["level"]),
    }


def findings_of(audit, site=None):
    found = audit.findings.select_related("site__centre").prefetch_related("elements")
    found = list(found.filter(site=site) if site else found)
    for finding in found:
        finding.audit = audit
        finding.why = reasons.of_finding(finding)
    return found


def record_of(scope, audit):
    """The turns of the audit's record that `scope` may read, latest first; the rest of it is on its own page."""
    return [{"what": record_words.line(e), "when": e.at, "who": e.who} for e in record.turns(scope, audit)[:30]]


class Submit(OfAudit, FormDoor):
    title = gettext_lazy("Submit the audit")
    template_name = "standards/submit.html"
    form_class = forms.Form
    allowed = staticmethod(policies.may_lead)
    done = gettext_lazy("The audit is submitted. Its ratings and evidence no longer change.")

    def get_context_data(self, **kwargs):
        principles = results.names(self.audit.edition)
        rows = []
        for sheet in audits.sheets(self.audit):
            left = [(reasons.of_problem(problem), codes) for problem, codes in sheet.missing]
            rows.append((sheet.site, results.shown(sheet.result, sheet.rules, principles), left))
        rated = not any(left for _site, _shown, left in rows)
        meetings = [(kind, kind.label, reverse("standards:record_meeting", args=[self.audit.ref, kind])) for kind in stage1.without_meeting(self.audit)]
        ready = rated and Meeting.Kind.CLOSING not in [kind for kind, _label, _url in meetings]
        return super().get_context_data(audit=self.audit, rows=rows, rated=rated, meetings=meetings, ready=ready, cancel_url=self.audit.get_absolute_url(), **kwargs)

    def act(self, form):
        return audits.submit(self.scope, self.audit).get_absolute_url()
