"""A learner opens the account: personal number and MDA, a code to the email or phone on file, a password.

What happens is the same to the eye whether the number exists or not. The state of one attempt lives in the cache for
CODE_SECONDS under a handle that only this browser session knows; of the code only a keyed digest is kept.
"""

import re
import secrets

from django.core.cache import cache
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from centres.access import Scope
from centres.models import Membership, Officer, Posting, Role
from cse_portal.accounts import links
from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock, limits
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox

from . import people

CODE_SECONDS = 15 * 60
TRIES = 5
CODES_PER_NUMBER = 3
CODES_PER_ADDRESS = 20

CODE, EMAIL, EMAIL_CODE, PASSWORD, LINKED = "code", "email", "email_code", "password", "linked"


def begin(*, organisation, personal_no, on, address, language="en"):
    """The handle of a new attempt. If the number is on that MDA's staff file, a code goes to the email or phone on file."""
    key = re.sub(r"\s", "", personal_no).lstrip("0")
    allowed = limits.spend(f"activate:{address}", CODES_PER_ADDRESS, CODE_SECONDS)
    if not (limits.spend(f"activate:{organisation.pk}:{key}", CODES_PER_NUMBER, CODE_SECONDS) and allowed):
        raise Refused(_("Too many codes were asked for. Wait 15 minutes, then try again."), code="too_many")
    officer = _officer(organisation, key, on)
    if officer is not None and officer.user_id:
        _tell_of_account(officer.user)
        officer = None
    handle = secrets.token_urlsafe(24)
    state = {
        "officer": officer.pk if officer else None,
        "stage": CODE,
        "email": officer.email.lower() if officer else "",
        "language": language,
    }
    _send_code(handle, state, email=officer.email if officer else "", phone=officer.phone if officer else "")
    return handle


def stage(handle):
    """Where the attempt stands, or None when there is none or it ran out."""
    state = _state(handle)
    return state and state["stage"]


def check(handle, code):
    """Takes the code; returns the stage that follows. A wrong code costs one of five tries."""
    state = _state(handle)
    if state is None or state["stage"] not in (CODE, EMAIL_CODE):
        raise Refused(_("This code is too old. Start again."), code="start_again")
    if not limits.spend(f"code:{handle}:{state['stage']}", TRIES, CODE_SECONDS):
        cache.delete(_place(handle))
        raise Refused(_("That was wrong five times. Start again."), code="start_again")
    if state["officer"] is None or not constant_time_compare(_digest(handle, re.sub(r"\D", "", code)), state["digest"]):
        raise Refused(
            _("That is not the code, or it is too old."),
            code="wrong_code",
            fields={"code": [_("That is not the code, or it is too old.")]},
        )
    if not state["email"]:
        return _move(handle, state, EMAIL)
    user = User.objects.filter(email=state["email"]).first()
    if user is not None and user.has_usable_password():
        _open(state)
        cache.delete(_place(handle))
        return LINKED
    return _move(handle, state, PASSWORD)


def give_email(handle, email):
    """For an officer of whom only a phone is on file: the address to sign in with, proven by a second code."""
    state = _state(handle)
    if state is None or state["stage"] != EMAIL:
        raise Refused(_("This code is too old. Start again."), code="start_again")
    state |= {"email": email.lower(), "stage": EMAIL_CODE}
    _send_code(handle, state, email=email, phone="")


def officer_of(handle):
    """The officer who proved to be at this browser, once the code was right."""
    state = _state(handle)
    return Officer.objects.get(pk=state["officer"]) if state and state["stage"] == PASSWORD else None


def finish(handle, password):
    """Sets the password; returns the user, linked to the officer and a learner from today."""
    state = _state(handle)
    if state is None or state["stage"] != PASSWORD:
        raise Refused(_("This took too long. Start again."), code="start_again")
    user = _open(state, password)
    cache.delete(_place(handle))
    return user


@transaction.atomic
def _open(state, password=None):
    officer = Officer.objects.select_for_update().get(pk=state["officer"])
    if officer.user_id:
        raise Refused(_("This account is open already. Sign in."), code="open")
    user = people.claim_user(state["email"], officer.full_name, state["language"])
    if Officer.objects.filter(user=user).exists() or not user.is_active:
        raise Refused(
            _("This email belongs to another account. Ask your HR office to correct the email on file."), code="email_taken"
        )
    if password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
    officer.user = user
    officer.save(update_fields=["user"])
    today = clock.today()
    hat = Membership.objects.on(today).filter(user=user, role=Role.LEARNER).first()
    if hat is None:
        hat = Membership.objects.create(user=user, role=Role.LEARNER, during=DateRange(today, None))
    trail.record(Scope(user=user, membership=hat, today=today), "opened account", officer, {"account": (None, user.email)})
    return user


def _officer(organisation, key, on):
    """The one officer in post there with that number; of two (a secondee brought a number along) the MDA's own."""
    found = list(
        Officer.objects.filter(
            personal_key=key, pk__in=Posting.objects.on(on).filter(organisation=organisation).values("officer")
        )
    )
    if len(found) > 1:
        found = [officer for officer in found if officer.number_series == organisation.number_series]
    return found[0] if len(found) == 1 else None


def _send_code(handle, state, email, phone):
    code = f"{secrets.randbelow(10**6):06d}"
    state["digest"] = _digest(handle, code)
    cache.set(_place(handle), state, CODE_SECONDS)
    if not (email or phone):
        return
    with translation.override(state["language"]):
        subject = _("Your code for the CSE Portal")
        body = _("%(code)s is your code to open your CSE Portal account. It works for 15 minutes. Give it to nobody.") % {
            "code": code
        }
    # Not `about` the officer: nobody who may see the officer may see the code.
    outbox.queue(
        key=f"activation:{handle}:{state['stage']}",
        to=email or phone,
        subject=subject,
        body=body,
        channel="email" if email else "sms",
        language=state["language"],
    )


def _tell_of_account(user):
    with translation.override(user.language):
        outbox.queue(
            key=f"activation-open:{user.pk}:{clock.now():%Y%m%d%H%M}",
            to=user.email,
            subject=_("You have a CSE Portal account already"),
            body=_(
                "Someone, most likely you, tried to open your account again. Sign in here:\n\n%(url)s\n\n"
                "Forgotten the password? The page has a link for that."
            )
            % {"url": links.sign_in_url()},
            language=user.language,
        )


def _move(handle, state, to):
    cache.set(_place(handle), state | {"stage": to}, CODE_SECONDS)
    return to


def _state(handle):
    return cache.get(_place(handle)) if handle else None


def _place(handle):
    return f"activation:{handle}"


def _digest(handle, code):
    return salted_hmac("centres.activation", f"{handle}:{code}", algorithm="sha256").hexdigest()
