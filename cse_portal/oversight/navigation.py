"""What the shell shows: the navigation of the acting hat, and the hats to choose from. Only what is built has an entry."""

import logging

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from centres.models import Role
from training.policies import may_approve

log = logging.getLogger(__name__)

HOME = (_("Home"), "oversight:home")
OVERVIEW = (_("Overview"), "oversight:overview")
FORECAST = (_("Forecast"), "oversight:forecast")
PEOPLE = (_("People"), "centres:people")
MDAS = (_("MDAs"), "centres:organisations")
CENTRES = (_("Centres"), "centres:centres")
SERVICES = (_("Services"), "centres:services")
STAFF = (_("Staff"), "training:officers")
STAFF_FILES = (_("Staff files"), "centres:rosters")
TRANSFERS = (_("Transfers"), "centres:transfers")
REGISTER_QUALITY = (_("Register quality"), "centres:register_quality")
CALENDAR = (_("Calendar"), "training:calendar")
COHORTS = (_("Cohorts"), "training:cohorts")
ROOMS = (_("Rooms"), "training:rooms")
TRAINERS = (_("Trainers"), "training:trainers")
NOMINATIONS = (_("Nominations"), "training:nominations")
TO_APPROVE = (_("To approve"), "training:approvals")
SEAT_REQUESTS = (_("Requests for a seat"), "training:seat_requests")
CERTIFICATES = (_("Certificates"), "training:certificates")
COURSES = (_("Courses"), "training:courses")
MODERATION = (_("Moderation"), "training:moderation")
APPEALS = (_("Appeals"), "training:appeals")
REQUIREMENTS = (_("Requirements"), "training:requirements")
WAIVERS = (_("Waivers"), "training:waivers")
PRIOR = (_("Prior training"), "training:prior_training")
CORRECTIONS = (_("Corrections"), "training:corrections")
DEMAND = (_("Demand"), "training:demand")
MY_RECORD = (_("My record"), "training:my_record")
MY_DATA = (_("My data"), "training:my_data")
STANDARD = (_("The Standard"), "standards:standard")
ANALYTICS = (_("What audits show"), "standards:analytics")
AUDITS = (_("Audits"), "standards:audits")
RETURNS = (_("Returns"), "oversight:returns")
NAMES = (_("Names"), "centres:names")
TARGETS = (_("Targets"), "oversight:targets")
SELF_ASSESSMENTS = (_("Self-assessment"), "standards:self_assessments")
EVIDENCE_SENT = (_("Evidence"), "standards:evidence_sent")
FINDINGS = (_("Findings"), "standards:findings")
OVERDUE = (_("Overdue corrective action"), "standards:overdue_findings")
AUDITORS = (_("Auditors"), "standards:auditors")
CALIBRATION = (_("Calibration"), "standards:calibrations")
CERTIFICATIONS = (_("Certifications"), "standards:certifications")
SURVEILLANCE = (_("Surveillance"), "standards:surveillances")
ACTS = (_("Acts on certifications"), "standards:certification_acts")
CERTIFICATION_APPEALS = (_("Appeals"), "standards:appeals")
HOLIDAYS = (_("Public holidays"), "centres:holidays")
PROGRAMME = (_("Audit programme"), "standards:programmes")
APPLICATIONS = (_("Applications"), "standards:applications")
MEASURES = (_("Measured figures"), "standards:measures")

