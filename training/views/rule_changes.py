"""Changes of the rules: the draft where one tries, its effect, and what becomes of it."""

from collections import defaultdict

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Cadre, Organisation
from cse_portal.lib import clock, tabular
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from cse_portal.lib.errors import Refused
from training import policies, tasks
from training.compliance.status import LABELS
from training.forms import DraftForm, EditionForm, EndForm, ReasonForm, RequireForm
from training.models import Requirement, RequirementChange
from training.services import requirements, rule_effect

MDAS_SHOWN = 30
State = RequirementChange.State


class RuleChangeList(ListDoor):
    title = gettext_lazy("Changes of the rules")
    may = staticmethod(policies.may_see_requirements)
    template_name = "training/rule_changes.html"
    default_sort = "-drafted"
    columns = (
        Column("title", gettext_lazy("Change"), lambda c: c.title, sort="title"),
        Column("state", gettext_lazy("State"), lambda c: c.get_state_display(), sort="state"),
        Column("authority", gettext_lazy("By order of"), lambda c: c.authority, sort="authority"),
        Column("officers", gettext_lazy("Officers touched"), lambda c: c.officers, sort="officers", numeric=True),
        Column("drafted", gettext_lazy("Drafted"), lambda c: c.drafted_at, sort="drafted_at"),
        Column("published", gettext_lazy("Published"), lambda c: c.published_at, sort="published_at"),
    )

    def get_crumbs(self):
        return [(_("Requirements"), reverse("training:requirements"))]

    def base_queryset(self):
        return RequirementChange.objects.visible_to(self.scope)

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_change=policies.may_change_rules(self.scope), **kwargs)


def chosen_rule(request):
    """The rule that the address names, if any."""
    pk = request.GET.get("rule", "")
    return Requirement.objects.filter(pk=int(pk)).first() if pk.isdigit() and len(pk) < 12 else None


class DraftRules(FormDoor):
    title = gettext_lazy("Draft a change of the rules")
    may = staticmethod(policies.may_change_rules)
    template_name = "training/rule_form.html"
    form_class = DraftForm

    def get_crumbs(self):
        return [(_("Requirements"), reverse("training:requirements"))]

    def act(self, form):
        change = requirements.draft(self.scope, **form.cleaned_data)
        step = {"end": "training:rule_end", "edition": "training:rule_edition"}.get(self.request.GET.get("do"))
        rule = chosen_rule(self.request)
        if step and rule:
            return reverse(step, args=[change.ref]) + f"?rule={rule.pk}"
        return change.get_absolute_url()


class OfChange:
    """Mixin of pages of the change that the address names. `allowed`: the policy."""

    allowed = staticmethod(policies.may_change_rules)

    def prepare(self):
        self.change = fetch(RequirementChange.objects.all(), self.scope, may=type(self).allowed, ref=self.kwargs["ref"])

    def get_crumbs(self):
        return [(_("Requirements"), reverse("training:requirements")), (str(self.change), self.change.get_absolute_url())]


