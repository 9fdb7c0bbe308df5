"""The choice of a language: of the browser's cookie, and of the account, so that notices follow it."""

from django.conf import settings
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as choose

from .models import User


@require_POST
def set_language(request):
    language = request.POST.get("language")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES) and request.user.language != language:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return choose(request)
