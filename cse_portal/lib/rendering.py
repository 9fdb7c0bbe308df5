"""How forms are written out: as Django does, but for long lists of choices."""

from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe


class Renderer(TemplatesSetting):
    """A list of 439 MDAs through a template an option costs more than the rest of the page; written out directly, a tenth."""

    def render(self, template_name, context, request=None):
        if template_name == "django/forms/widgets/select.html":
            return select(context["widget"])
        return super().render(template_name, context, request)


def select(widget):
    groups = [
        format_html('<optgroup label="{}">{}</optgroup>', label, options(choices)) if label else options(choices)
        for label, choices, _index in widget["optgroups"]
    ]
    return format_html('<select name="{}"{}>{}</select>', widget["name"], attributes(widget["attrs"]), mark_safe("".join(groups)))


def options(choices):
    return format_html_join(
        "", '<option value="{}"{}>{}</option>', ((str(c["value"]), attributes(c["attrs"]), c["label"]) for c in choices)
    )


def attributes(attrs):
    """As Django's: True is a bare word, False is left out."""
    given = ((name, value) for name, value in attrs.items() if value is not False and value is not None)
    return format_html_join("", " {}{}", ((name, "" if value is True else format_html('="{}"', value)) for name, value in given))
