"""The cohort under lock, as every act on it begins."""

from django.utils.translation import gettext as _

from cse_portal.lib.errors import Refused
from training.models import Cohort


def locked(actor, cohort, may, sentence):
    """The cohort, locked, live, and within the actor's rights."""
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if cohort.state not in Cohort.LIVE:
        raise Refused(
            _("%(cohort)s is %(state)s; nothing in it changes any more.")
            % {"cohort": cohort.code, "state": cohort.get_state_display().lower()},
            code="closed",
        )
    if not may(actor, cohort):
        raise Refused(sentence, code="not_allowed")
    return cohort
