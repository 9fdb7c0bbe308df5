"""The auditor register, an auditor's page, engagements; and the conflict checks shown on an audit's page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from standards import policies
from standards.auditor_filters import AuditorFilter
from standards.auditor_forms import EngagementDaysForm, EngagementForm, EnterForm, LineForm, PauseForm
from standards.models import Auditor, Engagement
from standards.services import auditors, impartiality


def certificate_words(until):
    """Until when a certificate is valid, in words."""
    if until is None:
        return _("None on record")
    if until == auditors.FOR_GOOD:
        return _("No end")
    return auditors.last_valid(until).isoformat()


class AuditorList(ListDoor):
    title = gettext_lazy("Auditor register")
    may = staticmethod(policies.may_list_auditors)
    template_name = "standards/auditors.html"
    filterset_class = AuditorFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Auditor"), lambda a: str(a), sort="user__name"),
        Column("certificate", gettext_lazy("Assessor certificate until"), lambda a: certificate_words(a.assessor_until), sort="assessor_until"),
        Column("lead", gettext_lazy("Lead certificate until"), lambda a: certificate_words(a.lead_until), sort="lead_until"),
        Column("workload", gettext_lazy("Audits this year"), lambda a: a.audits_now, sort="audits_now", numeric=True),
        Column("most", gettext_lazy("At most"), lambda a: a.audits_a_year, sort="audits_a_year", numeric=True),
        Column("done", gettext_lazy("Audits submitted"), lambda a: a.audits_done, sort="audits_done", numeric=True),
        Column("calibrated", gettext_lazy("Last calibration"), lambda a: a.calibrated_on, sort="calibrated_on"),
        Column("sectors", gettext_lazy("Sectors"), lambda a: a.sectors),
        Column("paused", gettext_lazy("Paused from"), lambda a: a.paused_on, sort="paused_on"),
    )

    def base_queryset(self):
        return auditors.with_competence(Auditor.objects.visible_to(self.scope), self.scope.today)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(may_keep=policies.may_keep_register(self.scope), **kwargs)
        for line in context["page_obj"].object_list:
            describe(line, self.scope.today)
        return context


def describe(line, on):
    """Adds what the templates show of the two certificates: [state, last valid day or None]."""
    line.assessor = (auditors.standing(line.assessor_until, on), auditors.last_valid(line.assessor_until))
    line.lead = (auditors.standing(line.lead_until, on), auditors.last_valid(line.lead_until))
    return line


class OfAuditor:
    """Of one line of the register: `self.line`, fetched under `allowed(scope, line)`."""

    allowed = None

    def prepare(self):
        lines = auditors.with_competence(Auditor.objects.all(), self.scope.today)
        self.line = describe(fetch(lines, self.scope, may=type(self).allowed, pk=self.kwargs["pk"]), self.scope.today)

    def get_crumbs(self):
        return [(_("Auditor register"), reverse("standards:auditors")), (str(self.line), self.line.get_absolute_url())]


class AuditorPage(OfAuditor, DetailDoor):
    template_name = "standards/auditor.html"

    def get_object(self, queryset=None):
        return self.line

    def get_crumbs(self):
        return super().get_crumbs()[:1]

    def get_context_data(self, **kwargs):
        scope, line = self.scope, self.line
        sees = policies.may_read_engagements(scope, line)
        engagements = list(Engagement.objects.visible_to(scope).filter(user=line.user).select_related("organisation", "centre")) if sees else []
        for one in engagements:
            one.last = auditors.last_day(one.during)
        completions = list(auditors.certificates(line, scope.today))
        for one in completions:
            one.last = auditors.last_valid(one.until)
        return super().get_context_data(
            line=line,
            completions=completions,
            teams=list(auditors.teams(line)[:50]) if sees else None,
            engagements=engagements,
            sees_engagements=sees,
            may_keep=policies.may_keep_register(scope, line),
            may_record=policies.may_record_engagement(scope, line),
            own=scope.user == line.user,
            today=scope.today,
            **kwargs,
        )


class Enter(FormDoor):
    title = gettext_lazy("Enter an auditor")
    may = staticmethod(policies.may_keep_register)
    template_name = "standards/auditor_form.html"
    form_class = EnterForm
    done = gettext_lazy("The auditor is in the register.")

    def get_crumbs(self):
        return [(_("Auditor register"), reverse("standards:auditors"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("standards:auditors"), **kwargs)

    def act(self, form):
        return auditors.enter(self.scope, **form.cleaned_data).get_absolute_url()


class LineDoor(OfAuditor, FormDoor):
    template_name = "standards/auditor_form.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.line.get_absolute_url(), **kwargs)


class ChangeLine(LineDoor):
    title = gettext_lazy("Change the entry")
    allowed = staticmethod(policies.may_keep_register)
    form_class = LineForm
    done = gettext_lazy("The entry is changed.")

    def get_initial(self):
        return {name: getattr(self.line, name) for name in ("sectors", "languages", "audits_a_year")}

    def act(self, form):
        return auditors.change(self.scope, self.line, **form.cleaned_data).get_absolute_url()


class Pause(LineDoor):
    title = gettext_lazy("Pause the auditor")
    allowed = staticmethod(policies.may_keep_register)
    form_class = PauseForm
    done = gettext_lazy("The auditor takes no audits from that day.")

    def act(self, form):
        return auditors.pause(self.scope, self.line, **form.cleaned_data).get_absolute_url()


class Resume(OfAuditor, ActDoor):
    allowed = staticmethod(policies.may_keep_register)
    done = gettext_lazy("The auditor takes audits again.")

    def act(self):
        return auditors.resume(self.scope, self.line).get_absolute_url()


class Engage(LineDoor):
    title = gettext_lazy("Record an engagement")
    template_name = "standards/engagement_form.html"
    allowed = staticmethod(policies.may_record_engagement)
    form_class = EngagementForm
    done = gettext_lazy("The engagement is on record.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def act(self, form):
        auditors.engage(self.scope, self.line, **form.cleaned_data)
        return self.line.get_absolute_url()


class ChangeEngagement(LineDoor):
    title = gettext_lazy("Change the days of an engagement")
    allowed = staticmethod(policies.may_change_engagement)
    form_class = EngagementDaysForm
    done = gettext_lazy("The days are changed.")

    def prepare(self):
        super().prepare()
        self.held = fetch(Engagement.objects.filter(user__auditor=self.kwargs["pk"]), self.scope, pk=self.kwargs["engagement"])

    def get_initial(self):
        last = auditors.last_day(self.held.during)
        return {"since": self.held.during.lower.isoformat(), "until": last.isoformat() if last else ""}

    def act(self, form):
        auditors.change_engagement(self.scope, self.held, **form.cleaned_data)
        return self.line.get_absolute_url()


def choices(scope, judged):
    """Every auditor for a team: [{line, against, against_leading}], the free ones first; `against_leading` keeps from leading only."""
    lines = auditors.with_competence(Auditor.objects.visible_to(scope), scope.today)
    lines = [describe(line, scope.today) for line in lines.filter(user__is_active=True)]
    found = impartiality.obstacles_of([line.user for line in lines], judged, lead=True)
    rows = []
    for line in lines:
        all_of_it = found[line.user_id]
        rows.append({
            "line": line,
            "against": [o for o in all_of_it if o.code not in impartiality.OF_A_LEAD],
            "against_leading": [o for o in all_of_it if o.code in impartiality.OF_A_LEAD],
        })  # fmt: skip
    return sorted(rows, key=lambda row: (bool(row["against"]), bool(row["against_leading"]), row["line"].audits_now))


class NamesTeam:
    """A form door that names a team: it offers those who may be named, and shows everybody else with what speaks against them. The
    second button, `look`, does so anew for what is typed and names nobody."""

    def judged(self, form):
        """What the team would audit (impartiality.Judged), or None where that is not known yet."""
        raise NotImplementedError

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def post(self, request, *args, **kwargs):
        if "look" not in request.POST:
            return super().post(request, *args, **kwargs)
        typed = self.get_form()
        given = self.get_form_kwargs() | {"data": None, "files": None}
        given["initial"] = given["initial"] | {name: typed[name].value() for name in typed.fields}
        return self.render_to_response(self.get_context_data(form=self.form_class(**given)))

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None) or self.get_form()
        judged = self.judged(form)
        rows = choices(self.scope, judged) if judged else None
        if judged:
            free = [row for row in rows if not row["against"]]
            form.offer({row["line"].user_id for row in free}, {row["line"].user_id for row in free if not row["against_leading"]})
        return super().get_context_data(form=form, choices=rows, judged=judged, **kwargs)


def on_audit(scope, audit):
    """The conflict checks of the team as they stand, for those who audit and decide."""
    if not policies.may_read_team(scope, audit) or not audit.team.all():
        return None
    return {"rows": impartiality.team_checks(audit), "open": audit.is_open}
