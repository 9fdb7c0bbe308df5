"""The choice of a language: of the browser's cookie, and of the account, so that notices follow it."""

from django.conf import settings
from django.views.i18n import set_language as choose

from .models import User


def set_language(request):
    language = request.POST.get("language")  # of a GET: nothing changes
    if request.user.is_authenticated and language in dict(settings.LANGUAGES) and request.user.language != language:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return choose(request)
