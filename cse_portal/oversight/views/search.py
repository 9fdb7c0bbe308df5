"""Search: people, MDAs, centres, cohorts, certificates, each limited to what the role may see."""

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.models import Centre, Officer, Organisation, Posting
from cse_portal.lib.doors import Page
from cse_portal.oversight import links, policies
from standards.models import Certification
from training.models import Certificate, Cohort

SHOWN = 10
SHORTEST = 2


class Search(Page):
    template_name = "oversight/search.html"
    title = gettext_lazy("Search")
    may = staticmethod(policies.may_search)

    def get_context_data(self, **kwargs):
        words = " ".join(self.request.GET.get("q", "").split())[:100]
        groups = [g for g in self.groups(words) if g[1]] if len(words) >= SHORTEST else []
        return super().get_context_data(q=words, groups=groups, short=0 < len(words) < SHORTEST, shown=SHOWN, **kwargs)

    def groups(self, words):
        """[(heading, [(label, what it is, url)], more, url of the whole list)]"""
        yield self.group(
            _("People"), officers(self.scope, words), lambda o: (o.full_name, o.place or "", links.to("training:officer", o.ref))
        )
        found = (
            Organisation.objects.visible_to(self.scope).filter(Q(code__iexact=words) | Q(name__icontains=words)).order_by("name")
        )
        yield self.group(_("MDAs"), found, lambda o: (o.name, o.get_kind_display(), o.get_absolute_url()))
        found = (
            Centre.objects.visible_to(self.scope)
            .filter(Q(code__iexact=words) | Q(name__icontains=words) | Q(town__icontains=words))
            .select_related("county")
            .order_by("name")
        )
        yield self.group(_("Centres"), found, lambda c: (c.name, c.county.name, c.get_absolute_url()))
        found = (
            Cohort.objects.visible_to(self.scope)
            .filter(Q(code__icontains=words) | Q(course_version__course__title__icontains=words))
            .select_related("course_version__course", "campus")
            .order_by("-starts_on")
        )
        yield self.group(_("Cohorts"), found, lambda c: (str(c), c.campus.name, links.to("training:cohort", c.code)))
        found = Certificate.objects.visible_to(self.scope).filter(number__istartswith=words).order_by("number")
        yield self.group(
            _("Certificates"), found, lambda c: (c.number, f"{c.holder}, {c.course_title}", links.to("training:verify", c.code))
        )
        found = (
            Certification.objects.visible_to(self.scope)
            .filter(Q(number__istartswith=words) | Q(holder__icontains=words))
            .order_by("number")
        )
        yield self.group(_("Certifications"), found, lambda c: (c.number, c.holder, links.to("standards:certification", c.code)))

    @staticmethod
    def group(heading, found, row):
        things = list(found[: SHOWN + 1])
        return heading, [row(thing) for thing in things[:SHOWN]], len(things) > SHOWN


def officers(scope, words):
    """Officers in sight by name, public reference, personal number or UPN."""
    bare = words.replace(" ", "")
    found = Officer.objects.visible_to(scope)
    if bare.isdigit():
        found = found.filter(Q(personal_key=bare.lstrip("0")) | Q(upn=bare))
    elif bare.upper().startswith("OF-"):
        found = found.filter(ref=bare.upper())
    else:
        for word in words.split():
            found = found.filter(Q(surname__icontains=word) | Q(first_name__icontains=word) | Q(other_names__icontains=word))
    there = Posting.objects.on(scope.today).filter(officer=OuterRef("pk")).values("organisation__name")[:1]
    return found.annotate(place=Subquery(there)).order_by("surname", "first_name", "ref")
