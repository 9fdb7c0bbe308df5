"""Possible leavers: whom a full return left out, and what a person says of them."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres import policies, upkeep_forms
from centres.filters import LeaverFilter
from centres.models import PossibleLeaver
from centres.services import leavers
from centres.views.transfers import tell
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor

State = PossibleLeaver.State
SHOWN = 50


class LeaverList(ListDoor):
    """Open ones first; `?state=` shows the answered ones. The ticked ones are answered on the page that the form leads to."""

    title = gettext_lazy("Possible leavers")
    may = staticmethod(policies.may_keep_register)
    template_name = "centres/leavers.html"
    filterset_class = LeaverFilter
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda x: x.officer.full_name, sort="officer__surname"),
        Column("number", gettext_lazy("Personal number"), lambda x: x.officer.personal_no),
        Column("mda", gettext_lazy("MDA"), lambda x: str(x.organisation), sort="organisation__name"),
        Column("roster", gettext_lazy("Not named by"), lambda x: x.roster.file_name),
        Column("as_at", gettext_lazy("As at"), lambda x: x.roster.as_at, sort="roster__as_at"),
        Column("state", gettext_lazy("State"), lambda x: x.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        seen = PossibleLeaver.objects.visible_to(self.scope).select_related("officer", "organisation", "roster")
        return seen if self.request.GET.get("state") else seen.filter(state=State.OPEN)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"may_answer_some": any(x.state == State.OPEN for x in context["page_obj"].object_list)}


class Chosen:
    """Those ticked on the list; with `all`, those of the whole list as it was filtered."""

    may = staticmethod(policies.may_keep_register)

    def chosen(self):
        seen = PossibleLeaver.objects.visible_to(self.scope).filter(state=State.OPEN)
        if self.request.POST.get("all"):
            some = LeaverFilter(self.request.GET, queryset=seen, request=self.request).qs
        else:
            some = seen.filter(pk__in=[int(pk) for pk in self.request.POST.getlist("leavers") if pk.isdigit()])
        return some.select_related("officer", "organisation", "roster")

    def ids(self):
        return list(self.chosen().values_list("pk", flat=True))


class HaveLeft(Chosen, FormDoor):
    """When and why those chosen have left."""

    title = gettext_lazy("They have left")
    template_name = "centres/leavers_left.html"
    form_class = upkeep_forms.SeparateForm

    def get_crumbs(self):
        return [(_("Possible leavers"), reverse("centres:leavers"))]

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs() | {"scope": self.scope}
        if "reason" not in self.request.POST and "last_day" not in self.request.POST:
            kwargs |= {"data": None, "files": None}  # the list sent its choice only
        return kwargs

    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs) if "last_day" in request.POST else self.get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        chosen = self.chosen()
        few = list(chosen[:SHOWN])
        return super().get_context_data(
            few=few,
            n=chosen.count(),
            all=self.request.POST.get("all", ""),
            as_at=min((x.roster.as_at for x in few), default=None),
            cancel_url=reverse("centres:leavers"),
            **kwargs,
        )

    def act(self, form):
        bulk = leavers.have_left(self.scope, leaver_ids=self.ids(), **form.cleaned_data)
        said = ngettext("The post of %(n)s officer has ended.", "The posts of %(n)s officers have ended.", len(bulk.done))
        tell(self.request, bulk, said)
        return reverse("centres:leavers")


class StillInPost(Chosen, ActDoor):
    """The return left them out by mistake."""

    def act(self):
        bulk = leavers.are_in_post(self.scope, leaver_ids=self.ids())
        tell(self.request, bulk, ngettext("%(n)s officer stays in post.", "%(n)s officers stay in post.", len(bulk.done)))
        return reverse("centres:leavers")
