"""The tabs of a cohort's pages. A new page of a cohort adds a line to TABS and, if it has pages under it, names them; nothing else:
`OfCohort` puts them into the context and base.html shows them."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from training import policies


@dataclass(frozen=True)
class Tab:
    label: str
    name: str  # of the address, which takes the cohort's code
    may: object  # policy (scope, cohort) -> bool
    under: tuple = ()  # what follows the cohort's address on further pages of this tab


TABS = [
    Tab(_("Register"), "training:cohort", policies.may_see_courses),
    Tab(_("Participants"), "training:participants", policies.may_see_participants, ("quotas/",)),
    Tab(
        _("Assessment"), "training:assessment", policies.may_record_results, ("results/", "moderation/", "release/", "evaluation/")
    ),
    Tab(_("Messages"), "training:cohort_messages", policies.may_see_cohort_notices),
    Tab(_("Close"), "training:close_cohort", policies.may_close),
]


def of(scope, cohort, path):
    """[{label, url, current}] for components/tabs.html; none where there is nothing to choose."""
    home = cohort.get_absolute_url()
    found = []
    for tab in TABS:
        if tab.may(scope, cohort):
            url = reverse(tab.name, args=[cohort.code])
            here = (
                path == url or (url != home and path.startswith(url)) or any(path.startswith(home + part) for part in tab.under)
            )
            found.append({"label": tab.label, "url": url, "current": here, "count": None})
    return found if len(found) > 1 and any(tab["current"] for tab in found) else []
