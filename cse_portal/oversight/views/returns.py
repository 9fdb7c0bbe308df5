"""Quarterly returns: the list with its counts, one return, and what is done to it."""

from django.contrib import messages
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from cse_portal.lib.templatetags.cse import day, moment
from cse_portal.oversight import policies
from cse_portal.oversight.figures import STATUSES
from cse_portal.oversight.filters import ReturnFilter
from cse_portal.oversight.forms import CommentForm, NoForm, RestateForm, WhyForm
from cse_portal.oversight.models import QuarterlyReturn, Target
from cse_portal.oversight.services import return_figures, return_reminders, returns, targets

QUARTERS_SHOWN = 8


def listed(scope):
    """Returns in sight, without restatements; each with its label, how often it was restated, and the latest restatement's figures."""
    again = QuarterlyReturn.objects.filter(
        organisation=OuterRef("organisation"),
        quarter_ends=OuterRef("quarter_ends"),
        restates__isnull=False,
        figures__isnull=False,
    ).order_by()
    return (
        QuarterlyReturn.objects.visible_to(scope)
        .firsts()
        .judged(scope.today)
        .select_related("organisation", "filed_by", "signed_by")
        .annotate(
            restated=Subquery(again.values("organisation").annotate(n=Count("pk")).values("n")),
            restated_figures=Subquery(again.order_by("-pk").values("figures")[:1]),
        )
    )


def latest(quarterly):
    """Count of all cadres as last filed; None while nothing is."""
    frozen = quarterly.restated_figures or quarterly.figures
    return return_figures.together(return_figures.counts(frozen)) if frozen else None


def of_latest(name):
    def value(quarterly):
        count = latest(quarterly)
        return None if count is None else getattr(count, name)

    return value


def coverage(quarterly):
    count = latest(quarterly)
    return None if count is None or count.coverage is None else round(count.coverage, 1)


class ReturnList(ListDoor):
    title = gettext_lazy("Quarterly returns")
    may = staticmethod(policies.may_see_returns)
    template_name = "oversight/returns.html"
    filterset_class = ReturnFilter
    default_sort = "-quarter"
    columns = (
        Column("mda", gettext_lazy("MDA"), lambda r: r.organisation.name, sort="organisation__name"),
        Column("quarter", gettext_lazy("Quarter"), lambda r: r.quarter, sort="quarter_ends"),
        Column("label", gettext_lazy("State"), lambda r: str(QuarterlyReturn.LABELS[r.label]), sort="label"),
        Column("due", gettext_lazy("Due by"), lambda r: r.due_on, sort="due_on"),
        Column("filed", gettext_lazy("Filed"), lambda r: r.filed_at, sort="filed_at"),
        Column("signed", gettext_lazy("Signed"), lambda r: r.signed_at, sort="signed_at"),
        Column("in_post", gettext_lazy("In post"), of_latest("in_post"), numeric=True),
        Column("coverage", gettext_lazy("Up to date, %"), coverage, numeric=True),
        Column("restated", gettext_lazy("Restated"), lambda r: r.restated or 0, sort="restated", numeric=True),
    )
    only_exported = (
        Column("code", gettext_lazy("Code"), lambda r: r.organisation.code),
        Column("ref", gettext_lazy("Reference"), lambda r: r.ref),
        Column("current", gettext_lazy("Up to date"), of_latest("current")),
        Column("due_count", pgettext_lazy("training", "Due"), of_latest("due")),
        Column("overdue", pgettext_lazy("training", "Overdue"), of_latest("overdue")),
        Column("waived", gettext_lazy("Waived"), of_latest("waived")),
        Column("excused", gettext_lazy("Excused"), of_latest("excused")),
        Column("not_required", gettext_lazy("Not required"), of_latest("not_required")),
        Column("as_at", gettext_lazy("Register as at"), lambda r: (r.restated_figures or r.figures or {}).get("as_at")),
        Column("filed_by", gettext_lazy("Filed by"), lambda r: str(r.filed_by or "")),
        Column("signed_by", gettext_lazy("Signed by"), lambda r: str(r.signed_by or "")),
        Column("comment", gettext_lazy("Comment"), lambda r: r.comment),
    )

    def base_queryset(self):
        return listed(self.scope)

    def export(self, kind):
        self.columns = [*self.columns, *self.only_exported]
        return super().export(kind)

    def sorted(self, queryset):
        queryset = super().sorted(queryset)
        return queryset.order_by("-quarter_ends", "organisation__name", "pk") if self.sort == "-quarter" else queryset

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            row.count = latest(row)
        return context | {
            "quarters": self.quarters() if self.scope.is_national else [],
            "may_remind": policies.may_remind_of_returns(self.scope),
            "asked": [(name, value) for name, value in self.request.GET.items() if name in self.filterset.filters and value],
        }

    def quarters(self):
        """[(quarter end, {label: n}, of all, % signed in time, target)], the latest first."""
        found = {}
        seen = QuarterlyReturn.objects.visible_to(self.scope).firsts().judged(self.scope.today)
        timely = Count("pk", filter=Q(state="signed", signed_at__date__lte=F("due_on")))
        by = seen.order_by().values("quarter_ends", "label").annotate(n=Count("pk"), timely=timely)
        for ends, label, n, timely in by.values_list("quarter_ends", "label", "n", "timely"):
            labels, sums = found.setdefault(ends, ({}, [0, 0]))
            labels[label] = n
            sums[0] += n
            sums[1] += timely
        return [
            {
                "ends": ends,
                "name": clock.quarter_name(ends),
                "labels": [(label, labels.get(label, 0)) for label in QuarterlyReturn.LABELS],
                "all": sums[0],
                "timely": 100 * sums[1] / sums[0],
                "target": targets.in_force(Target.Measure.RETURNS, ends).get(None),
            }
            for ends, (labels, sums) in sorted(found.items(), reverse=True)[:QUARTERS_SHOWN]
        ]