class OfDraft(OfChange):
    """Of a draft only."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.change.get_absolute_url(), **kwargs)


class RequireRule(OfDraft, FormDoor):
    title = gettext_lazy("Require a course")
    template_name = "training/rule_form.html"
    form_class = RequireForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.scope.today}

    def act(self, form):
        requirements.require(self.scope, change=self.change, **form.cleaned_data)
        return self.change.get_absolute_url()


class EndRule(OfDraft, FormDoor):
    title = gettext_lazy("End a rule")
    template_name = "training/rule_form.html"
    form_class = EndForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.scope.today}

    def get_initial(self):
        return {"requirement": chosen_rule(self.request)}

    def act(self, form):
        requirements.end(self.scope, change=self.change, **form.cleaned_data)
        return self.change.get_absolute_url()


class NewEdition(EndRule):
    title = gettext_lazy("Change the time to meet a rule")
    form_class = EditionForm

    def get_initial(self):
        rule = chosen_rule(self.request)
        return {"requirement": rule, "due_within_days": rule and rule.due_within_days}

    def act(self, form):
        requirements.new_edition(self.scope, change=self.change, **form.cleaned_data)
        return self.change.get_absolute_url()


class RemoveLine(OfChange, ActDoor):
    def act(self):
        for line in self.change.lines.filter(pk=self.kwargs["pk"]):
            requirements.remove(self.scope, change=self.change, line=line)
        return self.change.get_absolute_url()


class PreviewRules(OfChange, ActDoor):
    """Counts the effect; `on`: on which day, otherwise the first on which the change does anything."""

    def act(self):
        text = self.request.POST.get("on", "").strip()
        try:
            on = clock.parse_date(text) if text else None
        except ValueError:
            raise Refused(_("Write the date as 20 Nov 2026, 20/11/2026 or 2026-11-20."), code="not_a_date")
        change = requirements.preview(self.scope, change=self.change, on=on)
        if change.counted is not None:
            tasks.soon(tasks.count_rule_change, change.pk)
        return change.get_absolute_url() + "#effect"


class PublishRules(OfChange, FormDoor):
    """Says once more what will happen, and asks for the authority where it is not given yet."""

    title = gettext_lazy("Publish the change")
    template_name = "training/rule_publish.html"
    form_class = DraftForm

    def get_initial(self):
        return {"title": self.change.title, "authority": self.change.authority}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["authority"].required = True
        return form

    def get_context_data(self, **kwargs):
        lines = self.change.lines.select_related(
            "requirement__cadre", "requirement__course", "requirement__organisation", "cadre", "course", "organisation"
        )
        return super().get_context_data(
            change=self.change, lines=[requirements.words(line) for line in lines], effect=summary(self.change),
            cancel_url=self.change.get_absolute_url(), **kwargs,
        )  # fmt: skip

    def act(self, form):
        change = requirements.publish(self.scope, change=self.change, **form.cleaned_data)
        tasks.soon(tasks.apply_rule_change, change.pk)
        messages.success(
            self.request, _("The rules are published; the statuses of %(n)s officers follow.") % {"n": f"{change.officers:,}"}
        )
        return change.get_absolute_url()


class UndoRules(OfChange, FormDoor):
    title = gettext_lazy("Undo the change")
    template_name = "training/confirm.html"
    form_class = ReasonForm

    def get_context_data(self, **kwargs):
        what = _(
            "The rules that “%(title)s” made are in force on no day, and those it ended are again what they were. Figures of past days change back too; what was known before stays on record."
        ) % {"title": self.change.title}
        return super().get_context_data(
            what=what, submit=_("Undo the change"), cancel_url=self.change.get_absolute_url(), **kwargs
        )

    def act(self, form):
        change = requirements.undo(self.scope, change=self.change, reason=form.cleaned_data["reason"])
        tasks.soon(tasks.apply_rule_change, change.pk)
        return change.get_absolute_url()


class DiscardRules(OfChange, ActDoor):
    done = gettext_lazy("The draft is discarded. Nothing was changed by it.")

    def act(self):
        requirements.discard(self.scope, change=self.change)
        return reverse("training:rule_changes")


# The effect, for readers.


def summary(change):
    """{newly, overdue, no_longer: officers; error; on; of; sampled} or None before a preview."""
    if not change.preview:
        return None
    found = change.preview
    return rule_effect.measures(found["cells"]) | {
        "error": found["error"], "on": clock.parse_date(found["on"]), "of": found["of"], "looked": found["looked"], "sampled": found["kind"] == "sampled",
    }  # fmt: skip


def by_cadre(cells):
    """[(Cadre, measures, [(status word, before, after)])], and the same of all as (None, …) at the end."""
    names, found = Cadre.objects.in_bulk(), []
    groups = {pk: [c for c in cells if c[1] == pk] for pk in sorted({c[1] for c in cells}, key=lambda pk: names[pk].sequence)}
    for pk, theirs in [*groups.items(), *([(None, cells)] if len(groups) > 1 else [])]:
        statuses = [
            (word, round(sum(c[4] for c in theirs if c[2] == code)), round(sum(c[4] for c in theirs if c[3] == code)))
            for code, word in LABELS.items()
        ]
        found.append((names.get(pk), rule_effect.measures(theirs), statuses))
    return found


def by_mda(cells):
    """[(Organisation, officers in post, measures)] where anyone's status changes, those with most newly due first."""
    groups = defaultdict(list)
    for cell in cells:
        groups[cell[0]].append(cell)
    names = Organisation.objects.in_bulk(groups)
    rows = [
        (names[pk], round(sum(c[4] for c in theirs)), rule_effect.measures(theirs))
        for pk, theirs in groups.items()
        if pk in names
    ]
    rows = [row for row in rows if row[2]["changed"]]
    return sorted(rows, key=lambda r: (-r[2]["newly"], -r[2]["overdue"], -r[2]["no_longer"], r[0].name))


