"""Staff returns: the list, the upload, the preview with its confirm and cancel, the rejected rows to take away."""

import logging

from django.db import transaction
from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from kombu.exceptions import OperationalError

from centres import imports, policies, staff_template, tasks
from centres.access import fetch
from centres.filters import RosterFilter
from centres.forms import RosterForm
from centres.models import Roster, RosterRow
from centres.services import rosters, taking_in
from centres.staff_file import COLUMNS, HEADINGS
from cse_portal.lib import tabular
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor, PageMixin

log = logging.getLogger(__name__)
STEPS = [gettext_lazy("Upload"), gettext_lazy("Check"), gettext_lazy("Confirm")]
TABS = [RosterRow.Outcome[name] for name in ("REJECTED", "TRANSFER", "CHANGED", "CREATED", "UNCHANGED")]
CRUMBS = [(gettext_lazy("Staff files"), "/rosters/")]


class RosterList(ListDoor):
    title = gettext_lazy("Staff files")
    may = staticmethod(policies.may_file_roster)
    template_name = "centres/rosters.html"
    filterset_class = RosterFilter
    default_sort = "-received"
    columns = (
        Column("file", gettext_lazy("File"), lambda r: r.file_name, sort="file_name"),
        Column("mda", gettext_lazy("MDA"), lambda r: str(r.organisation or _("All MDAs")), sort="organisation__name"),
        Column("as_at", gettext_lazy("As at"), lambda r: r.as_at, sort="as_at"),
        Column("rows", gettext_lazy("Rows"), lambda r: r.rows, sort="rows", numeric=True),
        Column("created", gettext_lazy("New"), lambda r: r.created, sort="created", numeric=True),
        Column("changed", gettext_lazy("Changed"), lambda r: r.changed, sort="changed", numeric=True),
        Column("rejected", gettext_lazy("Rejected"), lambda r: r.rejected, sort="rejected", numeric=True),
        Column("state", gettext_lazy("State"), lambda r: r.get_state_display(), sort="state"),
        Column("received", gettext_lazy("Received"), lambda r: r.uploaded_at, sort="uploaded_at"),
    )

    def base_queryset(self):
        return Roster.objects.visible_to(self.scope).select_related("organisation")


class RosterUpload(FormDoor):
    title = gettext_lazy("Upload a staff file")
    may = staticmethod(policies.may_file_roster)
    template_name = "centres/roster_upload.html"
    form_class = RosterForm

    def get_crumbs(self):
        return CRUMBS

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_context_data(self, **kwargs):
        required = [column.heading for column in COLUMNS if column.required]
        return super().get_context_data(steps=STEPS, required=required, **kwargs)

    def act(self, form):
        given = form.cleaned_data
        roster = rosters.receive(
            self.scope, file=given["file"], file_name=given["file"].name, as_at=given["as_at"], organisation=given["organisation"]
        )
        transaction.on_commit(lambda: hand_over(tasks.read_roster, roster.pk))
        return reverse("centres:roster", args=[roster.ref])


def hand_over(task, roster_id):
    """Hands the file to the worker at once. Where that fails, beat finds it: the waiting roster is the order."""
    try:
        task.delay(roster_id)
    except OperationalError:
        log.exception("The broker does not answer; roster %s waits.", roster_id)


class TheRoster(PageMixin):
    """The staff return that the address names."""

    may = staticmethod(policies.may_file_roster)

    @cached_property
    def roster(self):
        return fetch(
            Roster.objects.select_related("organisation", "uploaded_by", "applied_by"), self.scope, ref=self.kwargs["ref"]
        )

    def home(self):
        return reverse("centres:roster", args=[self.roster.ref])


