"""Who is told of a certification's standing: its MDA of every change, the panel of what it has to decide."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from cse_portal.lib import clock
from cse_portal.notices import outbox
from training.certificates import long_day

TOLD = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


def of_the_holder(certification, roles=TOLD):
    """Users of the MDA, and the manager of a centre that is certified alone."""
    today = clock.today()
    found = Membership.objects.on(today).filter(role__in=roles, organisation=certification.organisation_id)
    if certification.centre_id:
        found = found | Membership.objects.on(today).filter(role=Role.CENTRE_MANAGER, centre=certification.centre_id)
    return _users(found)


def of_role(role):
    return _users(Membership.objects.on(clock.today()).filter(role=role))


def _users(memberships):
    found = {hat.user_id: hat.user for hat in memberships.select_related("user").order_by("pk")}
    return [user for user in found.values() if user.is_active]


def send(users, key, about, write):
    """One notice a person for `key`; `write(user)` gives (subject, lines) in the person's language."""
    made = []
    for user in users:
        with translation.override(user.language):
            subject, lines = write(user)
            body = "\n\n".join([_("Hello %(name)s,") % {"name": user}, *(line for line in lines if line)])
        made.append(
            outbox.notice(key=f"{key}:{user.pk}", to=user.email, subject=subject, body=body, language=user.language, about=about)
        )
    outbox.queue_many(made)


def address(thing):
    return settings.SITE_URL + thing.get_absolute_url()


def tell_of(event):
    """The MDA, of a change in the register."""
    held, act = event.certification, event.act
    if act and event.kind == "restored" and act.kind != "restore":  # what an appeal undid is not why
        act = None

    def write(user):
        facts = {"number": held.number, "what": event.get_kind_display(), "holder": held.holder, "day": long_day(event.on)}
        return _("%(number)s: %(what)s") % facts, [
            _("The certification %(number)s of %(holder)s: %(what)s, from %(day)s.") % facts,
            _("Ground: %(ground)s.") % {"ground": act.get_ground_display()} if act else "",
            _("Reason: %(reason)s") % {"reason": act.decision_reason or act.reason} if act else "",
            _("If it is not restored before %(day)s, it is withdrawn.") % {"day": long_day(held.suspended_until)}
            if held.suspended_until
            else "",
            appeal_line(act) if act and event.kind != "restored" else "",
            address(held),
        ]

    send(of_the_holder(held), f"standing:{event.pk}", held, write)


def appeal_line(thing):
    """Until when the MDA may appeal against this decision or act, as a line of a notice; "" where no appeal is taken."""
    from .certification_appeals import last_day, why_not

    return "" if why_not(thing, clock.today()) else _("The authorised officer may appeal until %(day)s.") % {"day": long_day(last_day(thing))}


def tell_refused(act):
    """The MDA, that what was asked for is refused: only where the MDA asked, or could appeal."""
    held = act.certification

    def write(user):
        facts = {"number": held.number, "act": act.get_kind_display(), "reason": act.decision_reason}
        return _("%(number)s: %(act)s, refused") % facts, [
            _("The panel did not grant what was asked for: %(act)s. Reason: %(reason)s") % facts,
            appeal_line(act),
            address(held),
        ]

    send(of_the_holder(held), f"standing-refused:{act.pk}", held, write)


def tell_panel(act):
    """Those who decide."""

    def write(user):
        facts = {"number": act.certification.number, "act": act.get_kind_display(), "ground": act.get_ground_display()}
        return _("To decide: %(act)s, %(number)s") % facts, [
            _("%(act)s is asked for %(number)s. Ground: %(ground)s.") % facts,
            address(act),
        ]

    send(of_role(Role.PANEL), f"certification-act:{act.pk}", act, write)


def remind(certification, users, mark, left):
    """That it expires, `left` days from now; once for each mark."""

    def write(user):
        facts = {
            "number": certification.number,
            "holder": certification.holder,
            "day": long_day(certification.last_day),
            "days": left,
        }
        return _("%(number)s expires in %(days)s days") % facts, [
            _("The certification %(number)s of %(holder)s is valid until %(day)s.") % facts,
            _("Ask for recertification now: a certification that is renewed in time runs on without a gap."),
            address(certification),
        ]

    send(users, f"certification-expires:{certification.pk}:{mark}", certification, write)


def tell_of_appeal(appeal):
    """Lodged: the panel; decided: the MDA, with the reasons."""
    if appeal.state == appeal.State.LODGED:

        def lodged(user):
            return _("Appeal of %(mda)s") % {"mda": appeal.organisation}, [
                _("%(mda)s appeals: %(thing)s. Somebody without any part in it decides by %(day)s.")
                % {"mda": appeal.organisation, "thing": appeal, "day": long_day(appeal.due_on)},
                address(appeal),
            ]

        return send(of_role(Role.PANEL), f"appeal:{appeal.pk}", appeal, lodged)

    def decided(user):
        facts = {"thing": appeal, "outcome": appeal.get_state_display(), "reasons": appeal.reasons}
        return _("Your appeal: %(outcome)s") % facts, [
            _("%(thing)s: %(outcome)s.") % facts,
            _("Reasons: %(reasons)s") % facts,
            address(appeal),
        ]

    mda = _users(Membership.objects.on(clock.today()).filter(role__in=TOLD, organisation=appeal.organisation_id))
    return send(mda, f"appeal-decided:{appeal.pk}", appeal, decided)
