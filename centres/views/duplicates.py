"""Duplicate persons: candidates, two records side by side with what merging would do, the merge, its undoing, and "two people"."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from centres import policies
from centres.access import fetch
from centres.filters import DuplicateFilter, MergeFilter
from centres.models import Officer, OfficerMerge, Posting
from centres.services import duplicates, merging
from cse_portal.lib import clock, tabular
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor, Page


def side(pair, which):
    """Of a record in sight its name and MDA, of another the MDA."""
    officer, post = getattr(pair, which), getattr(pair, f"{which}_post")
    place = post.organisation.name if post else ""
    return f"{officer.full_name}, {officer.personal_no}, {place}" if officer else place


class DuplicateList(ListDoor):
    title = gettext_lazy("Possible duplicates")
    may = staticmethod(policies.may_see_duplicates)
    template_name = "centres/duplicates.html"
    columns = (
        Column("one", gettext_lazy("One record"), lambda p: side(p, "one")),
        Column("other", gettext_lazy("Other record"), lambda p: side(p, "other")),
        Column("why", gettext_lazy("Why"), lambda p: "; ".join(map(str, p.reasons))),
    )

    def get_queryset(self):
        self.filterset, self.sort = DuplicateFilter(self.request.GET, scope=self.scope), ""
        self.filtered = self.filterset.narrows
        return self.filterset.of(duplicates.pairs(self.scope, self.filterset.organisation))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["page_obj"].object_list = duplicates.shown(self.scope, context["page_obj"].object_list)
        return context

    def export(self, kind):
        rows = ([c.value(pair) for c in self.columns] for pair in duplicates.shown(self.scope, self.get_queryset()))
        return tabular.response(kind, "duplicates", [str(c.label) for c in self.columns], rows)


class OfTwo:
    """Of the two officers that the address names: who may not see both gets 404."""

    may = staticmethod(policies.may_see_duplicates)

    def two(self):
        one, other = (fetch(Officer.objects.all(), self.request.scope, ref=self.kwargs[key]) for key in ("one", "other"))
        if one == other:
            raise Http404
        return one, other

    def get_crumbs(self):
        return [(_("Possible duplicates"), reverse("centres:duplicates"))]


class DuplicatePage(OfTwo, Page):
    """Two records side by side. `?overlap=kept`: the kept record's posts count on days that both claim."""

    title = gettext_lazy("One person or two?")
    template_name = "centres/duplicate.html"

    def get_context_data(self, **kwargs):
        kept, dropped = self.two()
        overlap = "kept" if self.request.GET.get("overlap") == "kept" else "later"
        done, after, refusal = merging.preview(self.scope, kept=kept, dropped=dropped, overlap=overlap)
        posts = Posting.objects.select_related("organisation", "cadre").order_by("during")
        fields = ("ref", "full_name", "personal_no", "number_series", "upn", "gender", "email", "phone")
        labels = (
            _("Reference"),
            _("Name"),
            _("Personal number"),
            _("Number series"),
            _("UPN"),
            _("Gender"),
            _("Email"),
            _("Phone"),
        )
        filled = {}
        if done:
            before, now = done.moved["officers"][str(kept.pk)], done.moved["officers_after"][str(kept.pk)]
            filled = {f: now[f] for f in before if now[f] != before[f]}
        return super().get_context_data(
            kept=kept,
            dropped=dropped,
            overlap=overlap,
            refusal=refusal,
            after=after,
            rows=[
                (label, getattr(kept, f) or "", getattr(dropped, f) or "", filled.get(f) or getattr(kept, f) or "")
                for f, label in zip(fields, labels, strict=True)
            ],
            account=filled.get("user_id"),
            kept_posts=posts.filter(officer=kept),
            dropped_posts=posts.filter(officer=dropped),
            moved=[(MOVED.get(table, table), len(ids)) for table, ids in (done.moved["above"] if done else {}).items() if ids],
            days=merging.UNDO_DAYS,
            **kwargs,
        )


MOVED = {
    "training.enrolment": gettext_lazy("enrolments, with attendance and results"),
    "training.completion": gettext_lazy("completions, with their certificates"),
    "training.waiver": gettext_lazy("waivers"),
    "training.priortraining": gettext_lazy("prior training"),
}


class OverlapForm(forms.Form):
    overlap = forms.ChoiceField(choices=[("later", ""), ("kept", "")], required=False)


class MergeDuplicates(OfTwo, FormDoor):
    title = gettext_lazy("Merge two records")
    template_name = "centres/merge.html"
    form_class = OverlapForm

    def prepare(self):
        self.kept, self.dropped = self.two()

    def get_initial(self):
        return {"overlap": self.request.GET.get("overlap", "later")}

    def get_context_data(self, **kwargs):
        back = reverse("centres:duplicate", args=[self.kept.ref, self.dropped.ref])
        return super().get_context_data(kept=self.kept, dropped=self.dropped, days=merging.UNDO_DAYS, cancel_url=back, **kwargs)

    def act(self, form):
        merging.merge(self.scope, kept=self.kept, dropped=self.dropped, overlap=form.cleaned_data["overlap"] or "later")
        messages.success(
            self.request,
            _("%(ref)s is now part of %(name)s, %(kept)s.") % {"ref": self.dropped.ref, "name": self.kept, "kept": self.kept.ref},
        )
        return reverse("centres:merges")


class TellApart(OfTwo, ActDoor):
    done = gettext_lazy("They are two people: they are no longer shown as possible duplicates.")

    def act(self):
        duplicates.tell_apart(self.scope, *self.two())
        return reverse("centres:duplicates")


class MergeList(ListDoor):
    """What was merged, with the way back."""

    title = gettext_lazy("Records merged")
    may = staticmethod(policies.may_see_duplicates)
    template_name = "centres/merges.html"
    filterset_class = MergeFilter
    default_sort = "-at"
    columns = (
        Column("kept", gettext_lazy("Officer"), lambda m: m.kept.full_name, sort="kept__surname"),
        Column("kept_ref", pgettext_lazy("merge", "Kept"), lambda m: m.kept.ref),
        Column("dropped", gettext_lazy("Merged into it"), lambda m: m.dropped.ref),
        Column("at", gettext_lazy("When"), lambda m: m.merged_at, sort="merged_at"),
        Column("by", gettext_lazy("By whom"), lambda m: str(m.merged_by or "")),
        Column("state", gettext_lazy("State"), lambda m: _("Undone") if m.undone_at else _("Merged")),
    )

    def base_queryset(self):
        return OfficerMerge.objects.visible_to(self.scope).select_related("kept", "dropped", "merged_by")

    def get_crumbs(self):
        return [(_("Possible duplicates"), reverse("centres:duplicates"))]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            fresh = (clock.now() - row.merged_at).days < merging.UNDO_DAYS
            row.may_undo = not row.undone_at and fresh and policies.may_undo_merge(self.scope, row)
        return context


class UndoMerge(FormDoor):
    title = gettext_lazy("Undo a merge")
    may = staticmethod(policies.may_see_duplicates)
    template_name = "centres/merge_undo.html"
    form_class = forms.Form

    def prepare(self):
        merges = OfficerMerge.objects.select_related("kept", "dropped")
        self.held = fetch(merges, self.scope, may=policies.may_undo_merge, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Possible duplicates"), reverse("centres:duplicates")), (_("Records merged"), reverse("centres:merges"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(held=self.held, cancel_url=reverse("centres:merges"), **kwargs)

    def act(self, form):
        merging.undo(self.scope, self.held)
        messages.success(self.request, _("Both records are as they were."))
        return reverse("centres:merges")
