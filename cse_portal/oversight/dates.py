"""The day that a page of figures is asked for."""

from cse_portal.lib import clock


def asked(params, name="on"):
    """(day, problem): the day in the address; today when none is given, or when what is given is not a date (then `problem` is it)."""
    text = (params.get(name) or "").strip()
    if not text:
        return clock.today(), ""
    try:
        return clock.parse_date(text), ""
    except ValueError:
        return clock.today(), text
