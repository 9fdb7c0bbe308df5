"""Fields of forms and filters that more than one app uses."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import clock


class CivilDate(forms.CharField):
    """A date typed as 20 Nov 2026, 20/11/2026 or 2026-11-20; never month first. Cleans to a date, or None when left empty."""

    default_error_messages = {"not_a_date": _("Write the date as 20 Nov 2026, 20/11/2026 or 2026-11-20.")}

    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return None
        try:
            return clock.parse_date(text)
        except ValueError:
            raise forms.ValidationError(self.error_messages["not_a_date"], code="not_a_date")

    def prepare_value(self, value):
        return f"{value:%d %b %Y}".lstrip("0") if hasattr(value, "isoformat") else value