class Remind(ActDoor):
    """Of the returns ticked, or of all that the filters leave."""

    may = staticmethod(policies.may_remind_of_returns)

    def post(self, request, *args, **kwargs):
        """All listed: asks first, for letters cannot be called back."""
        n = self.wanted().count() if "all" in request.POST and "sure" not in request.POST else 0
        if not n:
            return super().post(request, *args, **kwargs)
        words = ngettext("Letters go out for %(n)s return.", "Letters go out for %(n)s returns.", n) % {"n": n}
        kept = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
        context = {
            "title": _("Remind MDAs of their returns"),
            "crumbs": [(_("Quarterly returns"), reverse("oversight:returns"))],
            "words": words,
            "kept": kept,
        }
        return render(request, "oversight/remind.html", context)

    def wanted(self):
        sent, found = self.request.POST, listed(self.scope).exclude(state=QuarterlyReturn.State.SIGNED)
        if "all" not in sent:
            return found.filter(ref__in=sent.getlist("ref"))
        asked = ReturnFilter(sent, queryset=found, request=self.request)
        return asked.qs if asked.is_valid() else found.none()

    def act(self):
        sent = self.request.POST
        n, alone = return_reminders.remind_of(self.scope, self.wanted(), self.scope.today)
        if n:
            words = ngettext("Reminded of %(n)s return.", "Reminded of %(n)s returns.", n) % {"n": n}
            messages.success(self.request, words)
        if alone:
            names = ", ".join(one.name for one in alone[:5]) + ("…" if len(alone) > 5 else "")
            words = ngettext(
                "%(n)s MDA has nobody to remind: %(names)s", "%(n)s MDAs have nobody to remind: %(names)s", len(alone)
            )
            messages.warning(self.request, words % {"n": len(alone), "names": names})
        back = "&".join(f"{name}={sent[name]}" for name in ("quarter", "label") if sent.get(name))
        return reverse("oversight:returns") + (f"?{back}" if back else "")


class OneReturn:
    """Of a door about one return: `quarterly`, its figures beside what they are compared with."""

    allowed = None

    def prepare(self):
        ones = QuarterlyReturn.objects.judged(self.scope.today).select_related(
            "organisation", "filed_by", "signed_by", "restates"
        )
        self.quarterly = fetch(ones, self.scope, may=self.allowed, ref=self.kwargs["ref"])

    def get_crumbs(self):
        crumbs = [(_("Quarterly returns"), reverse("oversight:returns"))]
        return crumbs if isinstance(self, DetailDoor) else [*crumbs, (self.quarterly.ref, self.quarterly.get_absolute_url())]

    @cached_property
    def frozen(self):
        """Its figures, or what they would be if it were filed now."""
        return self.quarterly.figures or return_figures.take(self.quarterly.organisation, self.quarterly.quarter_ends)

    @cached_property
    def as_at(self):
        """Day of the staff register behind the figures."""
        text = self.frozen["as_at"]
        return text and clock.parse_date(text)

    def get_context_data(self, **kwargs):
        return super().get_context_data(one=self.quarterly, frozen=self.frozen, as_at=self.as_at, **kwargs)

    def compared(self, was, now=None):
        lines, every = return_figures.rows(was, now)
        return {"lines": lines, "every": every, "heads": STATUSES}


