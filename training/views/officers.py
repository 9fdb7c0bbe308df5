"""The staff list: officers in post on a day with their status, in pages by key; and the selection that bulk acts start from."""

from django.core.paginator import Paginator
from django.db.models import Count, Window
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.models import Officer
from centres.policies import may_file_roster
from cse_portal.lib import keyset, tabular
from cse_portal.lib.doors import Column, ListDoor
from cse_portal.lib.templatetags.cse import long_day
from training import chosen, policies
from training.compliance import people, status
from training.filters import StaffFilter
from training.models import Cohort, ComplianceSpan, Enrolment

from .acts import acts_of

EXPORT_CHUNK = 2000


class OfficerList(ListDoor):
    """Officers in post on a day, today when none is asked, with their training status."""

    title = gettext_lazy("Staff")
    may = staticmethod(policies.may_see_staff)
    template_name = "training/officers.html"
    filterset_class = StaffFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Officer"), lambda s: s.officer.full_name, sort="name"),
        Column("number", gettext_lazy("Personal number"), lambda s: s.officer.personal_no, sort="number"),
        Column("upn", gettext_lazy("UPN"), lambda s: s.officer.upn or ""),
        Column("mda", gettext_lazy("MDA"), lambda s: s.organisation.name),
        Column("designation", gettext_lazy("Designation"), lambda s: s.post.designation if s.post else ""),
        Column("cadre", gettext_lazy("CSE cadre"), lambda s: s.cadre.name),
        Column("county", gettext_lazy("County"), lambda s: s.county.name if s.county else ""),
        Column("status", gettext_lazy("Training"), lambda s: status.LABELS[s.code]),
        Column("due", gettext_lazy("Due before"), lambda s: s.due),
    )
    KEYS = {
        "name": ("officer__surname", "officer__first_name", "officer__ref"),
        "number": ("officer__personal_key", "officer__ref"),
    }
    SHOWN = ("name", "number", "mda", "cadre", "status", "due")

    def get_queryset(self):
        self.filterset = StaffFilter(self.request.GET, queryset=ComplianceSpan.objects.none(), request=self.request)
        self.filtered = any(self.request.GET.get(name) for name in self.filterset.filters)
        asked = self.request.GET.get("sort") or self.default_sort
        self.sort = asked if asked.lstrip("-") in self.KEYS else self.default_sort
        return self.filterset.qs

    @property
    def keys(self):
        return self.KEYS[self.sort.lstrip("-")]

    def paginate_queryset(self, queryset, page_size):
        spans, asked = queryset.select_related("officer"), self.request.GET
        searched = "q" in self.filterset.asked
        if searched and not (asked.get("after") or asked.get("before")):
            # All that is found is read to be sorted, so it is counted with it.
            spans, n, more, dense = spans.annotate(total=Window(Count("*"))), None, False, False
        else:
            n, more = chosen.counted(self.filterset)
            dense = not searched and keyset.is_dense(Officer, n)
        found = keyset.page(spans, self.keys, page_size, asked, descending=self.sort.startswith("-"), dense=dense)
        found.count, found.more = (sum(s.total for s in found.object_list[:1]) if n is None else n), more
        found.object_list = self.decorated(found.object_list)
        return Paginator([], page_size), found, found.object_list, found.is_part

    def decorated(self, spans):
        spans, on = people.with_facts(spans, self.filterset.day), self.filterset.day
        ids = [s.officer_id for s in spans]
        seats = Enrolment.objects.filter(
            officer__in=ids, state__in=Enrolment.HOLDING, cohort__state__in=Cohort.LIVE, cohort__ends_on__gte=on
        )
        ahead = {e.officer_id: e.cohort for e in seats.select_related("cohort").order_by("-cohort__starts_on")}
        open_to = set(Officer.objects.visible_to(self.scope).filter(pk__in=ids).values_list("pk", flat=True))
        for s in spans:
            s.cohort, s.open = ahead.get(s.officer_id), s.officer_id in open_to
        return spans

    def export(self, kind):
        queryset = self.get_queryset().select_related("officer")
        direction = "-" if self.sort.startswith("-") else ""
        rows = queryset.order_by(*(direction + key for key in self.keys)).iterator(chunk_size=EXPORT_CHUNK)
        columns = [c for c in self.columns if c.value]
        values = ([c.value(row) for c in columns] for row in self.in_chunks(rows))
        return tabular.response(kind, "staff", [str(c.label) for c in columns], values)

    def in_chunks(self, rows):
        chunk = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == EXPORT_CHUNK:
                yield from people.with_facts(chunk, self.filterset.day)
                chunk = []
        yield from people.with_facts(chunk, self.filterset.day)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        on, page = self.filterset.day, context["page_obj"]
        acts = acts_of(self.scope) if on == self.scope.today else []
        return context | {
            "total": page.count,
            "columns": self.columns,
            "shown": [c for c in self.columns if c.key in self.SHOWN],
            "day": on if on != self.scope.today else None,
            "facts": _("As of %(day)s") % {"day": long_day(on)} if on != self.scope.today else "",
            "may_file": may_file_roster(self.scope),
            "acts": acts,
            "all_query": chosen.sign(self.scope, query=self.request.GET, n=page.count)
            if acts and not page.more and page.count <= chosen.MOST
            else "",
            "first_filters": [self.filterset.form[name] for name in StaffFilter.FIRST],
            "more_filters": [f for f in self.filterset.form.visible_fields() if f.name not in StaffFilter.FIRST],
            "more_open": any(self.request.GET.get(name) for name in self.filterset.filters if name not in StaffFilter.FIRST),
        }