class RosterPage(TheRoster, ListDoor):
    """The preview: rows by outcome, 50 a page."""

    template_name = "centres/roster.html"

    def get_title(self):
        return self.roster.file_name

    def get_crumbs(self):
        return CRUMBS

    @property
    def is_being_read(self):
        return self.roster.state in (Roster.State.RECEIVED, Roster.State.READING)

    @cached_property
    def outcome(self):
        """Of the tab shown: the one asked for, else the first that has rows, rejected ones first."""
        asked = self.request.GET.get("outcome")
        if asked in RosterRow.Outcome.values:
            return asked
        return next((o.value for o in TABS if getattr(self.roster, o.value)), "unchanged")

    def base_queryset(self):
        return self.roster.lines.filter(outcome=self.outcome).select_related("organisation", "cadre")

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        if self.is_being_read:
            response["Refresh"] = "2"  # the page looks again by itself, with or without JavaScript
        return response

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            row.changes = [
                {"label": h, "old": row.diff[key][0], "new": row.diff[key][1]} for key, h in HEADINGS.items() if key in row.diff
            ]
        tabs = [
            {"label": o.label, "url": f"?outcome={o.value}", "current": o == self.outcome, "count": getattr(self.roster, o.value)}
            for o in TABS
        ]
        may = policies.may_confirm_roster(self.scope, self.roster)
        return context | {
            "roster": self.roster,
            "being_read": self.is_being_read,
            "steps": STEPS,
            "step": 2 if self.is_being_read else 3 if self.roster.state == Roster.State.READ else None,
            "tabs": tabs,
            "outcome": self.outcome,
            "kept": self.roster.lines.exists(),
            "may_confirm": may,
            "accepted": self.roster.rows - self.roster.rejected,
            "will": self.will(),
            "not_read": imports.unknown_headings(self.roster.headings),
        }

    def will(self):
        """What confirming does, for the button."""
        counts = {name: f"{getattr(self.roster, name):,}" for name in ("created", "changed", "transfer", "rejected")}
        new, changed, transfer, out = (getattr(self.roster, name) for name in counts)
        acts = []
        if new and changed:
            both = ngettext("add %(created)s officer, change %(changed)s", "add %(created)s officers, change %(changed)s", new)
            acts.append(both % counts)
        elif new:
            acts.append(ngettext("add %(created)s officer", "add %(created)s officers", new) % counts)
        elif changed:
            acts.append(ngettext("change %(changed)s officer", "change %(changed)s officers", changed) % counts)
        if transfer:
            acts.append(ngettext("ask for %(transfer)s officer", "ask for %(transfer)s officers", transfer) % counts)
        sentence = ", ".join(acts) or _("record that nothing changed")
        if out:
            stays = ngettext("%(rejected)s rejected row stays out", "%(rejected)s rejected rows stay out", out) % counts
            sentence = f"{sentence}; {stays}"
        return sentence[:1].upper() + sentence[1:]


class RosterConfirm(TheRoster, ActDoor):
    def act(self):
        roster = taking_in.confirm(self.scope, roster=self.roster)
        if roster.state == Roster.State.APPLYING:
            transaction.on_commit(lambda: hand_over(tasks.apply_roster, roster.pk))
        else:
            self.done = taken_in(roster)
        return self.home()


def taken_in(roster):
    said = _("The register has taken in the return: %(new)s new, %(changed)s changed, %(rejected)s left out.") % {
        "new": f"{roster.created:,}", "changed": f"{roster.changed:,}", "rejected": f"{roster.rejected:,}",
    }  # fmt: skip
    return said


class RosterCancel(TheRoster, ActDoor):
    done = gettext_lazy("The return was put aside. Nothing was written to the register.")

    def act(self):
        rosters.cancel(self.scope, roster=self.roster)
        return self.home()


class RosterRows(TheRoster, View):
    """The file back, as CSV or XLSX, with `status` and `error` behind each row; `?outcome=rejected` only those."""

    def get(self, request, ref, kind):
        if kind not in tabular.TYPES:
            raise Http404
        heading, rows = rosters.annotated_columns(self.roster, request.GET.get("outcome"))
        return tabular.response(kind, f"{slugify(self.roster.file_name.rsplit('.', 1)[0])}-checked", heading, rows())


class RosterTemplate(PageMixin, View):
    """An empty staff file with the columns, lists to choose from, and a sheet of explanations."""

    may = staticmethod(policies.may_file_roster)

    def get(self, request):
        return FileResponse(
            staff_template.template(), as_attachment=True, filename="staff-file-template.xlsx", content_type=tabular.TYPES["xlsx"]
        )