class ReturnPage(OneReturn, DetailDoor):
    may = staticmethod(policies.may_see_returns)
    template_name = "oversight/return.html"

    def get_object(self):
        return self.quarterly

    def get_title(self):
        return _("Return of %(quarter)s") % {"quarter": self.quarterly.quarter}

    def get_context_data(self, **kwargs):
        one, scope = self.quarterly, self.scope
        chain = list(
            QuarterlyReturn.objects.filter(organisation=one.organisation, quarter_ends=one.quarter_ends)
            .select_related("filed_by", "signed_by")
            .order_by("pk")
        )
        last = chain[-1]
        since = return_figures.restated_since([one]).get(one.pk) if one == last else None
        before = return_figures.counts(one.restates.figures) if one.restates else None
        return super().get_context_data(
            chain=chain if len(chain) > 1 else [],
            last=last,
            figures=self.compared(return_figures.counts(self.frozen)),
            before=before is not None and self.compared(before, return_figures.counts(self.frozen)),
            since=since and self.compared(*since),
            may_file=policies.may_file_return(scope, one) and one.state == "open",
            may_restate=policies.may_file_return(scope, one) and one.state == "signed" and one == last,
            may_sign=policies.may_sign_return(scope, one) and one.state == "filed",
            rows=[
                (_("Due by"), day(one.due_on)),
                (_("Filed"), one.filed_at and moment(one.filed_at)),
                (_("Filed by"), one.filed_by),
                (_("Signed"), one.signed_at and moment(one.signed_at)),
                (_("Signed by"), one.signed_by),
                (_("Reference"), one.ref),
                (_("Register as at"), self.as_at and day(self.as_at)),
            ],
            own_filing=one.filed_by_id is not None and one.filed_by_id == scope.user.pk,
            **kwargs,
        )


class FileReturn(OneReturn, FormDoor):
    title = gettext_lazy("File the return")
    allowed = staticmethod(policies.may_file_return)
    template_name = "oversight/return_form.html"
    form_class = CommentForm
    done = gettext_lazy("The return is filed. The authorised officer has been told that it waits for a signature.")

    def get_initial(self):
        return {"comment": self.quarterly.comment}

    def get_context_data(self, **kwargs):
        figures = self.compared(return_figures.counts(self.frozen))
        return super().get_context_data(figures=figures, submit=_("File the return"), **kwargs)

    def act(self, form):
        return returns.file(self.scope, self.quarterly, **form.cleaned_data).get_absolute_url()


class RestateReturn(OneReturn, FormDoor):
    title = gettext_lazy("Restate the return")
    allowed = staticmethod(policies.may_file_return)
    template_name = "oversight/return_form.html"
    form_class = RestateForm
    done = gettext_lazy("The restatement is filed and waits for a signature. The first return stays as signed.")

    def get_initial(self):
        return {"comment": self.quarterly.comment}

    def get_context_data(self, **kwargs):
        was, now = return_figures.counts(self.quarterly.figures), return_figures.now([self.quarterly])[self.quarterly.pk]
        return super().get_context_data(
            figures=self.compared(was, now), submit=_("File the restatement"), restating=True, **kwargs
        )

    def act(self, form):
        return returns.restate(self.scope, self.quarterly, **form.cleaned_data).get_absolute_url()


class SignReturn(OneReturn, FormDoor):
    title = gettext_lazy("Sign the return")
    allowed = staticmethod(policies.may_sign_return)
    template_name = "oversight/return_form.html"
    form_class = NoForm
    done = gettext_lazy("The return is signed.")

    def get_context_data(self, **kwargs):
        figures = self.compared(return_figures.counts(self.frozen))
        return super().get_context_data(figures=figures, submit=_("Sign"), signing=True, **kwargs)

    def act(self, form):
        return returns.sign(self.scope, self.quarterly).get_absolute_url()


class SendBackReturn(OneReturn, FormDoor):
    title = gettext_lazy("Send the return back")
    allowed = staticmethod(policies.may_sign_return)
    template_name = "oversight/confirm.html"
    form_class = WhyForm
    done = gettext_lazy("The return is open again; the HR officers have been told why.")

    def get_context_data(self, **kwargs):
        what = _(
            "%(quarter)s, %(mda)s: HR files it again, with the figures of that day. Whether it is late is judged by that day."
        )
        words = {"quarter": self.quarterly.quarter, "mda": self.quarterly.organisation}
        return super().get_context_data(
            what=what % words, submit=_("Send back"), cancel_url=self.quarterly.get_absolute_url(), **kwargs
        )

    def act(self, form):
        return returns.send_back(self.scope, self.quarterly, reason=form.cleaned_data["reason"]).get_absolute_url()