# role -> [(label, url name)], in the order shown. "public": no account.
NAV = {
    "public": [(_("Check a certificate"), "training:verify"), CERTIFICATIONS, STANDARD, (_("Find a centre"), "centres:centres"), SERVICES],
    Role.LEARNER: [(_("My training"), "training:my_training"), MY_RECORD, PRIOR, COURSES, CALENDAR, COHORTS, SEAT_REQUESTS, MY_DATA],
    Role.HR_OFFICER: [
        HOME,
        STAFF,
        NOMINATIONS,
        STAFF_FILES,
        REGISTER_QUALITY,
        TRANSFERS,
        WAIVERS,
        CORRECTIONS,
        PRIOR,
        RETURNS,
        CALENDAR,
        COHORTS,
        COURSES,
        AUDITS,
        APPLICATIONS,
        SELF_ASSESSMENTS,
        FINDINGS,
        EVIDENCE_SENT,
        CERTIFICATIONS,
        ACTS,
        SURVEILLANCE,
        CERTIFICATION_APPEALS,
        MEASURES,
        STANDARD,
        PEOPLE,
    ],
    Role.AUTHORISED_OFFICER: [
        HOME,
        STAFF,
        TO_APPROVE,
        RETURNS,
        TRANSFERS,
        AUDITS,
        FINDINGS,
        CERTIFICATIONS,
        STAFF_FILES,
        REGISTER_QUALITY,
        WAIVERS,
        CORRECTIONS,
        CALENDAR,
        COHORTS,
        NOMINATIONS,
        COURSES,
        APPLICATIONS,
        SELF_ASSESSMENTS,
        EVIDENCE_SENT,
        ACTS,
        SURVEILLANCE,
        CERTIFICATION_APPEALS,
        MEASURES,
        STANDARD,
        PEOPLE,
        NAMES,
    ],
    Role.SERVICE_CHAMPION: [HOME, SELF_ASSESSMENTS, FINDINGS, EVIDENCE_SENT, STANDARD, AUDITS, APPLICATIONS, CERTIFICATIONS, MEASURES, ACTS, SURVEILLANCE, CERTIFICATION_APPEALS, COURSES],
    Role.CENTRE_MANAGER: [HOME, STAFF, AUDITS, FINDINGS, SELF_ASSESSMENTS, CERTIFICATIONS, STANDARD, CENTRES, SERVICES],
    Role.TRAINER: [(_("My cohorts"), "oversight:home"), CALENDAR, COHORTS, MODERATION, APPEALS, COURSES],
    Role.COORDINATOR: [HOME, DEMAND, CALENDAR, COHORTS, MODERATION, APPEALS, ROOMS, TRAINERS, CERTIFICATES, COURSES, REQUIREMENTS, PRIOR, WAIVERS, CENTRES, MDAS, HOLIDAYS],
    Role.AUDITOR: [(_("My audits"), "oversight:home"), AUDITS, PROGRAMME, FINDINGS, CALIBRATION, AUDITORS, MEASURES, SELF_ASSESSMENTS, EVIDENCE_SENT, CERTIFICATIONS, STANDARD],
    Role.SECRETARIAT: [HOME, PROGRAMME, APPLICATIONS, AUDITS, AUDITORS, FINDINGS, CERTIFICATIONS, OVERDUE, SURVEILLANCE, SELF_ASSESSMENTS, EVIDENCE_SENT, MEASURES, ACTS, CERTIFICATION_APPEALS, CALIBRATION, ANALYTICS, STANDARD, MDAS, CENTRES, HOLIDAYS],
    Role.PANEL: [HOME, (_("Decisions"), "standards:decisions"), AUDITS, PROGRAMME, APPLICATIONS, CERTIFICATIONS, FINDINGS, MEASURES, STANDARD, ACTS, CERTIFICATION_APPEALS, SURVEILLANCE, SELF_ASSESSMENTS, EVIDENCE_SENT, AUDITORS, CALIBRATION, ANALYTICS],
    Role.HOPS: [OVERVIEW, FORECAST, DEMAND, MDAS, REGISTER_QUALITY, REQUIREMENTS, RETURNS, TARGETS, NAMES, AUDITS, PROGRAMME, AUDITORS, CERTIFICATIONS, OVERDUE, MEASURES, ANALYTICS, STANDARD, CENTRES],
    Role.ADMINISTRATOR: [
        HOME,
        OVERVIEW,
        MDAS,
        PEOPLE,
        CENTRES,
        STAFF,
        STAFF_FILES,
        REGISTER_QUALITY,
        TRANSFERS,
        COURSES,
        REQUIREMENTS,
        STANDARD,
        OVERDUE,
        (_("Reference data"), "centres:reference"),
        HOLIDAYS,
        (_("Notices"), "oversight:notices"),
        (_("Trail"), "oversight:trail"),
    ],
}


# Hats under which one may stand in for an authorised officer.
STAND_IN = {Role.HR_OFFICER, Role.SERVICE_CHAMPION, Role.CENTRE_MANAGER, Role.LEARNER}


def places(scope):
    """[(label, url name)] of the scope: those of the role, and what waits for who stands in for an authorised officer today."""
    own = NAV.get(scope.role, [])
    if scope.role in STAND_IN and may_approve(scope):
        return [*own[:2], TO_APPROVE, *own[2:]]
    return own


def entries(scope, path):
    """[{label, url, current}]: current is the longest address that the path begins with."""
    found = []
    for label, name in places(scope):
        try:
            found.append({"label": label, "url": reverse(name), "current": False})
        except NoReverseMatch:
            log.error("The navigation of %s names %s, which leads nowhere.", scope.role, name)
    here = max(
        (e for e in found if path.startswith(e["url"]) and (e["url"] != "/" or path == "/")),
        key=lambda e: len(e["url"]),
        default=None,
    )
    if here:
        here["current"] = True
    return found


def hats(request):
    """[{value, label, current}] for the account menu."""
    worn = request.scope.membership.pk if request.scope.membership else None
    return [{"value": hat.pk, "label": str(hat), "current": hat.pk == worn} for hat in request.hats]


def demo_accounts():
    """Who can sign in to the demonstration; the sign-in page lists them."""
    from .demo import cast

    return cast.accounts()


def shell(request):
    """Template context of every page. Lazy: a page that shows none of it, or a reader without an account, costs no query."""
    if not hasattr(request, "scope"):
        return {"DEMO": settings.DEMO, "nav": [], "hats": [], "scope": None}
    return {
        "DEMO": settings.DEMO,
        "nav": SimpleLazyObject(lambda: entries(request.scope, request.path)),
        "hats": SimpleLazyObject(lambda: hats(request)),
        "scope": request.scope,
        "demo_accounts": SimpleLazyObject(demo_accounts) if settings.DEMO else [],
    }
