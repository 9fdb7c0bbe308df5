"""Calibration cases: making one, rating it alone, and how alike auditors were."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from standards import policies
from standards.agreement import MINIMUM_AUDITORS, MINIMUM_ELEMENTS
from standards.auditor_filters import CalibrationFilter
from standards.auditor_forms import AnswerForm, CaseForm, ItemForm
from standards.models import Calibration, CalibrationAnswer, Rating
from standards.services import calibrations


class CalibrationList(ListDoor):
    title = gettext_lazy("Calibration")
    may = staticmethod(policies.may_list_calibrations)
    template_name = "standards/calibrations.html"
    filterset_class = CalibrationFilter
    columns = (
        Column("title", gettext_lazy("Case"), lambda c: c.title, sort="title"),
        Column("edition", gettext_lazy("Edition"), lambda c: str(c.edition), sort="edition__version"),
        Column("closes", gettext_lazy("Closes"), lambda c: c.closes_on, sort="closes_on"),
        Column("state", gettext_lazy("State"), lambda c: c.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        return Calibration.objects.visible_to(self.scope).select_related("edition")

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_make=policies.may_make_calibration(self.scope), **kwargs)


class OfCase:
    allowed = None

    def prepare(self):
        cases = Calibration.objects.select_related("edition")
        self.case = fetch(cases, self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Calibration"), reverse("standards:calibrations")), (str(self.case), self.case.get_absolute_url())]

    def items(self):
        return list(self.case.items.select_related("element__criterion"))


class CasePage(OfCase, DetailDoor):
    template_name = "standards/calibration.html"
    allowed = staticmethod(policies.may_list_calibrations)

    def get_object(self, queryset=None):
        return self.case

    def get_crumbs(self):
        return super().get_crumbs()[:1]

    def get_context_data(self, **kwargs):
        scope, case = self.scope, self.case
        mine = dict(CalibrationAnswer.objects.filter(item__calibration=case, user=scope.user).values_list("item_id", "value"))
        items, words = self.items(), dict(Rating.Value.choices)
        for item in items:
            item.mine = words.get(mine.get(item.pk))
        context = {
            "case": case,
            "items": items,
            "mine": mine,
            "may_make": policies.may_make_calibration(scope),
            "may_change": policies.may_change_calibration(scope, case),
            "may_answer": policies.may_answer_calibration(scope, case) and not mine,
            "sees_expected": case.state == Calibration.State.CLOSED or policies.may_make_calibration(scope),
            "answered": calibrations.answered(case) if policies.may_make_calibration(scope) else None,
        }
        if policies.may_read_agreement(scope, case):
            context |= shown(scope, case, items)
        return super().get_context_data(**context, **kwargs)


def shown(scope, case, items):
    """Agreement for the page: figures, lines of elements and of the auditors that the scope may see."""
    found, people = calibrations.agreement_of(case)
    everyone = scope.role in policies.DECIDERS
    words = dict(Rating.Value.choices)
    return {
        "agreement": found,
        "enough": found.auditors >= MINIMUM_AUDITORS and found.elements >= MINIMUM_ELEMENTS,
        "least_auditors": MINIMUM_AUDITORS,
        "least_elements": MINIMUM_ELEMENTS,
        "alpha": f"{float(found.alpha):.2f}" if found.alpha is not None else None,
        "share": percent(found.overall),
        "by_element": [
            {
                "item": item,
                "line": found.by_element[item.element.code],
                "share": percent(found.by_element[item.element.code]),
                "given": [(words[v], n) for v in Rating.Value.values if (n := found.values[item.element.code][v])],
            }
            for item in items
        ],
        "by_auditor": [
            {"who": user, "line": found.by_auditor[pk], "share": percent(found.by_auditor[pk])}
            for pk, user in people.items()
            if everyone or pk == scope.user.pk
        ],
    }


def percent(line):
    return float(line.share * 100) if line.share is not None else None


class MakeCase(FormDoor):
    title = gettext_lazy("Make a case")
    may = staticmethod(policies.may_make_calibration)
    template_name = "standards/calibration_form.html"
    form_class = CaseForm

    def get_crumbs(self):
        return [(_("Calibration"), reverse("standards:calibrations"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("standards:calibrations"), **kwargs)

    def act(self, form):
        return calibrations.make(self.scope, **form.cleaned_data).get_absolute_url()


class TellElement(OfCase, FormDoor):
    title = gettext_lazy("Tell an element")
    template_name = "standards/calibration_form.html"
    allowed = staticmethod(policies.may_change_calibration)
    form_class = ItemForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"calibration": self.case}

    def get_initial(self):
        item = self.case.items.filter(element__code=self.request.GET.get("element", "")).first()
        return {"element": item.element_id, "story": item.story, "expected": item.expected} if item else {}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.case.get_absolute_url(), **kwargs)

    def act(self, form):
        calibrations.tell(self.scope, self.case, **form.cleaned_data)
        return self.case.get_absolute_url()


class LeaveOut(OfCase, ActDoor):
    allowed = staticmethod(policies.may_change_calibration)

    def act(self):
        item = self.case.items.select_related("element").filter(element__code=self.kwargs["code"]).first()
        if item:
            calibrations.leave_out(self.scope, self.case, element=item.element)
        return self.case.get_absolute_url()


class OpenCase(OfCase, ActDoor):
    allowed = staticmethod(policies.may_change_calibration)
    done = gettext_lazy("The case is open, and the auditors are asked to rate it.")

    def act(self):
        return calibrations.open_case(self.scope, self.case).get_absolute_url()


class CloseCase(OfCase, ActDoor):
    allowed = staticmethod(policies.may_make_calibration)
    done = gettext_lazy("The case is closed.")

    def act(self):
        return calibrations.close(self.scope, self.case).get_absolute_url()


class Answer(OfCase, FormDoor):
    title = gettext_lazy("Rate the case")
    template_name = "standards/calibration_answer.html"
    allowed = staticmethod(policies.may_answer_calibration)
    form_class = AnswerForm
    done = gettext_lazy("Your ratings are kept. Agreement is shown once the case is closed.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"items": self.items()}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.case.get_absolute_url(), **kwargs)

    def act(self, form):
        calibrations.answer(self.scope, self.case, ratings=form.ratings())
        return self.case.get_absolute_url()
