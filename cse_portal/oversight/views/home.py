"""The home of whoever asks: work of the role worn, or what the portal is."""

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from centres.models import Role
from cse_portal.lib.doors import PageMixin
from cse_portal.lib.templatetags.cse import week_day
from cse_portal.oversight.homes import HOMES


class Home(PageMixin, TemplateView):
    public = True
    template_name = "oversight/home.html"

    def get(self, request, *args, **kwargs):
        if self.scope.is_public:
            if request.user.is_authenticated:
                return render(request, "pages/no_role.html", {"title": _("You have no role yet")}, status=403)
            return self.welcome()
        if self.scope.role == Role.HOPS:
            return redirect("oversight:overview")
        if self.scope.role == Role.LEARNER:
            return redirect("training:my_training")
        return super().get(request, *args, **kwargs)

    def welcome(self):
        self.template_name = "oversight/welcome.html"
        context = {"title": _("Customer Service Excellence in the public service"), "crumbs": [], "scope": self.scope}
        return self.render_to_response(context)

    def get_title(self):
        name = str(self.scope.user).split()
        return _("Your work, %(name)s") % {"name": name[0]} if name else _("Your work")

    def get_context_data(self, **kwargs):
        scope = self.scope
        place = scope.hat_place or (scope.membership.get_role_display() if scope.membership else "")
        build = HOMES.get(scope.role)
        return super().get_context_data(facts=f"{place}. {week_day(scope.today)}", home=build(scope).most_urgent_first() if build else None, **kwargs)
