"""Template tags of the house: icons, state tags, civil dates and numbers, form controls.

Load with ``{% load cse %}``. Dates are civil dates; instants are shown in East Africa Time.
"""

import datetime as dt

from django import template
from django.template import defaultfilters
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from cse_portal.lib import charts, line_chart
from cse_portal.lib.states import state_look

register = template.Library()

DASH = "–"
DASHES = "-" * 9  # Django's word for "nothing chosen"
MINUS = "−"
SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"


@register.filter
def filesizeformat(size):
    """As Django's, but a whole number without its nought: 10 MB, 3.4 MB."""
    figure, unit = defaultfilters.filesizeformat(size).split("\xa0", 1)
    return f"{figure[:-2]}\xa0{unit}" if figure[-2:] in (".0", ",0") else f"{figure}\xa0{unit}"


# --- icons and states ---


@register.simple_tag
def icon(name, label=""):
    """An icon of the sprite; decorative unless it has a label."""
    href = f"{static(SPRITE)}#{name}"
    if label:
        return format_html('<svg class="i" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="i" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def tag(state, label="", kind=""):
    """A state as icon, word and tint: ``{% tag audit.state kind="audit" %}``."""
    if state in (None, ""):
        return DASH
    look = state_look(str(state), kind)
    word = label or look.word
    mark = icon(look.icon) if look.icon else ""
    return format_html('<span class="tag {}">{}{}</span>', look.tint, mark, word)


@register.filter
def state_word(state, kind=""):
    """The word of a state, without its tag."""
    return state_look(str(state), kind).word if state else DASH


# --- dates ---


def _civil(value):
    """A date for a date or an instant (in the current zone)."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter(expects_localtime=True)
def day(value):
    """20 Nov 2026."""
    return formats.date_format(_civil(value), "j M Y") if value else DASH


@register.filter(expects_localtime=True)
def long_day(value):
    """20 November 2026."""
    return formats.date_format(_civil(value), "j F Y") if value else DASH


@register.filter(expects_localtime=True)
def week_day(value):
    """Friday 20 November 2026."""
    return formats.date_format(_civil(value), "l j F Y") if value else DASH


@register.filter(expects_localtime=True)
def clock(value):
    """14:05, 24 hours, in the current zone."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):  # called by Python, which does not convert as templates do
        value = timezone.localtime(value)
    return formats.time_format(value, "H:i") if value else DASH


@register.filter(expects_localtime=True)
def moment(value):
    """20 Nov 2026, 14:05."""
    return f"{day(value)}, {clock(value)}" if value else DASH


@register.filter
def span(start, end):
    """A range of civil dates, both days included: 11–15 Jan 2027."""
    start, end = _civil(start), _civil(end)
    if not start or not end or start == end:
        return day(start or end)
    if start.year != end.year:
        return f"{day(start)} – {day(end)}"
    if start.month != end.month:
        return f"{formats.date_format(start, 'j M')} – {day(end)}"
    return f"{start.day}–{day(end)}"


# --- numbers ---


@register.filter
def thousands(value):
    """12,066; a dash for None."""
    if value is None or value == "":
        return DASH
    return f"{value:,}".replace("-", MINUS)


@register.filter
def percent(value, places=1):
    """63.4% from a number of 0 to 100; a dash for None."""
    return DASH if value is None or value == "" else f"{float(value):.{int(places)}f}%"


@register.filter
def signed(value, places=0):
    """+2.1 or −0.4, with a true minus; for a difference."""
    if value is None or value == "":
        return DASH
    number = round(float(value), int(places))
    body = f"{abs(number):,.{int(places)}f}"
    return body if not number else f"{'+' if number > 0 else MINUS}{body}"


# --- charts ---

register.simple_tag(charts.bar, name="bar")
register.simple_tag(charts.bullet, name="bullet")
register.simple_tag(charts.stack, name="stack")
register.simple_tag(charts.county_map, name="county_map")
register.simple_tag(line_chart.line, name="line_chart")
register.filter("heat", charts.heat)


# --- forms ---

BARE_CODES = {"required", "invalid_choice", "invalid", "max_length", "min_length"}
BARE = {"checkbox", "radioselect", "checkboxselectmultiple", "hidden", "multiplehidden"}


@register.filter
def control(field):
    """A bound field's input in the look of the house, with its error state."""
    attrs = {}
    field.field.widget.attrs.pop("placeholder", None)  # a label says it, and stays when one types
    if getattr(field.field, "empty_label", None) == DASHES:
        field.field.empty_label = _("Choose")
    if field.widget_type not in BARE and getattr(field.field.widget, "input_type", "") != "file":
        css = field.field.widget.attrs.get("class", "")
        if field.widget_type == "textarea" and str(field.field.widget.attrs.get("rows")) == "10":
            attrs["rows"] = 4
        attrs["class"] = " ".join(filter(None, ["in", "bad" if field.errors else "", css]))
    return field.as_widget(attrs=attrs)


@register.filter
def first_id(field):
    """The id an error link goes to: the input, or the first choice of a group."""
    if field.widget_type in {"radioselect", "checkboxselectmultiple"}:
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


@register.filter
def error_lines(form):
    """The error summary: ``[(id to go to or "", sentence), …]``; Django's bare words get their field's name."""
    lines = [("", error) for error in form.non_field_errors()]
    for field in form:
        for failure in form.errors.as_data().get(field.name, []):
            for message in failure.messages:
                bare = failure.code in BARE_CODES and str(field.label)
                line = f"{field.label}: {message}" if bare else message
                lines.append(("" if field.is_hidden else first_id(field), line))
    return lines


@register.simple_tag(takes_context=True)
def page_title(context):
    """Text of the head's title: an error first, so that a screen reader hears it."""
    form = context.get("form")
    if getattr(form, "is_bound", False) and getattr(form, "errors", None):
        return _("Error: ")
    return ""


# --- lists ---


@register.filter
def page_numbers(page):
    """Page numbers to show; None stands for a gap."""
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in pages]


@register.simple_tag
def script_words(**words):
    """Words that cse.js shows, in the reader's language, as inert JSON."""
    return json_script(words, "cse-words")


@register.filter
def exportable(columns):
    """Whether a list has anything to export."""
    return any(column.value for column in columns)


@register.inclusion_tag("components/column_head.html", takes_context=True)
def column_head(context, column):
    """A table head cell with its sort link; the second press turns the order round."""
    sort = context.get("sort") or ""
    here = bool(column.sort) and sort.lstrip("-") == column.key
    downwards = sort.startswith("-")
    return {
        "request": context["request"],
        "column": column,
        "direction": ("descending" if downwards else "ascending") if here else "",
        "next": f"-{column.key}" if here and not downwards else column.key,
    }


@register.simple_tag
def cell(row, column, first=False):
    """A plain cell of a list: the column's own value, formatted by its kind."""
    value = column.value(row) if column.value else getattr(row, column.key, "")
    if isinstance(value, dt.datetime):
        value = moment(value)
    elif isinstance(value, dt.date):
        value = day(value)
    elif isinstance(value, bool):
        value = _("Yes") if value else _("No")
    elif isinstance(value, int):
        value = thousands(value)
    elif value in (None, ""):
        value = DASH
    if first:
        url = row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""
        return (
            format_html('<th scope="row"><a href="{}">{}</a></th>', url, value)
            if url
            else format_html('<th scope="row">{}</th>', value)
        )
    return format_html('<td{} data-l="{}">{}</td>', mark_safe(' class="num"') if column.numeric else "", column.label, value)
