"""Every request carries its scope: who asks, under which hat."""

from django.utils.functional import SimpleLazyObject

from centres.access import Scope
from centres.services import people


class ActingHat:
    """Sets `request.scope`: the hat chosen in the account menu, or the only (or first) one the user holds."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.scope = SimpleLazyObject(lambda: self.scope(request))
        return self.get_response(request)

    @staticmethod
    def scope(request):
        if not request.user.is_authenticated:
            return Scope.public()
        return people.scope_of(request.user, request.session.get("hat"))
