"""The year's programme: its list, one year by line or by month, what a person decides, and planning an audit from a line."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor, Page
from standards import policies, risk_words
from standards.models import Audit, AuditProgramme, ProgrammeLine
from standards.programme_filters import LineFilter
from standards.programme_forms import AdoptForm, DrawUpForm, LineForm, TakeForm, WeightsForm
from standards.services import programmes

from .audits import PlanAudit

Line = ProgrammeLine.State


class ProgrammeList(ListDoor):
    title = gettext_lazy("Audit programme")
    may = staticmethod(policies.may_see_programme)
    template_name = "standards/programmes.html"
    default_sort = "-year"
    columns = (
        Column("year", gettext_lazy("Financial year"), lambda p: p.financial_year, sort="financial_year"),
        Column("state", gettext_lazy("State"), lambda p: p.get_state_display(), sort="state"),
        Column("taken", gettext_lazy("In the programme"), lambda p: p.taken, sort="taken", numeric=True),
        Column("planned", gettext_lazy("Audits planned"), lambda p: p.planned, sort="planned", numeric=True),
        Column("adopted", gettext_lazy("Adopted"), lambda p: p.adopted_on, sort="adopted_on"),
    )

    def base_queryset(self):
        taken = Count("lines", filter=Q(lines__state=Line.TAKEN))
        planned = Count("lines", filter=Q(lines__audit__isnull=False) & ~Q(lines__audit__state=Audit.State.CANCELLED))
        return AuditProgramme.objects.visible_to(self.scope).annotate(taken=taken, planned=planned)

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_keep=policies.may_keep_programme(self.scope), **kwargs)


class DrawUp(FormDoor):
    title = gettext_lazy("Draw up a programme")
    may = staticmethod(policies.may_keep_programme)
    template_name = "standards/programme_form.html"
    form_class = DrawUpForm
    done = gettext_lazy("The programme is drawn up, in the order of risk.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_crumbs(self):
        return [(_("Audit programme"), reverse("standards:programmes"))]

    def get_context_data(self, **kwargs):
        explained = _(
            "Every MDA that the directive binds and every open Huduma Centre is listed, the most urgent first. You decide which are audited, and when."
        )
        return super().get_context_data(explained=explained, cancel_url=reverse("standards:programmes"), **kwargs)

    def act(self, form):
        return programmes.draw_up(self.scope, **form.cleaned_data).get_absolute_url()


class OfProgramme:
    """`self.programme` of the address, in the scope's sight."""

    def prepare(self):
        self.programme = fetch(
            AuditProgramme.objects.select_related("adopted_by"),
            self.scope,
            financial_year=self.kwargs["year"].replace("-", "/"),
        )

    def get_crumbs(self):
        return [(_("Audit programme"), reverse("standards:programmes")), (str(self.programme), self.programme.get_absolute_url())]


def month_of(line):
    return date_format(line.month, "M Y") if line.month else ""


class ProgrammePage(OfProgramme, ListDoor):
    may = staticmethod(policies.may_see_programme)
    template_name = "standards/programme.html"
    filterset_class = LineFilter
    default_sort = "order"
    columns = (
        Column("order", gettext_lazy("Order"), lambda r: r.position, sort="position", numeric=True),
        Column("subject", gettext_lazy("MDA or centre"), lambda r: str(r.centre or r.organisation), sort="organisation__name"),
        Column("points", gettext_lazy("Risk"), lambda r: r.risk["points"], sort="suggested_position", numeric=True),
        Column("why", gettext_lazy("What counts most"), lambda r: risk_words.in_short(r.risk)),
        Column("state", gettext_lazy("State"), lambda r: r.get_state_display(), sort="state"),
        Column("month", gettext_lazy("Month"), month_of, sort="month"),
        Column("reason", gettext_lazy("Reason"), lambda r: r.reason),
        Column("audit", gettext_lazy("Audit"), lambda r: r.audit.ref if r.audit else ""),
    )

    def get_title(self):
        return _("Audit programme %(year)s") % {"year": self.programme.financial_year}

    def get_crumbs(self):
        return super().get_crumbs()[:1]

    def base_queryset(self):
        return self.programme.lines.select_related("organisation", "centre", "audit")

    def get_context_data(self, **kwargs):
        programme = self.programme
        counts = dict(programme.lines.order_by().values_list("state").annotate(n=Count("pk")))
        context = super().get_context_data(
            programme=programme,
            taken=counts.get(Line.TAKEN, 0),
            dropped=counts.get(Line.DROPPED, 0),
            suggested=counts.get(Line.SUGGESTED, 0),
            may_keep=policies.may_keep_programme(self.scope) and programme.state != AuditProgramme.State.CLOSED,
            may_close=programmes.is_over(programme, self.scope.today),
            **kwargs,
        )
        for row in context["page_obj"].object_list:
            row.short, row.in_month = risk_words.in_short(row.risk), month_of(row)
        return context


