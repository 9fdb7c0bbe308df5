"""Who may do what with courses, cohorts and certificates."""

from centres.models import Officer, Role

from .access import approving_ids
from .models import Enrolment

HR = (Role.HR_OFFICER,)
OF_AN_MDA = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


def may_open_cohort(scope, thing=None):
    """Coordinators open cohorts, and change, cancel or reopen their sessions, places and trainers."""
    return scope.role == Role.COORDINATOR


def may_change_cohort(scope, cohort):
    """Coordinators, until the cohort is closed or cancelled."""
    return scope.role == Role.COORDINATOR and cohort.state in cohort.LIVE


def may_see_rooms(scope, thing=None):
    """Coordinators, trainers and administrators see the rooms and what is booked in them."""
    return scope.role in (Role.COORDINATOR, Role.TRAINER, Role.ADMINISTRATOR)


def may_change_rooms(scope, room=None):
    """Coordinators add, change and close rooms."""
    return scope.role == Role.COORDINATOR


def may_see_trainers(scope, thing=None):
    """Coordinators and administrators see all trainers with their accreditations and load; trainers their own."""
    return scope.role in (Role.COORDINATOR, Role.TRAINER, Role.ADMINISTRATOR)


def may_accredit(scope, accreditation=None):
    """Coordinators accredit trainers for courses, and end it."""
    return scope.role == Role.COORDINATOR


def may_subscribe(scope, feed=None):
    """Everyone who signs in has a calendar address of their own."""
    return scope.user is not None


def may_rebook(scope, cohort=None):
    """HR officers move the officers of their MDA, and of the MDAs below it, from a cancelled cohort to the one offered instead."""
    return scope.role in HR and scope.organisation is not None


def may_enrol(scope, cohort=None):
    """HR officers enrol officers of their own MDA and the MDAs below it."""
    return scope.role in HR and scope.organisation is not None


def may_withdraw(scope, enrolment):
    """The HR officers of the MDA that enrolled, and coordinators."""
    return scope.role == Role.COORDINATOR or (scope.role in HR and scope.covers(enrolment.organisation_id))


def teaches(scope, cohort):
    """Whether the acting trainer is named for the cohort."""
    return scope.role == Role.TRAINER and any(t.user_id == scope.user.pk for t in cohort.trainers.all())


def may_mark(scope, cohort):
    """The trainers named for a cohort mark its attendance; coordinators may too, from a paper register."""
    return scope.role == Role.COORDINATOR or teaches(scope, cohort)


def may_decide_mark(scope, correction):
    """The trainers of a closed cohort and coordinators decide on corrections of its marks; never who asked, never one's own mark."""
    if scope.user is None or not may_mark(scope, correction.enrolment.cohort):
        return False
    return correction.asked_by_id != scope.user.pk and correction.enrolment.officer.user_id != scope.user.pk


def may_send_marks(scope, thing=None):
    """Trainers and coordinators send marks that their phone kept; each mark is checked against its cohort."""
    return scope.role in (Role.TRAINER, Role.COORDINATOR)


def may_record_results(scope, cohort):
    """The trainers named for a cohort, and coordinators."""
    return may_mark(scope, cohort)


def may_moderate(scope, cohort=None):
    """The trainers named for a cohort, and coordinators; never what they recorded themselves."""
    return scope.role in (Role.TRAINER, Role.COORDINATOR) if cohort is None else may_mark(scope, cohort)


def may_decide_result(scope, correction):
    """The cohort's trainers and coordinators agree to or refuse a correction of a result; never who asked for it."""
    return may_moderate(scope, correction.enrolment.cohort) and correction.asked_by_id != scope.user.pk


def may_see_evaluation(scope, cohort):
    """The trainers named for a cohort, and coordinators: sums of at least five answers, once the time to answer is over."""
    return may_mark(scope, cohort)


def may_appeal(scope, enrolment):
    """Learners, against their own marks and results."""
    return scope.role == Role.LEARNER and scope.officer is not None and enrolment.officer_id == scope.officer.pk


def may_see_appeals(scope, thing=None):
    """Learners their own; trainers those of their cohorts; coordinators and administrators all."""
    return scope.role in (Role.LEARNER, Role.TRAINER, Role.COORDINATOR, Role.ADMINISTRATOR)


def may_decide_appeal(scope, appeal=None):
    """Coordinators and the cohort's trainers; never who recorded, moderated or marked what is appealed."""
    return may_moderate(scope, appeal.enrolment.cohort if appeal else None)


def may_close(scope, cohort):
    """The trainers named for a cohort, and coordinators."""
    return may_mark(scope, cohort)


def may_see_nominations(scope, thing=None):
    """HR and authorised officers see the nominations and seats of their MDA; coordinators and administrators all."""
    return scope.role in (*OF_AN_MDA, Role.COORDINATOR, Role.ADMINISTRATOR)


