"""The kinds of thing that the trail speaks of: their words, and how their reference finds them."""

import re
from functools import cache

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from standards import record_words
from standards.services import record
from training.certificates import long_day

from .kind_words import KINDS

CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+")
DAY = re.compile(r"\d{4}-\d\d-\d\d")

# kind -> the fields that its trail_ref is made of, joined by "/". A kind without an entry is read by administrators alone.
REFERENCES = {
    "api_token": ["pk"],
    "appeal": ["pk"],
    "audit": ["ref"],
    "cadre": ["code"],
    "centre": ["code"],
    "certificate": ["number"],
    "certification": ["number"],
    "cohort": ["code"],
    "completion": ["pk"],
    "correction_request": ["pk"],
    "county": ["code"],
    "course": ["code"],
    "course_version": ["course__code", "number"],
    "decision": ["audit__ref"],
    "edition": ["version"],
    "enrolment": ["cohort__code", "officer__ref"],
    "finding": ["audit__ref", "number"],
    "job_group": ["code"],
    "membership": ["pk"],
    "officer": ["ref"],
    "organisation": ["code"],
    "prior_training": ["pk"],
    "requirement": ["pk"],
    "requirement_change": ["ref"],
    "reorganisation": ["pk"],
    "return": ["ref"],
    "roster": ["ref"],
    "service": ["code"],
    "transfer": ["ref"],
    "target": ["pk"],
    "waiver": ["pk"],
}

# kind -> entries(scope, subject): of things whose trail is more than what was done to themselves.
WHOLE = {"audit": record.entries}
# kind -> (scope, subject, entries): those of them that whoever sees the thing may read, where these are not all.
OPEN = {"finding": record.of_finding}


@cache
def models():
    """{kind: model}."""
    return {m.trail_kind: m for m in apps.get_models() if hasattr(m, "trail_kind")}


def kind_word(kind):
    if kind in record_words.KINDS:
        return record_words.KINDS[kind]
    return KINDS.get(kind) or capfirst(kind.replace("_", " "))


def kinds(of=None):
    """[(kind, word)] in the order of the words; of every kind unless said."""
    return sorted(((kind, kind_word(kind)) for kind in of or models()), key=lambda pair: str(pair[1]))


def field_word(kind, name):
    """The words of a field that changed."""
    if kind in record_words.KINDS and name in record_words.FIELDS:
        return record_words.FIELDS[name]
    try:
        return capfirst(models()[kind]._meta.get_field(name).verbose_name)
    except (KeyError, FieldDoesNotExist, AttributeError):
        return capfirst(name.replace("_", " "))


def value_word(kind, name, value):
    """A value of a field in words: the label of a choice, yes or no, a day, a code without its underscores."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind in record_words.KINDS and isinstance(value, str):
        if words := record_words.VALUES.get(name, {}).get(value):
            return str(words)
        if DAY.fullmatch(value):
            return long_day(clock.parse_date(value))
    try:
        labels = dict(models()[kind]._meta.get_field(name).flatchoices)
    except (KeyError, FieldDoesNotExist, AttributeError):
        labels = {}
    if value in labels:
        return str(labels[value])
    return value.replace("_", " ") if isinstance(value, str) and CODE.fullmatch(value) else value


def find(kind, ref):
    """(queryset, lookup) for `fetch`. 404 for a kind or a reference that finds nothing."""
    fields = REFERENCES.get(kind)
    values = ref.split("/") if fields and len(fields) > 1 else [ref]
    if not fields or len(values) != len(fields):
        raise Http404
    lookup = dict(zip(fields, values, strict=True))
    try:
        return models()[kind].objects.filter(**lookup), lookup
    except ValueError:  # words where a number stands
        raise Http404
