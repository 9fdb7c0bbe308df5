"""Reorganisations: the list, one of them, its draft step by step, the preview, and making it. An organisation's record."""

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies, reorganisation_forms
from centres.access import fetch
from centres.filters import ReorganisationFilter
from centres.models import Organisation, Reorganisation, Standing
from centres.services import organisations, reorganisations, steps
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor

State = Reorganisation.State


def url_of(reorganisation):
    return reorganisation.get_absolute_url()


class ReorganisationList(ListDoor):
    title = gettext_lazy("Reorganisations")
    may = staticmethod(policies.may_see_registries)
    template_name = "centres/reorganisations.html"
    filterset_class = ReorganisationFilter
    default_sort = "-on"
    columns = (
        Column("title", gettext_lazy("Title"), lambda r: r.title, sort="title"),
        Column("on", gettext_lazy("Takes effect"), lambda r: r.on, sort="on"),
        Column("authority", gettext_lazy("Authority"), lambda r: r.authority, sort="authority"),
        Column("officers", gettext_lazy("Officers moved"), lambda r: r.effect.get("officers"), numeric=True),
        Column("state", gettext_lazy("State"), lambda r: r.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        return Reorganisation.objects.visible_to(self.scope)

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_draft=policies.may_reorganise(self.scope), **kwargs)


class Of:
    """Of one reorganisation, which the address names."""

    def get_crumbs(self):
        crumbs = [(_("Reorganisations"), reverse("centres:reorganisations"))]
        return crumbs + ([(self.held.title, url_of(self.held))] if hasattr(self, "held") else [])

    def hold(self, may=policies.may_reorganise):
        self.held = fetch(Reorganisation.objects.all(), self.request.scope, may=may, pk=self.kwargs["pk"])
        return self.held


class ReorganisationPage(Of, DetailDoor):
    may = staticmethod(policies.may_see_registries)
    template_name = "centres/reorganisation.html"
    context_object_name = "reorganisation"

    def get_object(self):
        return fetch(Reorganisation.objects.select_related("made_by", "drafted_by"), self.scope, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        held = self.object
        called = names_for(held)
        may_change = held.state == State.DRAFT and policies.may_reorganise(self.scope)
        effect = held.effect
        return super().get_context_data(
            steps=[(n, steps.in_words(step, called)) for n, step in enumerate(held.steps, 1)],
            may_change=may_change,
            acts=steps.ACTS.items() if may_change else [],
            effect=effect,
            may_make=may_change and bool(effect) and not effect["refused"],
            hats=hats_in_words(effect, called) if policies.may_reorganise(self.scope) else [],
            moved=[
                (called.get(m["from"], m["from"]), called.get(m["into"], m["into"]), m["officers"])
                for m in effect.get("moved", [])
            ],
            below=[(row["name"], called.get(row["into"], row["into"])) for row in effect.get("below", [])],
            **kwargs,
        )


def names_for(reorganisation):
    """{code: name as on the day before it takes effect, or as its steps create it}"""
    on = reorganisation.on
    codes = {step.get(key) for step in reorganisation.steps for key in ("organisation", "into", "parent")} - {None}
    named = Organisation.objects.filter(code__in=codes).named(on)
    return {s["organisation"]: s["name"] for s in reorganisation.steps if s["act"] == "create"} | {
        o.code: o.name_then for o in named
    }


def hats_in_words(effect, called):
    labels = dict(policies.Role.choices)
    for row in effect.get("hats", []):
        place = called.get(row["into"], row["into"])
        yield row["person"], labels[row["role"]], called.get(row["from"], row["from"]), place


class NewReorganisation(FormDoor):
    title = gettext_lazy("Draft a reorganisation")
    may = staticmethod(policies.may_reorganise)
    template_name = "centres/reorganisation_draft.html"
    form_class = reorganisation_forms.DraftForm

    def get_crumbs(self):
        return [(_("Reorganisations"), reverse("centres:reorganisations"))]

    def act(self, form):
        return url_of(reorganisations.draft(self.scope, **form.cleaned_data))


class DraftDoor(Of, FormDoor):
    """A form about a draft; strangers get 404 before anything else."""

    def prepare(self):
        self.hold()

    def get_context_data(self, **kwargs):
        return super().get_context_data(reorganisation=self.held, cancel_url=url_of(self.held), **kwargs)


class ChangeReorganisation(DraftDoor):
    title = gettext_lazy("Change title, day or authority")
    template_name = "form.html"
    form_class = reorganisation_forms.DraftForm

    def get_initial(self):
        held = self.held
        return {"title": held.title, "on": held.on.isoformat(), "authority": held.authority}

    def act(self, form):
        return url_of(reorganisations.change(self.scope, self.held, **form.cleaned_data))


class AddStep(DraftDoor):
    template_name = "form.html"

    def prepare(self):
        super().prepare()
        if self.kwargs["act"] not in steps.ACTS:
            raise Http404

    def get_title(self):
        return f"{_('Add a step')}: {steps.ACTS[self.kwargs['act']]}"

    def get_form_class(self):
        return reorganisation_forms.STEP_FORMS[self.kwargs["act"]]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"codes": reorganisation_forms.codes_for(self.held.on, self.held.steps)}

    def act(self, form):
        return url_of(reorganisations.add_step(self.scope, self.held, form.step()))


class RemoveStep(Of, ActDoor):
    def act(self):
        return url_of(reorganisations.remove_step(self.scope, self.hold(), self.kwargs["number"]))


class PreviewReorganisation(Of, ActDoor):
    def act(self):
        return url_of(reorganisations.preview(self.scope, self.hold())) + "#effect"


class DiscardReorganisation(Of, ActDoor):
    done = gettext_lazy("The draft was discarded. Nothing has changed.")

    def act(self):
        reorganisations.discard(self.scope, self.hold())
        return reverse("centres:reorganisations")


class MakeReorganisation(DraftDoor):
    title = gettext_lazy("Make this reorganisation")
    template_name = "centres/reorganisation_make.html"
    form_class = reorganisation_forms.forms.Form

    def act(self, form):
        made = reorganisations.make(self.scope, self.held)
        messages.success(self.request, _("The reorganisation is made. It holds from %(day)s.") % {"day": f"{made.on:%-d %b %Y}"})
        return url_of(made)


class OrganisationDoor(FormDoor):
    """A form about one organisation's record."""

    template_name = "form.html"

    def prepare(self):
        self.held = fetch(Organisation.objects.all(), self.scope, may=policies.may_reorganise, code=self.kwargs["code"])

    def get_crumbs(self):
        return [(_("MDAs"), reverse("centres:organisations")), (self.held.name, self.held.get_absolute_url())]

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.held.get_absolute_url(), **kwargs)


class CorrectOrganisation(OrganisationDoor):
    title = gettext_lazy("Correct the record")
    form_class = reorganisation_forms.OrganisationForm
    done = gettext_lazy("The record is corrected.")

    def get_initial(self):
        return {"kind": self.held.kind, "county": self.held.county, "source": self.held.source}

    def act(self, form):
        return organisations.correct(self.scope, self.held, **form.cleaned_data).get_absolute_url()


class ChangeStanding(OrganisationDoor):
    title = gettext_lazy("Change its standing")
    form_class = reorganisation_forms.StandingForm
    done = gettext_lazy("The standing is changed.")

    def get_initial(self):
        today = self.scope.today
        now = Standing.objects.filter(organisation=self.held, during__contains=today).first()
        return {"kind": now.kind if now else None, "on": today.isoformat()}

    def act(self, form):
        return organisations.give_standing(self.scope, self.held, **form.cleaned_data).get_absolute_url()
