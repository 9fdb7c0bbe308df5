"""Shape of evidence as people send it: files, a note with its n, and the days it speaks of."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cse_portal.lib.fields import CivilDate

from .models import Evidence
from .services.evidence import NOTES, Piece


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Cleans to a list of uploads."""

    widget = ManyFiles

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in files if one]


class EvidenceFields(forms.Form):
    """Beside a rating, or by itself."""

    upload = Files(label=_("Files"), required=False, allow_empty_file=True)
    kind = forms.ChoiceField(label=_("Kind of note"), required=False, choices=[(k.value, k.label) for k in NOTES])
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    n = forms.IntegerField(label=_("How many"), required=False, min_value=1, max_value=1_000_000)
    collected_on = CivilDate(label=_("Collected on"), required=False)
    covers_from = CivilDate(label=_("Covers from"), required=False)
    covers_to = CivilDate(label=_("Covers to"), required=False)

    replaces = forms.ChoiceField(label=_("Takes the place of"), required=False, help_text=_("The earlier revision stays on record"))

    def __init__(self, *args, held=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["replaces"].choices = [("", _("Nothing: it is new")), *((piece.pk, str(piece)) for piece in held)]

    def clean(self):
        data = super().clean()
        if data.get("replaces") and len(data.get("upload") or []) + bool((data.get("note") or "").strip()) != 1:
            self.add_error("replaces", _("One piece takes the place of one: send one file or one note."))
        return data

    def has_evidence(self):
        return bool(self.cleaned_data.get("upload") or (self.cleaned_data.get("note") or "").strip())

    def pieces(self):
        data = self.cleaned_data
        also = {name: data[name] for name in ("collected_on", "covers_from", "covers_to")}
        also["replaces"] = int(data["replaces"]) if data["replaces"] else None
        for upload in data["upload"]:
            yield Piece(kind_of(upload), upload=upload, **also)
        if data["note"].strip():
            yield Piece(data["kind"] or Evidence.Kind.OBSERVATION, data["note"], data["n"], **also)


def kind_of(upload):
    """A picture is a photo; anything else is a file."""
    return Evidence.Kind.PHOTO if (upload.content_type or "").startswith("image/") else Evidence.Kind.FILE
