"""The service worker, served at the root so that it may keep pages of the whole portal (templates/worker.js)."""

import hashlib

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.template.loader import get_template, render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(no_cache=True)
def service_worker(request):
    """A new version where the worker or the static files changed; the browser then forgets what the old one kept."""
    source = get_template("worker.js").template.source + getattr(staticfiles_storage, "manifest_hash", "")
    text = render_to_string("worker.js", {"version": hashlib.sha256(source.encode()).hexdigest()[:12]})
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers={"Service-Worker-Allowed": "/"})
