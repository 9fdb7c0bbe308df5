"""Every request carries its scope: who asks, under which hat."""

from django.contrib import messages
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from centres.access import Scope
from centres.services import people
from cse_portal.lib import clock


class ActingHat:
    """Sets `request.scope`, the hat chosen in the account menu or the first one held, and `request.hats`, all that are held.
    The session keeps the hat: a role granted meanwhile changes nothing until it is chosen; one that ended is gone at once."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.hats = SimpleLazyObject(lambda: people.hats(request.user, clock.today()) if request.user.is_authenticated else [])
        request.scope = SimpleLazyObject(lambda: self.scope(request))
        return self.get_response(request)

    @staticmethod
    def scope(request):
        if not request.user.is_authenticated:
            return Scope.public()
        asked = request.session.get("hat")
        scope = people.scope_of(request.user, asked, request.hats)
        worn = scope.membership.pk if scope.membership else None
        if worn != asked:
            request.session["hat"] = worn
            if asked is not None and scope.membership:
                messages.warning(
                    request, _("The role you acted under has ended. You now act as: %(role)s.") % {"role": scope.membership}
                )
        return scope
