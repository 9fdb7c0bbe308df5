"""The Standard: an edition with its principles, criteria, elements and rules; publishing and retiring."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import FormDoor, Page
from standards import policies, reasons, rule_words, scoring
from standards.edition_forms import PublishForm
from standards.forms import ReasonForm
from standards.models import Edition
from standards.services import editions


class EditionPage(Page):
    public = True
    template_name = "standards/standard.html"

    def edition(self):
        raise NotImplementedError

    def get_title(self):
        return _("Huduma Service Excellence Quality Standard")

    def get_context_data(self, **kwargs):
        edition = self.edition()
        kwargs["editions"] = Edition.objects.visible_to(self.scope)
        if edition is None:
            return super().get_context_data(edition=None, **kwargs)
        elements = editions.elements_of(edition)
        place = self.request.GET.get("for") if self.request.GET.get("for") in ("mda", "centre") else ""
        full = self.request.GET.get("text") == "full"
        shown = [e for e in elements if not place or e.applies_to in (place, "both")]
        scope = self.scope
        return super().get_context_data(
            edition=edition,
            principles=by_principle(shown),
            tabs=[
                {"label": word, "url": self.address(key, full), "current": place == key, "count": sum(not key or e.applies_to in (key, "both") for e in elements)}
                for key, word in (("", _("All elements")), ("mda", _("Head office")), ("centre", _("Centre")))
            ],
            full=full,
            other_text=self.address(place, not full),
            critical=sum(e.critical for e in shown),
            shown=len(shown),
            levels=levels(edition),
            findings=rule_words.findings_told(edition.rules),
            rules=rule_words.told(edition.rules),
            in_force=editions.in_force(scope.today),
            may_publish=policies.may_publish(scope, edition),
            may_retire=policies.may_retire(scope, edition),
            may_clone=policies.may_clone(scope, edition),
            may_edit=policies.may_edit_draft(scope, edition),
            **kwargs,
        )

    def address(self, place, full):
        asked = urlencode({name: value for name, value in (("for", place), ("text", "full" if full else "")) if value})
        return self.request.path + (f"?{asked}" if asked else "")


class Standard(EditionPage):
    """The edition in force; before there is one, the first to come; for those who keep the Standard, else the last draft."""

    def edition(self):
        seen = Edition.objects.visible_to(self.scope)
        return editions.in_force(self.scope.today) or seen.published().order_by("in_force_on", "pk").first() or seen.first()


class OneEdition(EditionPage):
    def edition(self):
        return fetch(Edition.objects.all(), self.scope, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("The Standard"), reverse("standards:standard"))]


def by_principle(elements):
    """[(principle, [(criterion, [element])], number of elements)] in the edition's order."""
    principles = {}
    for element in elements:
        criteria = principles.setdefault(element.criterion.principle, {})
        criteria.setdefault(element.criterion, []).append(element)
    return [(principle, list(criteria.items()), sum(map(len, criteria.values()))) for principle, criteria in principles.items()]


def levels(edition):
    """Thresholds as a table shows them, lowest level first."""
    rules = editions.rules_of(edition)
    for level in rules.levels:
        yield {
            "word": reasons.level_word(level.code),
            "stars": scoring.stars(level.code, rules),
            "implementation": reasons.percent(str(level.implementation)),
            "score": reasons.percent(str(level.score)),
            "exemplary": reasons.percent(str(level.exemplary)) if level.exemplary else "",
            "partly": level.critical_partly_met,
            "measures": [(name, reasons.percent(str(value))) for name, value in level.measures.items()],
            "quarters": level.quarters,
        }


class EditionForm(FormDoor):
    may = staticmethod(policies.may_keep_standard)
    template_name = "standards/edition_form.html"
    allowed = None

    def prepare(self):
        self.edition = fetch(Edition.objects.all(), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("The Standard"), reverse("standards:standard")), (str(self.edition), reverse("standards:edition", args=[self.edition.pk]))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(edition=self.edition, cancel_url=reverse("standards:edition", args=[self.edition.pk]), **kwargs)


class Publish(EditionForm):
    title = gettext_lazy("Publish an edition")
    form_class = PublishForm
    allowed = staticmethod(policies.may_publish)
    extra_context = {
        "what": gettext_lazy("A copy of this draft is published. From then on it is not edited: audits are planned under it, and changes need another edition."),
        "submit": gettext_lazy("Publish"),
    }
    done = gettext_lazy("The edition is published.")

    def get_initial(self):
        name = self.edition.version.removesuffix("-draft")  # the draft keeps its own name, so that one is taken
        return {"version": "" if name == self.edition.version else name, "in_force_on": clock.today()}

    def act(self, form):
        made = editions.publish(self.scope, self.edition, on=clock.today(), **form.cleaned_data)
        return reverse("standards:edition", args=[made.pk])


class Retire(EditionForm):
    title = gettext_lazy("Retire an edition")
    form_class = ReasonForm
    allowed = staticmethod(policies.may_retire)
    extra_context = {
        "what": gettext_lazy("No audit is planned under a retired edition. Audits under way finish under it, and its certificates stand."),
        "submit": gettext_lazy("Retire"),
    }
    done = gettext_lazy("The edition is retired.")

    def act(self, form):
        editions.retire(self.scope, self.edition, on=clock.today(), reason=form.cleaned_data["reason"])
        return reverse("standards:edition", args=[self.edition.pk])
