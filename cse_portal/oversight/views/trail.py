"""The trail: who did what, when, under which hat, old to new. All of it, or of one subject."""

from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import Scope, fetch
from centres.models import Role
from cse_portal.activity.models import Entry
from cse_portal.activity.words import by_itself
from cse_portal.lib.doors import Column, ListDoor
from cse_portal.oversight import policies, subjects
from cse_portal.oversight.filters import RecordFilter, SubjectTrailFilter, TrailFilter
from standards import record_words


def who(entry):
    if words := by_itself(entry):
        return str(words)
    return entry.actor_name if entry.actor_name == entry.actor else f"{entry.actor_name} ({entry.actor})"


def hat(entry):
    if by_itself(entry):
        return _("The portal")
    role = Role(entry.hat).label if entry.hat in Role.values else entry.hat
    return ", ".join(str(part) for part in (role, entry.hat_place) if part)


def done(entry):
    """What was done, in the reader's language."""
    return record_words.of(entry.verb) if entry.kind in record_words.KINDS else entry.done


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
        Column("verb", gettext_lazy("What was done"), done),
        Column("subject", gettext_lazy("To what"), lambda e: f"{subjects.kind_word(e.kind)} {e.ref}: {e.label}"),
        Column("changes", gettext_lazy("Old and new"), changes_text),
        Column("note", gettext_lazy("Note"), lambda e: e.note),
    )

    def base_queryset(self):
        return Entry.objects.visible_to(self.scope)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        everything = policies.may_read_whole_trail(self.scope)
        for row in context["page_obj"].object_list:
            row.by_itself, row.what = by_itself(row), done(row)
            row.opens = everything or row.kind in subjects.REFERENCES
            row.hat_words, row.kind_word, row.change_list = hat(row), subjects.kind_word(row.kind), changes(row)
        return context


class SubjectTrail(Trail):
    """What was done to one thing, and for some to all that hangs on it. Administrators: whatever the trail knows; others: what they
    may see."""

    may = staticmethod(lambda scope: not scope.is_public)
    template_name = "oversight/subject_trail.html"

    @property
    def is_record(self):
        return self.kwargs["kind"] in subjects.WHOLE

    @property
    def columns(self):
        return Trail.columns if self.is_record else [c for c in Trail.columns if c.key != "subject"]

    @property
    def filterset_class(self):
        return RecordFilter if self.is_record else SubjectTrailFilter

    @cached_property
    def about(self):
        """(entries, name of the subject, its page or "")."""
        kind, ref = self.kwargs["kind"], self.kwargs["ref"]
        entries = Entry.objects.filter(kind=kind, ref=ref)
        whole = subjects.WHOLE.get(kind)
        try:
            queryset, lookup = subjects.find(kind, ref)
            if whole and policies.may_read_whole_trail(self.scope):
                of_trail = Scope.system_task("trail")
                subject = fetch(queryset, of_trail, **lookup)
                return whole(of_trail, subject), str(subject), ""
            subject = fetch(queryset, self.scope, policies.may_read_trail_of, **lookup)
        except Http404:  # merged away, or of a kind without a page: still in the trail
            last = entries.first() if policies.may_read_whole_trail(self.scope) else None
            if last is None:
                raise
            return entries, last.label, ""
        if whole:
            entries = whole(self.scope, subject)
        elif kind in subjects.OPEN:
            entries = subjects.OPEN[kind](self.scope, subject, entries)
        return entries, str(subject), subject.get_absolute_url() if hasattr(subject, "get_absolute_url") else ""

    def base_queryset(self):
        return self.about[0]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(about_one=not self.is_record, **kwargs)
        for row in context["page_obj"].object_list:
            row.opens = row.opens and (row.kind, row.ref) != (self.kwargs["kind"], self.kwargs["ref"])
        return context

    def get_title(self):
        words = _("Record of %(subject)s") if self.is_record else _("Trail of %(subject)s")
        return words % {"subject": self.about[1]}

    def get_crumbs(self):
        crumbs = [(_("Trail"), reverse("oversight:trail"))] if policies.may_read_whole_trail(self.scope) else []
        return [*crumbs, (self.about[1], self.about[2])] if self.about[2] else crumbs
