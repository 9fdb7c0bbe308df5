"""One officer by form: added, corrected, moved, seconded, separated, excused; and each of these taken back."""

from django.contrib import messages
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies, upkeep_forms
from centres.access import fetch
from centres.models import Excusal, Officer, Posting
from centres.services import excusals, history, officers, postings
from cse_portal.lib.doors import ActDoor, FormDoor
from cse_portal.lib.templatetags.cse import long_day

STAFF = "training:officers"


class AddOfficer(FormDoor):
    title = gettext_lazy("Add an officer")
    may = staticmethod(policies.may_keep_register)
    template_name = "centres/officer_add.html"
    form_class = upkeep_forms.AddForm

    def get_crumbs(self):
        return [(_("Staff"), reverse(STAFF))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def act(self, form):
        given = form.cleaned_data
        officer = officers.add(
            self.scope,
            organisation=given["organisation"],
            on=given["on"],
            personal_no=given["personal_no"],
            post=form.post(),
            **form.person(),
        )
        messages.success(
            self.request,
            _("%(officer)s is on the register, in post from %(day)s.") % {"officer": officer, "day": long_day(given["on"])},
        )
        return officer.get_absolute_url()


class OfficerAct(FormDoor):
    """A form about the officer whom the address names; `submit` is the word of its button."""

    may = staticmethod(policies.may_keep_register)
    template_name = "centres/officer_act.html"
    submit = gettext_lazy("Save")
    explained = ""

    @cached_property
    def officer(self):
        return fetch(Officer.objects.all(), self.scope, policies.may_keep_officer, ref=self.kwargs["ref"])

    @cached_property
    def post_today(self):
        """The post held today, or else the last one."""
        held = list(
            self.officer.postings.select_related("organisation", "cadre", "job_group", "county", "centre", "host").order_by(
                "during"
            )
        )
        return history.at(held, self.scope.today) or (held[-1] if held else None)

    def get_crumbs(self):
        return [(_("Staff"), reverse(STAFF)), (str(self.officer), self.officer.get_absolute_url())]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            officer=self.officer,
            post=self.post_today,
            facts=self.facts(),
            submit=self.submit,
            explained=self.explained,
            cancel_url=self.officer.get_absolute_url(),
            **kwargs,
        )

    def facts(self):
        post = self.post_today
        return ", ".join(str(x) for x in (self.officer, post and post.designation, post and post.organisation) if x)

    def said(self, sentence, **words):
        messages.success(self.request, sentence % ({"officer": self.officer} | words))
        return (
            self.officer.get_absolute_url()
            if Officer.objects.visible_to(self.scope).filter(pk=self.officer.pk).exists()
            else reverse(STAFF)
        )


class Correct(OfficerAct):
    title = gettext_lazy("Correct names, numbers and contacts")
    form_class = upkeep_forms.CorrectForm

    def get_initial(self):
        return {name: getattr(self.officer, name) or "" for name in (*upkeep_forms.PersonFields.PERSON, "personal_no")}

    def act(self, form):
        officers.correct(self.scope, officer=self.officer, personal_no=form.cleaned_data["personal_no"], **form.person())
        return self.said(_("%(officer)s: corrected."))


class NewPost(OfficerAct):
    title = gettext_lazy("New post from a day on")
    form_class = upkeep_forms.MoveForm
    explained = gettext_lazy(
        "A promotion to another CSE cadre, a new job group, designation or duty station. The post before ends the day before; what is required follows the cadre from the first day on."
    )

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"post": self.post_today}

    def act(self, form):
        number = form.cleaned_data.get("personal_no") or ""
        postings.new_post(self.scope, officer=self.officer, on=form.cleaned_data["on"], values=form.values, personal_no=number)
        return self.said(_("%(officer)s: new post from %(day)s."), day=long_day(form.cleaned_data["on"]))


class Second(OfficerAct):
    title = gettext_lazy("Second to another MDA")
    form_class = upkeep_forms.SecondForm
    explained = gettext_lazy("The officer works there and stays on your register: your MDA counts and trains the officer.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"home": self.post_today and self.post_today.organisation_id}

    def act(self, form):
        postings.second(self.scope, officer=self.officer, **form.cleaned_data)
        return self.said(_("%(officer)s: seconded to %(host)s."), host=form.cleaned_data["host"])


class Return(OfficerAct):
    title = gettext_lazy("End the secondment")
    form_class = upkeep_forms.LastDayForm
    explained = gettext_lazy("From the day after, the officer is at the duty station before the secondment.")

    def act(self, form):
        postings.end_secondment(self.scope, officer=self.officer, last_day=form.cleaned_data["last_day"])
        return self.said(_("%(officer)s: back after %(day)s."), day=long_day(form.cleaned_data["last_day"]))


class Separate(OfficerAct):
    title = gettext_lazy("Has left the service")
    form_class = upkeep_forms.SeparateForm
    submit = gettext_lazy("End the post")
    explained = gettext_lazy("Figures of days up to the last one stay as they are. You can undo this.")

    def act(self, form):
        postings.separate(self.scope, officer=self.officer, **form.cleaned_data)
        return self.said(_("%(officer)s: last day in post %(day)s."), day=long_day(form.cleaned_data["last_day"]))


class Excuse(OfficerAct):
    title = gettext_lazy("Excuse from training")
    form_class = upkeep_forms.ExcuseForm
    submit = gettext_lazy("Excuse")
    explained = gettext_lazy("On excused days nothing falls due. Afterwards the full time to train runs anew.")

    def act(self, form):
        excusals.excuse(self.scope, officer=self.officer, **form.cleaned_data)
        return self.said(_("%(officer)s: excused from %(day)s."), day=long_day(form.cleaned_data["first_day"]))


class Reinstate(ActDoor):
    """Takes a separation back."""

    may = staticmethod(policies.may_keep_register)

    def act(self):
        officer = fetch(Officer.objects.all(), self.scope, policies.may_keep_officer, ref=self.kwargs["ref"])
        postings.reinstate(self.scope, officer=officer)
        messages.success(self.request, _("%(officer)s: back in post, as if the post had not ended.") % {"officer": officer})
        return officer.get_absolute_url()


class TakeBack(ActDoor):
    """The latest change of post was a mistake."""

    may = staticmethod(policies.may_keep_register)

    def act(self):
        posting = fetch(
            Posting.objects.select_related("officer"),
            self.scope,
            lambda s, p: policies.may_keep_officer(s, p.officer),
            pk=self.kwargs["pk"],
        )
        postings.take_back(self.scope, posting=posting)
        messages.success(self.request, _("%(officer)s: the latest post is taken back.") % {"officer": posting.officer})
        return posting.officer.get_absolute_url()


class EndExcusal(OfficerAct):
    title = gettext_lazy("End the excusal")
    form_class = upkeep_forms.LastDayForm
    explained = gettext_lazy("A last day before the first takes the whole excusal away.")

    @cached_property
    def excusal(self):
        return fetch(
            Excusal.objects.select_related("officer"),
            self.scope,
            lambda s, e: policies.may_keep_officer(s, e.officer),
            pk=self.kwargs["pk"],
        )

    @cached_property
    def officer(self):
        return self.excusal.officer

    def facts(self):
        words = {"reason": self.excusal, "day": long_day(self.excusal.during.lower), "officer": self.officer}
        return _("%(officer)s: %(reason)s, from %(day)s") % words

    def act(self, form):
        excusals.end(self.scope, excusal=self.excusal, last_day=form.cleaned_data["last_day"])
        return self.said(_("%(officer)s: the excusal ends on %(day)s."), day=long_day(form.cleaned_data["last_day"]))
