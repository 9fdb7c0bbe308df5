"""Shapes of what people upload and correct of a staff file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.imports import BY_ALIAS
from centres.models import Organisation
from centres.staff_cells import fold
from centres.staff_file import EXPLAINED, HEADINGS, REMEDIES
from cse_portal.lib import clock

# Columns that no row may leave empty, and what is said when one does.
ALWAYS = {"personal_no": "missing_personal_no", "surname": "missing_name", "first_name": "missing_name", "cadre": "missing_cadre"}


class CorrectionsForm(forms.Form):
    file = forms.FileField(
        label=_("Staff file"),
        help_text=_("CSV or XLSX, up to 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.txt"}),
        error_messages={"required": _("Choose the file to upload."), "empty": _("The file is empty.")},
    )


class RosterForm(CorrectionsForm):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("MDA"), required=False)
    as_at = forms.CharField(
        label=_("As at"),
        help_text=_("The day that the file describes. Changes take effect that day. For example 20 Nov 2026 or 20/11/2026."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    full = forms.BooleanField(
        label=_("The file lists everyone in post"),
        help_text=_("Who is in post that day and not in the file is listed as a possible leaver, for a person to confirm."),
        required=False,
    )
    field_order = ["organisation", "file", "as_at", "full"]

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        places = Organisation.objects.in_being(scope.today).within(scope.organisation_ids)
        field = self.fields["organisation"]
        field.queryset = places
        if scope.is_national:
            field.empty_label = _("All MDAs: a national file")
            field.help_text = _("The file may name this MDA and those under it.")
        else:
            field.required, field.empty_label, field.initial = True, None, scope.organisation
        self.fields["as_at"].initial = f"{scope.today:%d %b %Y}".lstrip("0")

    def clean_as_at(self):
        try:
            return clock.parse_date(self.cleaned_data["as_at"])
        except ValueError:
            raise forms.ValidationError(_("Write a day that exists, as 2026-11-20, 20/11/2026 or 20 Nov 2026."))


class RosterRowForm(forms.Form):
    """The cells of a rejected row that belong to a staff file; `cells()` gives them by their place in the heading."""

    def __init__(self, data=None, *args, headings, row, **kwargs):
        self.places = {place: BY_ALIAS[fold(heading)] for place, heading in enumerate(headings) if fold(heading) in BY_ALIAS}
        self.said = row.problems if data is None else []  # what is wrong, shown before anything was typed
        if data is None:
            data = {f"cell_{place}": row.cells[place] for place in self.places if place < len(row.cells)}
        super().__init__(data, *args, **kwargs)
        for place, key in self.places.items():
            self.fields[f"cell_{place}"] = forms.CharField(
                label=headings[place],
                required=key in ALWAYS,
                error_messages={"required": REMEDIES[ALWAYS[key]]} if key in ALWAYS else None,
                strip=False,
                max_length=1000,
                help_text=EXPLAINED[key],
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def full_clean(self):
        super().full_clean()
        if self.said:
            self._errors.clear()  # the row's own problems say it all
        fields = {HEADINGS[key]: f"cell_{place}" for place, key in self.places.items()}
        for problem in self.said:
            self.add_error(fields.get(problem["column"]), problem["remedy"])

    def cells(self):
        return {int(name.removeprefix("cell_")): text for name, text in self.cleaned_data.items()}