def may_see_seat_requests(scope, thing=None):
    """Learners their own; HR and authorised officers those of their MDA; coordinators and administrators all."""
    return scope.role in (Role.LEARNER, *OF_AN_MDA, Role.COORDINATOR, Role.ADMINISTRATOR)


def may_see_participants(scope, cohort):
    """Coordinators, administrators and the cohort's trainers see all who sit in it; an MDA's people those of their MDA."""
    return scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR, *OF_AN_MDA) or teaches(scope, cohort)


def may_see_certificates(scope, thing=None):
    """Coordinators and administrators see the list of all certificates, and what was asked about them."""
    return scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR)


def may_ask_certificate_act(scope, thing=None):
    """Coordinators ask that certificates are revoked, suspended or reinstated, with a reason; another coordinator decides."""
    return scope.role == Role.COORDINATOR


def may_decide_certificate_act(scope, act=None):
    """Coordinators, never who asked."""
    if scope.role != Role.COORDINATOR or scope.user is None:
        return False
    return act is None or (act.state == act.State.ASKED and act.asked_by_id != scope.user.pk)


def may_withdraw_certificate_act(scope, act):
    """The coordinator who asked, while nobody has decided."""
    if scope.role != Role.COORDINATOR or scope.user is None:
        return False
    return act.state == act.State.ASKED and act.asked_by_id == scope.user.pk


def may_see_staff(scope, thing=None):
    """HR and authorised officers see the officers of their MDA with their training status; centre managers those of their centre; HOPS, under a name grant, those of its MDA; administrators all."""
    return scope.role in (*OF_AN_MDA, Role.CENTRE_MANAGER, Role.ADMINISTRATOR) or bool(scope.name_grants)


def may_see_names_at(scope, organisation):
    """Who sees staff sees the names of their own MDA and those below it; HOPS where a name grant opens the MDA; administrators everywhere."""
    if scope.role == Role.HOPS:
        return any(organisation.pk in ids for _grant, ids in scope.name_grants)
    return may_see_staff(scope) and scope.covers(organisation.pk)


def may_see_own_training(scope, thing=None):
    """Learners."""
    return scope.role == Role.LEARNER


def may_see_courses(scope, thing=None):
    """Everyone who signs in."""
    return not scope.is_public


def may_change_framework(scope, thing=None):
    """Coordinators draft, publish, discard and retire versions of courses, add and withdraw materials, and say what comes before a course and what counts in its place."""
    return scope.role == Role.COORDINATOR


def may_see_requirements(scope, thing=None):
    """Everyone who signs in reads who must be trained; drafts of changes are read by coordinators, the HOPS office and administrators."""
    return not scope.is_public


def may_read_drafts(scope, thing=None):
    """Coordinators, administrators and the HOPS office read drafts of rule changes and their counted effect."""
    return scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR, Role.HOPS)


def may_change_rules(scope, thing=None):
    """Coordinators and administrators draft, try, publish, undo and discard changes of the requirements."""
    return scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR)


def may_see_waivers(scope, thing=None):
    """HR and authorised officers those of their MDA; coordinators and administrators all."""
    return scope.role in (*OF_AN_MDA, Role.COORDINATOR, Role.ADMINISTRATOR)


def may_ask_for_waiver(scope, thing=None):
    """HR officers, for officers of their MDA and the MDAs below it."""
    return scope.role in HR and scope.organisation is not None


def may_decide_waiver(scope, waiver=None):
    """The authorised officers of the officer's MDA and those above it; never who asked, never for oneself."""
    if scope.role != Role.AUTHORISED_OFFICER or scope.user is None:
        return False
    return waiver is None or (waiver.requested_by_id != scope.user.pk and waiver.officer.user_id != scope.user.pk)


def may_end_waiver(scope, waiver=None):
    """HR and authorised officers of the officer's MDA and those above it."""
    return scope.role in OF_AN_MDA


def may_withdraw_waiver(scope, waiver=None):
    """HR officers of the officer's MDA and those above it, while nobody has decided."""
    return scope.role in HR and (waiver is None or waiver.state == waiver.State.REQUESTED)


def may_see_prior_training(scope, thing=None):
    """Learners their own; HR and authorised officers that of their MDA; coordinators and administrators all."""
    return scope.role in (Role.LEARNER, *OF_AN_MDA, Role.COORDINATOR, Role.ADMINISTRATOR)


def may_record_prior_training(scope, thing=None):
    """HR officers for officers of their MDA; learners for themselves."""
    return scope.role in HR or (scope.role == Role.LEARNER and scope.officer is not None)


