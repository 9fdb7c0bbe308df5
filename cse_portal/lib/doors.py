"""What every page is made of: lists, details, forms and acts. Doors check shape and scope; services check rules."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.generic import DetailView, FormView, ListView, TemplateView, View

from .errors import Conflict, Refused


@dataclass(frozen=True)
class Column:
    """A column of a list: `label`; `value(row)` for the export; `sort` the field that `?sort=` orders by."""

    key: str
    label: str
    value: Callable | None = None
    sort: str | None = None
    numeric: bool = False


class PageMixin:
    """Title, crumbs and who may. `may(scope)` false: 403 for a user, the sign-in page for someone without an account.
    `public = True`: no account needed."""

    title = ""
    public = False
    may = staticmethod(lambda scope: True)

    @property
    def scope(self):
        return self.request.scope

    def dispatch(self, request, *args, **kwargs):
        if not self.public and request.scope.is_public:
            if request.user.is_authenticated:
                return render(request, "pages/no_role.html", {"title": _("You have no role yet")}, status=403)
            return redirect_to_login(request.get_full_path())
        if not self.may(request.scope):
            raise PermissionDenied
        self.prepare()
        return super().dispatch(request, *args, **kwargs)

    def prepare(self):
        """Fetches what the address names, before any method runs: who may not see it is turned away whatever is asked."""

    def get_title(self):
        return self.title

    def get_crumbs(self):
        """[(label, url)] from the home down, without the page itself."""
        return []

    def get_context_data(self, **kwargs):
        return super().get_context_data(title=self.get_title(), crumbs=self.get_crumbs(), scope=self.scope, **kwargs)


def attachment(piece):
    """A file that somebody sent (`file`, `file_name`, `media_type`) as it was received: an attachment that no browser opens or runs."""
    response = FileResponse(piece.file.open("rb"), as_attachment=True, filename=piece.file_name, content_type=piece.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


class Page(PageMixin, TemplateView):
    """A page that is neither list, detail nor form."""


class ListDoor(PageMixin, ListView):
    """A list: filters (`filterset_class`), sorting (`?sort=key` or `-key`), 50 a page, export (`?export=csv|xlsx`).

    Context: page_obj, object_list, filterset, columns, sort, total, filtered (whether a filter narrows the list).
    """

    paginate_by = 50
    filterset_class = None
    columns = ()
    default_sort = None
    filtered = False

    def base_queryset(self):
        """What the scope may see, unfiltered."""
        raise NotImplementedError

    def get_queryset(self):
        queryset = self.base_queryset()
        self.filterset = None
        if self.filterset_class:
            self.filterset = self.filterset_class(self.request.GET, queryset=queryset, request=self.request)
            queryset = self.filterset.qs
            self.filtered = any(self.request.GET.get(name) for name in self.filterset.filters)
        return self.sorted(queryset)

    def sorted(self, queryset):
        asked = self.request.GET.get("sort") or self.default_sort or ""
        field = {c.key: c.sort for c in self.columns if c.sort}.get(asked.lstrip("-"))
        self.sort = asked if field else ""
        return queryset.order_by(("-" if asked.startswith("-") else "") + field, "pk") if field else queryset

    def get(self, request, *args, **kwargs):
        kind = request.GET.get("export")
        if kind in ("csv", "xlsx"):
            return self.export(kind)
        return super().get(request, *args, **kwargs)

    def export(self, kind):
        from . import tabular  # only an export pays for its libraries

        columns = [c for c in self.columns if c.value]
        rows = ([c.value(row) for c in columns] for row in self.get_queryset().iterator(chunk_size=2000))
        name = slugify(str(self.get_title())) or "list"
        return tabular.response(kind, name, [str(c.label) for c in columns], rows)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {
            "filterset": self.filterset,
            "columns": self.columns,
            "sort": self.sort,
            "total": context["paginator"].count if context.get("paginator") else len(self.object_list),
            "filtered": self.filtered,
        }


class DetailDoor(PageMixin, DetailView):
    """One thing. `get_object` uses `centres.access.fetch`."""

    def get_title(self):
        return str(self.object)


class FormDoor(PageMixin, FormView):
    """A form whose `act(form)` calls a service and returns where to go; a rule's no is an error of the form."""

    done = ""

    def act(self, form):
        raise NotImplementedError

    def form_valid(self, form):
        try:
            url = self.act(form)
        except Refused as refusal:
            return self.refuse(form, refusal)
        if self.done:
            messages.success(self.request, self.done)
        return HttpResponseRedirect(url)

    def refuse(self, form, refusal):
        """The form again, with the sentences of a rule's no beside what they are about."""
        for field, sentences in (refusal.fields or {None: [refusal.message]}).items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        response = self.form_invalid(form)
        response.status_code = 429 if refusal.code == "too_many" else 409
        return response


class ActDoor(PageMixin, View):
    """A button: POST only. `act()` calls a service and returns where to go; a rule's no is the 409 page with the way back."""

    http_method_names = ["post"]
    done = ""

    def act(self):
        raise NotImplementedError

    def post(self, request, *args, **kwargs):
        try:
            url = self.act()
        except Refused as refusal:
            return render(request, "409.html", {"title": _("That was not done"), "refusal": refusal, "conflict": isinstance(refusal, Conflict), "back": request.META.get("HTTP_REFERER", "/")}, status=409)
        if self.done:
            messages.success(request, self.done)
        return HttpResponseRedirect(url)