class RuleChangePage(OfChange, DetailDoor):
    allowed = staticmethod(policies.may_see_requirements)
    template_name = "training/rule_change.html"
    context_object_name = "change"

    def get_object(self, queryset=None):
        return self.change

    def get_crumbs(self):
        return [
            (_("Requirements"), reverse("training:requirements")),
            (_("Changes of the rules"), reverse("training:rule_changes")),
        ]

    @property
    def is_moving(self):
        return self.change.state in requirements.UNDER_WAY or self.change.counted is not None

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") in tabular.TYPES and self.shows_effect:
            return self.export(request.GET["export"])
        response = super().get(request, *args, **kwargs)
        if self.is_moving:
            response["Refresh"] = "3"  # the page looks again by itself, with or without JavaScript
        return response

    @property
    def shows_effect(self):
        return bool(self.change.preview) and policies.may_read_drafts(self.scope)

    def export(self, kind):
        """MDA by MDA and cadre by cadre: how many change from which status to which."""
        cells = self.change.preview["cells"]
        places, cadres = Organisation.objects.in_bulk({c[0] for c in cells}), Cadre.objects.in_bulk()
        heading = [_("MDA"), _("Code"), _("CSE cadre"), _("Before"), _("After"), _("Officers"), _("Counted"), _("On")]
        counted = _("exactly") if self.change.preview["kind"] == "exact" else _("from a sample")
        rows = (
            [
                places[o].name,
                places[o].code,
                cadres[c].name,
                str(LABELS[before]),
                str(LABELS[after]),
                n,
                counted,
                self.change.preview["on"],
            ]
            for o, c, before, after, n in cells
        )
        return tabular.response(kind, f"effect-{self.change.ref.lower()}", heading, rows)

    def get_context_data(self, **kwargs):
        change, scope = self.change, self.scope
        rules = ["requirement__cadre", "requirement__course", "requirement__organisation"]
        lines = list(change.lines.select_related(*rules, "cadre", "course", "organisation"))
        for line in lines:
            line.words = requirements.words(line)
        may = policies.may_change_rules(scope)
        context = super().get_context_data(
            lines=lines,
            may_draft=may and change.state == State.DRAFT,
            may_undo=may and change.state == State.PUBLISHED,
            moving=self.is_moving,
            under_way=change.state in requirements.UNDER_WAY,
            past=[line for line in lines if rule_effect.days_of(line).lower < scope.today] if change.state == State.DRAFT else [],
            **kwargs,
        )
        if self.shows_effect:
            cells = change.preview["cells"]
            mdas = by_mda(cells)
            context |= {
                "effect": summary(change),
                "cadres": by_cadre(cells),
                "mdas": mdas[:MDAS_SHOWN],
                "more": len(mdas) - MDAS_SHOWN,
            }
        return context
