"""Staff returns: the list, the upload, the preview with its confirm and cancel, the rejected rows to take away."""

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View

from centres import imports, policies, staff_template, tasks
from centres.access import fetch
from centres.filters import RosterFilter
from centres.models import Roster, RosterRow
from centres.roster_forms import CorrectionsForm, RosterForm, RosterRowForm
from centres.services import rosters, taking_in
from centres.staff_file import COLUMNS, HEADINGS
from cse_portal.lib import tabular
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor, PageMixin

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
            self.scope,
            file=given["file"],
            file_name=given["file"].name,
            as_at=given["as_at"],
            organisation=given["organisation"],
            full=given["full"],
        )
        transaction.on_commit(lambda: tasks.hand_over(tasks.read_roster, roster.pk))
        return reverse("centres:roster", args=[roster.ref])


def progress_of(roster):
    """{done, of, says}: how far the worker is. `of` 0: not known."""
    if roster.state == Roster.State.RECEIVED:
        return {"done": 0, "of": 0, "says": _("The file has arrived and waits to be read.")}
    if roster.state == Roster.State.APPLYING:
        number, name = taking_in.step_of(roster)
        return {
            "done": number,
            "of": len(taking_in.STEPS),
            "says": _("The return is being taken into the register: %(step)s.") % {"step": name.lower()},
        }
    if roster.expected and roster.rows >= roster.expected:
        return {"done": roster.rows, "of": roster.rows, "says": _("All rows are read; now they are compared with the register.")}
    counts = {"n": f"{roster.rows:,}", "of": f"{roster.expected:,}"}
    if not roster.expected:
        return {
            "done": 0,
            "of": 0,
            "says": ngettext("Reading: %(n)s row so far.", "Reading: %(n)s rows so far.", roster.rows) % counts,
        }
    return {"done": roster.rows, "of": roster.expected, "says": _("Reading: %(n)s of about %(of)s rows.") % counts}


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
    def at_work(self):
        """Someone waits for the worker."""
        return self.roster.state in (Roster.State.RECEIVED, Roster.State.READING, Roster.State.APPLYING)

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
        if self.at_work:
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
        roster, state = self.roster, self.roster.state
        may = policies.may_confirm_roster(self.scope, roster)
        return context | {
            "roster": roster,
            "at_work": self.at_work,
            "progress": progress_of(roster) if self.at_work else None,
            "steps": STEPS,
            "step": 3 if state in (Roster.State.READ, Roster.State.APPLYING) else 2 if self.at_work else None,
            "tabs": tabs,
            "outcome": self.outcome,
            "kept": roster.lines.exists(),
            "may_confirm": may,
            "may_fix": may and state == Roster.State.READ,
            "may_follow": may and roster.rejected and state in (Roster.State.READ, Roster.State.APPLIED),
            "accepted": roster.rows - roster.rejected,
            "will": self.will(),
            "asked": roster.transfers.count() if state == Roster.State.APPLIED and roster.transfer else 0,
            "leavers": roster.possible_leavers.count() if state == Roster.State.APPLIED and roster.full else 0,
            "corrections": roster.corrections.visible_to(self.scope),
            "not_read": imports.unknown_headings(roster.headings),
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
            transaction.on_commit(lambda: tasks.hand_over(tasks.apply_roster, roster.pk))
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


class RosterFix(TheRoster, FormDoor):
    """The cells of a rejected row, with what is wrong beside each; corrected, they are checked again."""

    template_name = "centres/roster_fix.html"
    form_class = RosterRowForm

    @cached_property
    def row(self):
        return fetch_line(self.roster, self.kwargs["line"])

    def get_title(self):
        return _("Correct row %(line)s") % {"line": self.row.line}

    def get_crumbs(self):
        return [*CRUMBS, (self.roster.file_name, self.home())]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"headings": self.roster.headings, "row": self.row}

    def get_context_data(self, **kwargs):
        return super().get_context_data(roster=self.roster, row=self.row, home=self.home(), **kwargs)

    def act(self, form):
        row = imports.fix_row(self.scope, roster=self.roster, line=self.row.line, cells=form.cells())
        if row.outcome == RosterRow.Outcome.REJECTED:
            messages.warning(self.request, _("Row %(line)s is still rejected. See what is wrong below.") % {"line": row.line})
            return self.request.path
        messages.success(
            self.request,
            _("Row %(line)s is accepted now: %(outcome)s.") % {"line": row.line, "outcome": row.get_outcome_display().lower()},
        )
        left = rosters.next_rejected(self.roster, row.line)
        return reverse("centres:roster_fix", args=[self.roster.ref, left]) if left else self.home()


def fetch_line(roster, line):
    row = roster.lines.filter(line=line, outcome=RosterRow.Outcome.REJECTED).first()
    if row is None:
        raise Http404
    return row


class RosterCorrections(TheRoster, FormDoor):
    """The rejected rows, corrected in the downloaded file and uploaded again: the same MDA, the same day."""

    template_name = "centres/roster_upload.html"
    form_class = CorrectionsForm

    def get_title(self):
        return _("Upload the corrected rows of %(file)s") % {"file": self.roster.file_name}

    def get_crumbs(self):
        return [*CRUMBS, (self.roster.file_name, self.home())]

    def get_context_data(self, **kwargs):
        required = [column.heading for column in COLUMNS if column.required]
        return super().get_context_data(steps=STEPS, required=required, follows=self.roster, **kwargs)

    def act(self, form):
        file = form.cleaned_data["file"]
        roster = rosters.receive(self.scope, file=file, file_name=file.name, follows=self.roster)
        transaction.on_commit(lambda: tasks.hand_over(tasks.read_roster, roster.pk))
        return reverse("centres:roster", args=[roster.ref])


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