class Calendar(OfProgramme, Page):
    """The lines taken, by month."""

    may = staticmethod(policies.may_see_programme)
    template_name = "standards/programme_calendar.html"

    def get_title(self):
        return _("Audit programme %(year)s by month") % {"year": self.programme.financial_year}

    def get_context_data(self, **kwargs):
        taken = (
            self.programme.lines.filter(state=Line.TAKEN).select_related("organisation", "centre", "audit").order_by("position")
        )
        by_month = {day: [] for day in programmes.months(self.programme.financial_year)}
        for line in taken:
            by_month[line.month].append(line)
        return super().get_context_data(programme=self.programme, months=list(by_month.items()), **kwargs)


class Suggest(OfProgramme, ActDoor):
    may = staticmethod(policies.may_keep_programme)
    done = gettext_lazy("The order is suggested again with what is known today. What people decided stays.")

    def act(self):
        return programmes.suggest(self.scope, self.programme).get_absolute_url()


class Close(OfProgramme, ActDoor):
    may = staticmethod(policies.may_keep_programme)
    done = gettext_lazy("The programme is closed.")

    def act(self):
        return programmes.close(self.scope, self.programme).get_absolute_url()


class OfProgrammeForm(OfProgramme, FormDoor):
    may = staticmethod(policies.may_keep_programme)
    template_name = "standards/programme_form.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.programme.get_absolute_url(), **kwargs)


class Adopt(OfProgrammeForm):
    title = gettext_lazy("Adopt the programme")
    form_class = AdoptForm
    done = gettext_lazy("The programme is adopted. From now on a change of a line needs its reason.")

    def act(self, form):
        return programmes.adopt(self.scope, self.programme, **form.cleaned_data).get_absolute_url()


class Take(OfProgrammeForm):
    title = gettext_lazy("Take the most urgent")
    form_class = TakeForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"programme": self.programme}

    def act(self, form):
        n = programmes.take_most_urgent(self.scope, self.programme, **form.cleaned_data)
        messages.success(
            self.request, ngettext("%(n)s is taken into the programme.", "%(n)s are taken into the programme.", n) % {"n": n}
        )
        return self.programme.get_absolute_url()


class Weigh(OfProgrammeForm):
    title = gettext_lazy("What each risk counts")
    form_class = WeightsForm
    done = gettext_lazy("The order is suggested again by the new weights. What people decided stays.")

    def get_initial(self):
        return dict(self.programme.weights)

    def act(self, form):
        return programmes.weigh(self.scope, self.programme, weights=form.cleaned_data).get_absolute_url()


class OfLine(OfProgramme):
    """`self.line` of the programme."""

    def prepare(self):
        super().prepare()
        lines = ProgrammeLine.objects.select_related("programme", "organisation", "centre", "audit", "decided_by")
        self.line = fetch(lines, self.scope, programme__financial_year=self.kwargs["year"].replace("-", "/"), pk=self.kwargs["pk"])


class DecideLine(OfLine, OfProgrammeForm):
    """What the order is suggested from, and what a person decides; readers see the first alone."""

    may = staticmethod(policies.may_see_programme)
    template_name = "standards/programme_line.html"
    form_class = LineForm
    done = gettext_lazy("It is decided.")

    def post(self, request, *args, **kwargs):
        if not policies.may_keep_programme(self.scope):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def get_title(self):
        return str(self.line.centre or self.line.organisation)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"line": self.line}

    def get_initial(self):
        line = self.line
        return {
            "state": line.state,
            "month": line.month and line.month.isoformat(),
            "position": line.position,
            "reason": line.reason,
        }

    @property
    def may_decide(self):
        return policies.may_keep_programme(self.scope) and self.programme.state != AuditProgramme.State.CLOSED

    def get_context_data(self, **kwargs):
        line = self.line
        planned = line.audit and line.audit.state != Audit.State.CANCELLED
        ready = self.programme.state == AuditProgramme.State.ADOPTED and line.state == Line.TAKEN and not planned
        return super().get_context_data(
            line=line,
            programme=self.programme,
            parts=risk_words.of_risk(line.risk),
            in_month=month_of(line),
            may_decide=self.may_decide,
            may_plan=ready and policies.may_plan_audit(self.scope),
            **kwargs,
        )

    def act(self, form):
        programmes.decide(self.scope, self.line, **form.cleaned_data)
        return self.programme.get_absolute_url()


class PlanFromLine(OfLine, PlanAudit):
    """The plan of an audit, filled in from the line."""

    title = gettext_lazy("Plan the audit")

    def get_crumbs(self):
        here = reverse("standards:programme_line", args=[self.kwargs["year"], self.line.pk])
        return [*super().get_crumbs(), (str(self.line.centre or self.line.organisation), here)]

    def get_initial(self):
        line = self.line
        return {
            "organisation": line.organisation.code,
            "head_office": line.centre is None,
            "centres": [line.centre.code] if line.centre else [],
            "starts_on": line.month,
        }

    def act(self, form):
        return programmes.plan(self.scope, self.line, **form.cleaned_data).get_absolute_url()
