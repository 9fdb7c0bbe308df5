"""Keeping the Standard: its editions as a list and as files, drafts, comparison, and what elements became."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor, Page, PageMixin
from cse_portal.lib.errors import Refused
from standards import edition_difference, edition_file, policies
from standards.edition_forms import CompareForm, ElementForm, ImportForm, MapForm, NameForm
from standards.models import Criterion, Edition, Element
from standards.services import edition_drafts, edition_mapping

from .edition_words import shown
from .standard import EditionForm


def _latest(seen):
    """The two latest editions, as a comparison asks for them."""
    return dict(zip(("new", "old"), seen.values_list("pk", flat=True)[:2]))


class EditionList(ListDoor):
    title = gettext_lazy("Editions of the Standard")
    public = True
    template_name = "standards/editions.html"
    default_sort = "-edition"
    columns = (
        Column("edition", gettext_lazy("Edition"), lambda e: e.version, sort="pk"),
        Column("state", gettext_lazy("State"), lambda e: e.get_state_display(), sort="state"),
        Column("published", gettext_lazy("Published"), lambda e: e.published_on, sort="published_on"),
        Column("in_force", gettext_lazy("In force from"), lambda e: e.in_force_on, sort="in_force_on"),
        Column("transition", gettext_lazy("Transition until"), lambda e: e.transition_until, sort="transition_until"),
        Column("retired", gettext_lazy("Retired"), lambda e: e.retired_on, sort="retired_on"),
        Column("drawn", gettext_lazy("Drawn from"), lambda e: e.drawn_from.version if e.drawn_from else ""),
        Column("files", gettext_lazy("Files")),
    )

    def base_queryset(self):
        return Edition.objects.visible_to(self.scope).select_related("drawn_from")

    def get_crumbs(self):
        return [(_("The Standard"), reverse("standards:standard"))]

    def get_context_data(self, **kwargs):
        keeper = policies.may_keep_standard(self.scope)
        seen = Edition.objects.visible_to(self.scope)
        compare = CompareForm(editions=seen, initial=_latest(seen))
        return super().get_context_data(may_import=keeper, keeper=keeper, compare=compare, **kwargs)


class EditionAsFile(PageMixin, View):
    """The edition as YAML or Excel: whoever sees it may take it away."""

    public = True

    def get(self, request, pk, kind):
        if kind not in edition_file.TYPES:
            raise Http404
        document = edition_file.document(fetch(Edition.objects.all(), self.scope, pk=pk))
        return edition_file.response(document, kind)


class ImportEdition(FormDoor):
    """A file becomes a preview; the preview carries the checked document to `TakeEdition`."""

    title = gettext_lazy("Import an edition")
    may = staticmethod(policies.may_keep_standard)
    template_name = "standards/edition_import.html"
    form_class = ImportForm

    def get_crumbs(self):
        return [
            (_("The Standard"), reverse("standards:standard")),
            (_("Editions of the Standard"), reverse("standards:editions")),
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(submit=_("Check the file"), cancel_url=reverse("standards:editions"), **kwargs)

    def form_valid(self, form):
        try:
            with edition_file.kept(form.cleaned_data["file"]) as file:
                document, difference, mark = edition_drafts.read(self.scope, file.name, form.cleaned_data["version"])
        except Refused as refusal:
            return self.refuse(form, refusal)
        context = {
            "title": _("What the import changes"),
            "crumbs": self.get_crumbs(),
            "difference": shown(difference),
            "edition": Edition.objects.filter(version=document["edition"]).first(),
            "document": document,
            "carried": json.dumps(document),
            "seen": mark,
            "scope": self.scope,
        }
        return render(self.request, "standards/edition_preview.html", context)


class TakeEdition(ActDoor):
    may = staticmethod(policies.may_keep_standard)
    done = gettext_lazy("The draft is in the portal.")

    def act(self):
        try:
            document = json.loads(self.request.POST.get("document", ""))
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refused(_("Upload the file again: its preview did not arrive whole."), code="bad_edition")
        taken = edition_drafts.take(self.scope, document, seen=self.request.POST.get("seen"))
        return reverse("standards:edition", args=[taken.pk])


class CloneEdition(EditionForm):
    title = gettext_lazy("Draft a new edition")
    form_class = NameForm
    allowed = staticmethod(policies.may_clone)
    extra_context = {
        "what": gettext_lazy(
            "A draft is made with everything of this edition. It is changed by page or by file, and published once it is right."
        ),
        "submit": gettext_lazy("Make the draft"),
        "gentle": True,
    }
    done = gettext_lazy("The draft is made.")

    def act(self, form):
        made = edition_drafts.clone(self.scope, self.edition, version=form.cleaned_data["version"])
        return reverse("standards:edition", args=[made.pk])


# --- elements of a draft ---


class OfDraft:
    """Of a draft, `self.edition`, and its element where the address names one, else None."""

    may = staticmethod(policies.may_keep_standard)
    element = None

    def prepare(self):
        self.edition = fetch(Edition.objects.all(), self.scope, may=policies.may_edit_draft, pk=self.kwargs["pk"])
        if "code" in self.kwargs:
            self.element = get_object_or_404(Element.objects.of(self.edition), code=self.kwargs["code"])

    def home(self, code=""):
        return reverse("standards:edition", args=[self.edition.pk]) + (f"#e{code}" if code else "")

    def get_crumbs(self):
        return [(_("The Standard"), reverse("standards:standard")), (str(self.edition), self.home())]


class EditElement(OfDraft, FormDoor):
    template_name = "standards/element_form.html"
    form_class = ElementForm
    done = gettext_lazy("The element is saved.")

    def get_title(self):
        return str(self.element) if self.element else _("Add an element")

    def get_form_kwargs(self):
        criteria = Criterion.objects.filter(principle__edition=self.edition).order_by("principle__code", "code")
        return super().get_form_kwargs() | {"criteria": criteria, "element": self.element}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            edition=self.edition, element=self.element, cancel_url=self.home(self.kwargs.get("code", "")), **kwargs
        )

    def act(self, form):
        code = self.element.code if self.element else None
        edition_drafts.save_element(self.scope, self.edition, form.document(), code=code)
        return self.home(code or form.cleaned_data["code"])


class RemoveElement(OfDraft, ActDoor):
    done = gettext_lazy("The element is no longer in the draft.")

    def act(self):
        edition_drafts.remove_element(self.scope, self.edition, self.element.code)
        return self.home()


class MoveElement(OfDraft, ActDoor):
    def act(self):
        edition_drafts.move_element(self.scope, self.edition, self.element.code, up=self.request.POST.get("way") == "up")
        return self.home(self.element.code)


# --- comparison ---


class CompareEditions(Page):
    title = gettext_lazy("Editions compared")
    public = True
    template_name = "standards/compare.html"

    def get_crumbs(self):
        return [
            (_("The Standard"), reverse("standards:standard")),
            (_("Editions of the Standard"), reverse("standards:editions")),
        ]

    def get_context_data(self, **kwargs):
        seen = Edition.objects.visible_to(self.scope)
        form = CompareForm(self.request.GET if "new" in self.request.GET else _latest(seen), editions=seen)
        context = {"form": form, "several": len(seen) > 1}
        if context["several"] and form.is_valid():
            old, new = form.cleaned_data["old"], form.cleaned_data["new"]
            difference = edition_difference.between(edition_file.document(old), edition_file.document(new))
            context |= {"old": old, "new": new, "difference": shown(difference)}
        return super().get_context_data(**context, **kwargs)


# --- what elements became ---


class OfMapping:
    """Of an edition and of an earlier one, `self.old_edition`: the one asked for, else the latest that came before it, or None."""

    may = staticmethod(policies.may_keep_standard)

    def prepare(self):
        self.edition = fetch(Edition.objects.all(), self.scope, may=policies.may_map, pk=self.kwargs["pk"])
        self.earlier = edition_mapping.earlier(self.edition)
        asked = self.request.GET.get("of") or self.request.POST.get("of") or ""
        self.old_edition = next((e for e in self.earlier if str(e.pk) == asked), self.earlier[0] if self.earlier else None)

    def home(self):
        return reverse("standards:mapping", args=[self.edition.pk]) + (f"?of={self.old_edition.pk}" if self.old_edition else "")

    def get_crumbs(self):
        return [
            (_("The Standard"), reverse("standards:standard")),
            (str(self.edition), reverse("standards:edition", args=[self.edition.pk])),
        ]


class MappingPage(OfMapping, Page):
    title = gettext_lazy("What elements became")
    template_name = "standards/mapping.html"

    def get_context_data(self, **kwargs):
        rows, new = edition_mapping.table(self.edition, self.old_edition) if self.old_edition else ([], [])
        undecided = [row for row in rows if not row.decided]
        sure = sum(bool(row.suggested) and row.suggested[1] != edition_mapping.CODE for row in undecided)
        tabs = (
            [{"label": e, "url": f"?of={e.pk}", "current": e == self.old_edition} for e in self.earlier]
            if len(self.earlier) > 1
            else []
        )
        return super().get_context_data(
            edition=self.edition,
            old_edition=self.old_edition,
            undecided=undecided,
            decided=[r for r in rows if r.decided],
            new=new,
            sure=sure,
            tabs=tabs,
            **kwargs,
        )


class TakeSuggestions(OfMapping, ActDoor):
    def act(self):
        if self.old_edition is None:
            raise Http404
        n = edition_mapping.take_suggestions(self.scope, self.edition, self.old_edition)
        messages.success(self.request, ngettext("%(n)s element is mapped.", "%(n)s elements are mapped.", n) % {"n": n})
        return self.home()


class MapElement(OfMapping, FormDoor):
    template_name = "standards/map_element.html"
    form_class = MapForm
    done = gettext_lazy("That is kept.")

    def prepare(self):
        super().prepare()
        old = get_object_or_404(Element.objects.select_related("criterion__principle__edition"), pk=self.kwargs["old"])
        self.old_edition = old.criterion.principle.edition
        if self.old_edition not in self.earlier:
            raise Http404
        rows, _new = edition_mapping.table(self.edition, self.old_edition)
        self.row = next(row for row in rows if row.old == old)

    def get_title(self):
        return str(self.row.old)

    def get_crumbs(self):
        return [*super().get_crumbs(), (_("What elements became"), self.home())]

    def get_form_kwargs(self):
        suggested = [self.row.suggested[0].pk] if self.row.suggested and not self.row.decided else []
        return super().get_form_kwargs() | {
            "elements": Element.objects.of(self.edition),
            "initial": {"new": [e.pk for e in self.row.became] or suggested, "note": self.row.note},
        }

    def get_context_data(self, **kwargs):
        row = self.row
        return super().get_context_data(
            edition=self.edition, row=row, old_edition=self.old_edition, cancel_url=self.home(), **kwargs
        )

    def act(self, form):
        edition_mapping.decide(
            self.scope, self.edition, self.row.old, new=list(form.cleaned_data["new"]), note=form.cleaned_data["note"]
        )
        return self.home()
