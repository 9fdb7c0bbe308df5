"""One act on many officers: choose on the list, say what is wanted, read what will happen, confirm. Nothing is kept in between."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from centres.models import Officer
from cse_portal.lib.doors import FormDoor, PageMixin
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import thousands
from training import chosen, policies

from .acts import ACTS, acts_of

NAMED = 20  # names shown of each group left out


class Choose(PageMixin, View):
    """The staff list's form: to the page of the act, with who was chosen in its address."""

    http_method_names = ["post"]
    may = staticmethod(policies.may_see_staff)

    def post(self, request):
        said = request.POST
        back = redirect(reverse("training:officers") + (f"?{said['back']}" if said.get("back") else ""))
        act = ACTS.get(said.get("act"))
        if act is None:
            messages.error(request, _("Say what is to be done with them."))
            return back
        if said.get("which") == "all" and said.get("all"):
            token = chosen.opened(request, said["all"]).token
        elif refs := said.getlist("officers")[: chosen.TICKED]:
            token = chosen.sign(self.scope, n=len(set(refs)), refs=set(refs))
        else:
            messages.error(request, _("Tick the officers, or choose all in the list."))
            return back
        return HttpResponseRedirect(f"{reverse('training:act', args=[act.code])}?{urlencode({'of': token})}")


class ActOnChosen(FormDoor):
    """Form, then what will happen, then the act; the number confirmed is the number done, or nothing is."""

    may = staticmethod(policies.may_see_staff)
    template_name = "training/act.html"

    def prepare(self):
        self.act_on = ACTS.get(self.kwargs["act"])
        if self.act_on is None or self.act_on not in acts_of(self.scope):
            raise PermissionDenied

    def get(self, request, *args, **kwargs):
        if not request.GET.get("of"):
            messages.info(request, _("Choose officers on the list first."))
            return redirect("training:officers")
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        if not request.POST.get("of"):
            return redirect("training:officers")
        return super().post(request, *args, **kwargs)

    @property
    def chosen(self):
        if not hasattr(self, "_chosen"):
            self._chosen = chosen.opened(self.request, self.request.POST.get("of") or self.request.GET.get("of"))
        return self._chosen

    def get_title(self):
        return self.act_on.label

    def get_crumbs(self):
        return [(_("Staff"), reverse("training:officers"))]

    def get_form_class(self):
        return self.act_on.form_class

    def get_form_kwargs(self):
        return super().get_form_kwargs() | self.act_on.form_kwargs(self.scope, self.chosen.ids)

    def form_valid(self, form):
        if self.request.POST.get("step") == "confirm":
            return super().form_valid(form)
        try:
            trial = self.act_on.carry_out(self.scope, self.chosen.ids, self.act_on.data(form), dry_run=True)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=form, trial=trial))

    def act(self, form):
        expected = self.request.POST.get("n", "")
        with transaction.atomic():
            done = self.act_on.carry_out(self.scope, self.chosen.ids, self.act_on.data(form), dry_run=False)
            if not expected.isdigit() or done.n != int(expected):
                raise Refused(
                    _("Meanwhile something changed: it would now be %(n)s officers, not %(was)s. Look again and confirm.")
                    % {"n": thousands(done.n), "was": expected},
                    code="changed",
                )
        words = ngettext("Done: %(n)s officer.", "Done: %(n)s officers.", done.n) % {"n": thousands(done.n)}
        if done.left_out:
            words += " " + ngettext("%(n)s left out.", "%(n)s left out.", done.left_out) % {"n": thousands(done.left_out)}
        messages.success(self.request, f"{self.act_on.label}. {words}")
        return reverse("training:officers")

    def get_context_data(self, trial=None, **kwargs):
        context = super().get_context_data(**kwargs)
        if trial:
            named = [pk for _why, ids in trial.skipped for pk in ids[:NAMED]]
            people = Officer.objects.visible_to(self.scope).in_bulk(named)
            context |= {
                "trial": trial,
                "submit": self.act_on.sentence(trial.n, self.act_on.data(context["form"])),
                "skipped": [
                    (why, len(ids), [people[pk] for pk in ids[:NAMED] if pk in people], max(len(ids) - NAMED, 0))
                    for why, ids in trial.skipped
                ],
            }
        filters = self.chosen.filterset.words() if self.chosen.refs is None else []
        return context | {
            "chosen": self.chosen,
            "n": len(self.chosen.ids),
            "filters": filters,
            "harmful": self.act_on.harmful,
            "back": reverse("training:officers")
            + ("?" + urlencode(self.chosen.said["query"]) if self.chosen.refs is None else ""),
        }
