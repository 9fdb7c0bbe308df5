"""The trail: who did what, when, under which hat, old to new. All of it, or of one subject."""

from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Role
from cse_portal.activity.models import Entry
from cse_portal.lib.doors import Column, ListDoor
from cse_portal.oversight import policies, subjects
from cse_portal.oversight.filters import SubjectTrailFilter, TrailFilter

# what the portal does by itself: the name of the task or command -> words
ITSELF = {
    "night": gettext_lazy("Night work"),
    "load_reference": gettext_lazy("Loading of reference data"),
    "load_demo": gettext_lazy("Loading of demonstration data"),
    "import_roster": gettext_lazy("Staff file by command"),
    "api_token": gettext_lazy("API token by command"),
    "invite_administrator": gettext_lazy("Invitation by command"),
}


def by_itself(entry):
    """The portal's own work in words; empty for a person."""
    if not entry.actor.startswith("system:"):
        return ""
    return ITSELF.get(entry.actor_name, entry.actor_name.replace("_", " "))


def who(entry):
    if words := by_itself(entry):
        return str(words)
    return entry.actor_name if entry.actor_name == entry.actor else f"{entry.actor_name} ({entry.actor})"


def hat(entry):
    if by_itself(entry):
        return _("The portal")
    role = Role(entry.hat).label if entry.hat in Role.values else entry.hat
    return ", ".join(str(part) for part in (role, entry.hat_place) if part)


def changes(entry):
    """[(field, old, new)], each in words."""
    return [
        (subjects.field_word(entry.kind, name), *(subjects.value_word(entry.kind, name, value) for value in pair))
        for name, pair in entry.changes.items()
    ]


def changes_text(entry):
    return "; ".join(f"{field}: {_shown(old)} → {_shown(new)}" for field, old, new in changes(entry))


def _shown(value):
    return "–" if value in (None, "") else value


class Trail(ListDoor):
    title = gettext_lazy("Trail")
    may = staticmethod(policies.may_read_whole_trail)
    template_name = "oversight/trail.html"
    filterset_class = TrailFilter
    columns = (
        Column("at", gettext_lazy("When"), lambda e: e.at),
        Column("who", gettext_lazy("Who"), who),
        Column("hat", gettext_lazy("As"), hat),
        Column("verb", gettext_lazy("What was done"), lambda e: e.verb),
        Column("subject", gettext_lazy("To what"), lambda e: f"{subjects.kind_word(e.kind)} {e.ref}: {e.label}"),
        Column("changes", gettext_lazy("Old and new"), changes_text),
        Column("note", gettext_lazy("Note"), lambda e: e.note),
    )

    def base_queryset(self):
        return Entry.objects.visible_to(self.scope)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            row.by_itself = by_itself(row)
            row.hat_words, row.kind_word, row.change_list = hat(row), subjects.kind_word(row.kind), changes(row)
        return context


class SubjectTrail(Trail):
    """What was done to one thing. Administrators: whatever the trail knows; others: what they may see."""

    may = staticmethod(lambda scope: not scope.is_public)
    template_name = "oversight/subject_trail.html"
    filterset_class = SubjectTrailFilter
    columns = [c for c in Trail.columns if c.key != "subject"]

    @cached_property
    def about(self):
        """(entries, name of the subject, its page or "")."""
        kind, ref = self.kwargs["kind"], self.kwargs["ref"]
        entries = Entry.objects.filter(kind=kind, ref=ref)
        try:
            queryset, lookup = subjects.find(kind, ref)
            subject = fetch(queryset, self.scope, policies.may_read_trail_of, **lookup)
        except Http404:  # merged away, or of a kind without a page: still in the trail
            last = entries.first() if policies.may_read_whole_trail(self.scope) else None
            if last is None:
                raise
            return entries, last.label, ""
        return entries, str(subject), subject.get_absolute_url() if hasattr(subject, "get_absolute_url") else ""

    def base_queryset(self):
        return self.about[0]

    def get_context_data(self, **kwargs):
        return super().get_context_data(about_one=True, **kwargs)

    def get_title(self):
        return _("Trail of %(subject)s") % {"subject": self.about[1]}

    def get_crumbs(self):
        crumbs = [(_("Trail"), reverse("oversight:trail"))] if policies.may_read_whole_trail(self.scope) else []
        return [*crumbs, (self.about[1], self.about[2])] if self.about[2] else crumbs