def may_verify_prior_training(scope, prior=None):
    """Coordinators, never who recorded it, never for oneself."""
    if scope.role != Role.COORDINATOR or scope.user is None:
        return False
    return prior is None or (prior.claimed_by_id != scope.user.pk and prior.officer.user_id != scope.user.pk)


def may_withdraw_verification(scope, prior=None):
    """Coordinators, with a reason."""
    return scope.role == Role.COORDINATOR


def can_be_withdrawn(enrolment):
    """Whether the enrolment still holds a seat, or a place in the queue, that can be given back."""
    states = [*Enrolment.HOLDING, Enrolment.State.WAITLISTED]
    return enrolment.state in states and enrolment.cohort.state in enrolment.cohort.LIVE


def may_approve(scope, enrolment=None):
    """Authorised officers approve or turn down nominations of their MDA and those below; so does who stands in for one; never who nominated, never for oneself."""
    if scope.user is None:
        return False
    if enrolment is None:
        return bool(approving_ids(scope))
    if enrolment.enrolled_by_id == scope.user.pk or enrolment.officer.user_id == scope.user.pk:
        return False
    return enrolment.organisation_id in approving_ids(scope)


def may_substitute(scope, enrolment):
    """The HR officers of the MDA that enrolled name another officer for a seat."""
    return scope.role in HR and scope.covers(enrolment.organisation_id)


def may_answer(scope, enrolment):
    """The officer, by signing in or by the link, or the HR officers of the MDA that enrolled: come or not, take an offered seat or not."""
    if scope.role == "link":
        return scope.enrolment.pk == enrolment.pk
    if scope.role == Role.LEARNER:
        return scope.officer is not None and scope.officer.pk == enrolment.officer_id
    return scope.role in HR and scope.covers(enrolment.organisation_id)


def may_keep_quota(scope, cohort=None):
    """Coordinators keep seats of a cohort for an MDA."""
    return scope.role == Role.COORDINATOR


def may_release_quota(scope, quota):
    """Coordinators, and the HR officers of the MDA that the seats are kept for."""
    return scope.role == Role.COORDINATOR or (scope.role in HR and scope.covers(quota.organisation_id))


def may_delegate(scope, thing=None):
    """Authorised officers let another person of their MDA approve while they are away."""
    return scope.role == Role.AUTHORISED_OFFICER and scope.organisation is not None


def may_end_delegation(scope, delegation):
    """Who delegated."""
    return scope.role == Role.AUTHORISED_OFFICER and scope.user.pk == delegation.delegator_id


def may_ask_for_seat(scope, thing=None):
    """Learners, for themselves."""
    return scope.role == Role.LEARNER and scope.officer is not None


def may_take_back_seat_request(scope, request):
    """The learner who asked."""
    return may_ask_for_seat(scope) and scope.officer.pk == request.officer_id


def may_answer_seat_request(scope, request=None):
    """HR officers, for officers now in their MDA and those below it."""
    if scope.role not in HR or scope.organisation is None:
        return False
    return request is None or Officer.objects.visible_to(scope).filter(pk=request.officer_id).exists()


def may_remind(scope, thing=None):
    """HR officers remind officers of their own MDA and the MDAs below it of training due."""
    return scope.role in HR and scope.organisation is not None


def may_see_corrections(scope, thing=None):
    """Learners their own; HR and authorised officers those of their MDA; coordinators and administrators all."""
    return scope.role in (Role.LEARNER, *OF_AN_MDA, Role.COORDINATOR, Role.ADMINISTRATOR)


def may_ask_for_correction(scope, thing=None):
    """Learners, of their own record."""
    return scope.role == Role.LEARNER and scope.officer is not None


def may_decide_correction(scope, request=None):
    """HR and authorised officers of the officer's MDA and those above it; never on the own record."""
    if scope.role not in OF_AN_MDA or scope.user is None:
        return False
    return request is None or (request.state == request.State.ASKED and request.officer.user_id != scope.user.pk)


def may_withdraw_correction(scope, request):
    """Who asked, while nobody has decided."""
    return scope.officer is not None and scope.officer.pk == request.officer_id and request.state == request.State.ASKED


def may_see_own_data(scope, thing=None):
    """Learners see and export what the portal holds of them."""
    return scope.role == Role.LEARNER


def may_see_demand(scope, thing=None):
    """Coordinators, the HOPS office and administrators see where training is wanted, as counts."""
    return scope.role in (Role.COORDINATOR, Role.HOPS, Role.ADMINISTRATOR)


def may_report_on_cohort(scope, cohort=None):
    """Coordinators and administrators take the report of any cohort; trainers of their own."""
    return scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR) or (cohort is not None and teaches(scope, cohort))


def may_see_cohort_notices(scope, cohort=None):
    """Coordinators and administrators see what was sent about a cohort; an MDA's people what was sent to their officers."""
    return scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR, *OF_AN_MDA)
