"""Charts drawn on the server as SVG: no script, no inline style, every mark has a title.

Percentages are numbers of 0 to 100. A bar is always drawn from zero and carries its target mark.
"""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

HEAT_STEPS = (25, 50, 70, 85)


def _width(value, top, full):
    """Length of a bar in user units, held between nothing and the whole."""
    return round(min(max(float(value or 0) / float(top or 1), 0), 1) * full, 1)


def _target(target, top, height):
    if target is None or target == "":
        return ""
    return format_html('<rect class="s-ink" x="{}" width="2" height="{}"/>', max(_width(target, top, 200) - 1, 0), height)


def tone(value, target, floor=None):
    """Colour of a measure: green at or above its target, amber below, red below the floor."""
    if value is None or target is None or value >= target:
        return "s-tr"
    return "s-ov" if floor is not None and value < floor else "s-am"


def bar(value, target=None, top=100, css="s-tr"):
    """A slim bar beside its printed number (so it is hidden from readers)."""
    return format_html(
        '<svg class="bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="s-bg" y="1" width="200" height="8"/>'
        '<rect class="{}" y="1" width="{}" height="8"/>{}</svg>',
        css,
        _width(value, top, 200),
        _target(target, top, 10),
    )


def bullet(value, target, top=100, floor=None):
    """The bar of a figures strip: coloured by its target, with the target's mark."""
    label = _("%(value)s against a target of %(target)s") % {"value": value, "target": target}
    return format_html(
        '<svg class="bul" viewBox="0 0 200 14" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="s-bg" y="3" width="200" height="8"/>'
        '<rect class="{}" y="3" width="{}" height="8"/>{}</svg>',
        label,
        tone(value, target, floor),
        _width(value, top, 200),
        _target(target, top, 14),
    )


def stack(parts, height=14):
    """One stacked bar of ``[(count, css class, label), …]``; the numbers stand in the same row."""
    total = sum(part[0] for part in parts) or 1
    marks, left = [], 0.0
    for count, css, label in parts:
        width = count / total * 400
        if count:
            marks.append((css, round(left, 1), round(max(width - 1.5, 0.8), 1), height, label, f"{count:,}"))
        left += width
    drawn = format_html_join("", '<rect class="{}" x="{}" width="{}" height="{}"><title>{}: {}</title></rect>', marks)
    return format_html(
        '<svg class="bar" viewBox="0 0 400 {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        height,
        drawn,
    )


def heat_step(value):
    """Step 1 to 5 of a percentage; 0 when there is none."""
    return 0 if value is None else 1 + sum(float(value) >= cut for cut in HEAT_STEPS)


def heat(value):
    """Class of a heat cell (``<td class="hc {{ value|heat }}">``)."""
    step = heat_step(value)
    return f"h{step}c" if step else "hx"


NAMED = {
    # counties large enough to carry a name: shift of the label from the centre
    "Turkana": (0, 0),
    "Marsabit": (0, 0),
    "Garissa": (0, 0),
    "Wajir": (0, 0),
    "Mandera": (0, 0),
    "Kitui": (-4, 0),
    "Narok": (0, 4),
    "Kajiado": (18, 26),
    "Tana River": (16, -6),
    "Kilifi": (0, 0),
    "Samburu": (0, 0),
    "Isiolo": (0, 0),
    "Meru": (0, 0),
}


def county_map(shapes, values, links=None, label=""):
    """The 47 counties, shaded by step.

    ``shapes``: the geometry file (``{"w", "h", "c": {name: {"code", "d", "cx", "cy"}}}``);
    ``values``: ``{county code: percent or None}``; ``links``: ``{county code: address}``.
    Show "© OpenStreetMap contributors" beside it.
    """
    links = links or {}
    paths, names = [], []
    for name, shape in shapes["c"].items():
        value = values.get(shape["code"])
        step = heat_step(value)
        said = _("no figure") if value is None else f"{float(value):.0f}%"
        path = format_html('<path class="f{}" d="{}"><title>{}: {}</title></path>', step, shape["d"], name, said)
        link = links.get(shape["code"])
        paths.append(format_html('<a href="{}">{}</a>', link, path) if link else path)
        if name in NAMED and value is not None:
            dx, dy = NAMED[name]
            names.append(
                format_html(
                    '<text class="minor {}" x="{}" y="{}" text-anchor="middle" pointer-events="none">{} {}</text>',
                    "on" if step > 3 else "",
                    int(shape["cx"]) + dx,
                    int(shape["cy"]) + 4 + dy,
                    name,
                    f"{float(value):.0f}",
                )
            )
    return format_html(
        '<svg class="ch map" viewBox="-4 -4 {} {}" role="{}" aria-label="{}">{}{}</svg>',
        shapes["w"] + 8,
        shapes["h"] + 8,
        "group" if links else "img",
        label or _("Map of the 47 counties"),
        mark_safe("".join(paths)),
        mark_safe("".join(names)),  # noqa: S308 - built by format_html above
    )
