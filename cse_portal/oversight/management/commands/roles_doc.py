"""`manage.py roles_doc [--check]`: writes docs/roles.md from the docstrings of every policies.py."""

import inspect
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from centres.models import Membership, Role

APPS = [
    ("centres", "Places and people"),
    ("training", "Training"),
    ("standards", "The Standard"),
    ("cse_portal.oversight", "Oversight"),
]
INTRO = """# Roles and what they may do

Made by `manage.py roles_doc` from the docstrings of every `policies.py`; a test fails when it is out of date.
A person may hold several roles and acts under one at a time. First what a role may do, app by app; last what it may see.

| Role | Code | Belongs to | Second step at sign-in | Who gives it |
|---|---|---|---|---|
"""


def place(role):
    if role in Membership.FOR_ORGANISATION:
        return "an MDA"
    return {Role.CENTRE_MANAGER: "a centre", Role.LEARNER: "an officer"}.get(role, "the country")


def giver(role):
    if role == Role.LEARNER:
        return "oneself, with the personal number and a code"
    return "administrators; HR and authorised officers of the MDA" if role in Membership.FOR_ORGANISATION else "administrators"


def said(function):
    return " ".join((function.__doc__ or "").split())


def role_row(role):
    factor = "required" if role in Membership.NEEDS_SECOND_FACTOR else "optional"
    return f"| {role.label} | `{role.value}` | {place(role)} | {factor} | {giver(role)} |"


def rules_of(app):
    """The may_* functions of an app's policies, in the order of the file; of a package, file by file."""
    try:
        policies = import_module(f"{app}.policies")
    except ModuleNotFoundError:
        return []
    found = [f for name, f in inspect.getmembers(policies, inspect.isfunction) if name.startswith("may_")]
    own = (f for f in found if f.__module__.startswith(policies.__name__))
    return sorted(own, key=lambda f: (f.__module__, f.__code__.co_firstlineno))


def sights():
    """(noun, who sees it) of every model with a `visible_to`."""
    for model in apps.get_models():
        seen = getattr(model._default_manager.all(), "visible_to", None)
        if seen:
            yield model.__name__, said(seen)


def document():
    """The text of docs/roles.md."""
    parts = [INTRO + "\n".join(role_row(role) for role in Role) + "\n"]
    for app, title in APPS:
        lines = [f"| `{rule.__name__}` | {said(rule)} |" for rule in rules_of(app)]
        if lines:
            parts.append(
                f"\n## {title} (`{app.replace('.', '/')}/policies.py`)\n\n| Rule | Who may |\n|---|---|\n"
                + "\n".join(lines)
                + "\n"
            )
    parts.append("\n## Who sees what (`visible_to` of each noun)\n\n| Noun | Seen by |\n|---|---|\n")
    parts.append("".join(f"| {noun} | {words} |\n" for noun, words in sorted(sights())))
    return "".join(parts)


class Command(BaseCommand):
    help = "Writes docs/roles.md; with --check only says whether it is current."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")

    def handle(self, check, **options):
        path = Path(settings.BASE_DIR) / "docs" / "roles.md"
        with translation.override("en"):
            text = document()
        if check:
            if not path.exists() or path.read_text() != text:
                raise CommandError("docs/roles.md is out of date: run manage.py roles_doc.")
            return
        path.write_text(text)
        self.stdout.write(f"Wrote {path}.")
