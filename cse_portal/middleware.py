"""Every request carries its scope: who asks, under which hat."""

from django.conf import settings
from django.contrib import messages
from django.utils.functional import SimpleLazyObject, empty
from django.utils.translation import gettext as _

from centres.access import Scope
from centres.services import grants, people
from cse_portal.lib import clock
from cse_portal.lib.api import too_large


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


class NotTooLarge:
    """A request beyond `REQUEST_MAX_BYTES` is answered before any of it is read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.REQUEST_MAX_BYTES
        if sent.isdigit() and int(sent) > limit:
            words = _("What you sent is larger than %(limit)s MB together. Nothing was saved. Send fewer or smaller files at a time.")
            return too_large(request, words % {"limit": limit // (1024 * 1024)})
        return self.get_response(request)


class NamesLookedAt:
    """What HOPS reads under a name grant is written down, whichever door it came through: `Scope.named_ids` says that names were
    asked for. Nothing is answered that could not be written down."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code >= 400:  # a refusal names nobody
            return response
        if not self.write(request) and getattr(response, "streaming", False):
            response.streaming_content = self.before_it_leaves(request, response.streaming_content)
        return response

    def before_it_leaves(self, request, chunks):
        """A stream may read names only once it is under way: each chunk waits for the row."""
        written = False
        for chunk in chunks:
            written = written or self.write(request)
            yield chunk

    @staticmethod
    def write(request):
        scope = request.scope
        if getattr(scope, "_wrapped", None) is empty or not scope.read_names:  # nobody asked who asks
            return False
        match = request.resolver_match
        grants.looked(scope, address=request.get_full_path(), officer=match.kwargs.get("ref", "") if match else "")
        return True
