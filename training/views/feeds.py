"""Calendar feeds: the page with the addresses, and what calendar programs fetch under them."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from centres.models import Centre
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Page
from training import invitations, policies
from training.models import CalendarFeed
from training.services import feeds


class Subscribe(Page):
    """The addresses to subscribe to. Opening the page makes none: the button does."""

    title = gettext_lazy("Subscribe to the calendar")
    may = staticmethod(policies.may_subscribe)
    template_name = "training/subscribe.html"

    def get_crumbs(self):
        return [(_("Calendar"), reverse("training:calendar"))]

    def get_context_data(self, **kwargs):
        feed = CalendarFeed.objects.filter(user=self.scope.user).first()
        addresses = []
        if feed:
            addresses.append((_("My sessions"), settings.SITE_URL + reverse("training:feed", args=[feed.token])))
            for campus in Centre.objects.filter(kind=Centre.Kind.CAMPUS).order_by("name"):
                address = settings.SITE_URL + reverse("training:campus_feed", args=[feed.token, campus.code])
                addresses.append((campus.name, address))
        return super().get_context_data(feed=feed, addresses=addresses, **kwargs)


class MakeFeed(ActDoor):
    """Makes the address, or gives it a new secret."""

    may = staticmethod(policies.may_subscribe)
    done = gettext_lazy("Your calendar address is ready.")

    def act(self):
        feeds.address_of(self.scope, renew=bool(self.request.POST.get("renew")))
        return reverse("training:subscribe")


class Feed(View):
    """A person's sessions. Whoever knows the address reads it: calendar programs cannot sign in."""

    http_method_names = ["get", "head"]

    def get(self, request, token, **kwargs):
        if feeds.too_many(token):
            answer = HttpResponse(status=429)
            answer["Retry-After"] = str(feeds.A_MINUTE)
            return answer
        feed = CalendarFeed.objects.select_related("user").filter(token=token, user__is_active=True).first()
        if feed is None:
            raise Http404
        with translation.override(feed.user.language):
            rows, name = self.rows(feed.user, **kwargs)
            text, digest, since = feeds.written(rows, name)
        return self.answer(request, text, quote_etag(digest), int(since.timestamp()))

    def rows(self, user):
        return feeds.of_person(user, clock.today()), invitations.feed_name(user)

    @staticmethod
    def answer(request, text, etag, since):
        """The calendar, or 304 to a program that has it."""
        if known := request.headers.get("If-None-Match"):
            fresh = etag in (part.strip().removeprefix("W/") for part in known.split(",")) or known.strip() == "*"
        else:
            asked = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
            fresh = asked is not None and since <= asked
        answer = HttpResponse(status=304) if fresh else HttpResponse(text, content_type="text/calendar; charset=utf-8")
        answer["ETag"], answer["Last-Modified"] = etag, http_date(since)
        patch_cache_control(answer, private=True, max_age=300)
        return answer


class CampusFeed(Feed):
    """The programme of a campus, without names."""

    def rows(self, user, code):
        campus = Centre.objects.filter(kind=Centre.Kind.CAMPUS, code=code).first()
        if campus is None:
            raise Http404
        return feeds.of_campus(campus, clock.today()), invitations.feed_name(campus)
