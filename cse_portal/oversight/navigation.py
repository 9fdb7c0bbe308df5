"""What the shell shows: the navigation of the acting hat."""

from django.conf import settings


def shell(request):
    """Template context of every page."""
    return {"DEMO": settings.DEMO, "nav": [], "scope": getattr(request, "scope", None)}
