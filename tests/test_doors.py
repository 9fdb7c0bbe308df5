"""Every door of the house: each page and API route × each role × our thing and theirs.

A new route needs one line in ROUTES, or the first test fails:

    "app:name": Door(WHO, "cohort.code session.pk", all=ROLES)

WHO        roles that get in, or PUBLIC (no account needed), or SIGNED_IN (any account, even without a role)
second     where the arguments of the address are found on a Side of tests/house.py; add the thing there if it is missing.
           A function of the side and the role where it differs: lambda side, role: [side.tokens[role].pk]
all=       roles that see theirs as ours: a national hat, or ANYONE for public facts. All others get 404 for theirs, and its
           marker shows nowhere
post=      roles that may POST, where these are fewer than those who may look
shared=    theirs is open to the same roles, but shows no marker: a calendar of all, a public fact
open=True  theirs is in sight elsewhere, and only this act is refused: 403 will do
data=      what is posted, as a dict or a function of the side: needed only where an empty post says nothing
query=     what is asked with GET, for example {"q": SOUGHT}, the beginning of the marker
loose=True allauth's own steps, which send whoever has no business there somewhere else
"""

import csv
import re
from io import StringIO

import pytest
from django.db import transaction
from django.urls import reverse

import standards.policies
from centres.models import Role
from centres.models.people import OfficerQuerySet
from cse_portal.oversight.navigation import NAV
from tests import walk
from tests.house import MARKER, PUBLIC, SIGNED_IN, Side
from tests.walk import (  # noqa: F401 - what other tests of all pages take from here
    ANYONE,
    DOORS,
    HATS,
    ROLELESS,
    Door,
    ask,
    facts,
    faults_of,
    is_list,
    methods,
    text,
)
from training.models.compliance import ComplianceSpanQuerySet
from training.services import evaluation

pytestmark = pytest.mark.django_db

LEARNER, HR, AUTHORISED, CHAMPION = {Role.LEARNER}, {Role.HR_OFFICER}, {Role.AUTHORISED_OFFICER}, {Role.SERVICE_CHAMPION}
MANAGER, TRAINER, COORDINATOR, AUDITOR = {Role.CENTRE_MANAGER}, {Role.TRAINER}, {Role.COORDINATOR}, {Role.AUDITOR}
SECRETARIAT, PANEL, HOPS, ADMIN = {Role.SECRETARIAT}, {Role.PANEL}, {Role.HOPS}, {Role.ADMINISTRATOR}
KEEPERS = HR | AUTHORISED | ADMIN  # of an MDA's staff
SEATS = KEEPERS | TRAINER | COORDINATOR | LEARNER  # see who sits in a cohort, each their own
JUDGES, AUDITEES = SECRETARIAT | PANEL, HR | AUTHORISED | CHAMPION | MANAGER
OF_MDA = AUDITEES - MANAGER
RULERS, CLAIMANTS = COORDINATOR | ADMIN, KEEPERS | LEARNER | COORDINATOR
READERS = JUDGES | HOPS | AUDITOR  # of the year's programme
OF_THE_MDA = HR | AUTHORISED | CHAMPION
SOUGHT = MARKER[:-2]


def rating(side):
    return {
        "audit": side.audit.ref,
        "site": side.site.pk,
        "element": side.element,
        "value": "E",
        "justification": "Measured.",
        "client_ref": "x",
        "base_revision": 1,
    }


TEXT = {"text": "Counter 4 was closed."}


def report_to_issue(side):
    return {"audit": side.submitted.ref, "kind": "draft"}


def kept_change(side):
    return {"changes": [{"client_ref": "x", "element": side.element, "value": "M", "base_revision": 1}]}


def act_asked(side):
    return {"certification": side.certification.code, "kind": "withdraw", "ground": "voluntary", "reason": "Asked."}


def decision(side):
    return {"audit": side.before_panel.ref, "outcome": "defer", "reasons": "Later."}


def recommendation(side):
    return {"audit": side.reported.ref, "outcome": "certify", "reasons": "Fine."}


def technical_review(side):
    return {"audit": side.recommended.ref, "outcome": "passed", "notes": "Complete."}


def finding(side):
    return {"audit": side.audit.ref, "site": side.site.pk, "elements": [], "evidence": [], "grade": "minor", "statement": "Seen."}


ROUTES = {
    # Sign-in (allauth) and language
    "account_login": Door(PUBLIC, loose=True),
    "account_logout": Door(PUBLIC, loose=True),
    "account_signup": Door(PUBLIC, loose=True),
    "account_inactive": Door(PUBLIC),
    "account_reauthenticate": Door(SIGNED_IN),
    "account_change_password": Door(SIGNED_IN),
    "account_set_password": Door(SIGNED_IN),
    "account_reset_password": Door(PUBLIC),
    "account_reset_password_done": Door(PUBLIC),
    "account_reset_password_from_key": Door(PUBLIC, lambda side, role: ["1", "abc-def"], shared=True),
    "account_reset_password_from_key_done": Door(PUBLIC),
    "mfa_index": Door(SIGNED_IN),
    "mfa_authenticate": Door(PUBLIC, loose=True),
    "mfa_reauthenticate": Door(SIGNED_IN),
    "mfa_activate_totp": Door(SIGNED_IN),
    "mfa_deactivate_totp": Door(SIGNED_IN, loose=True),
    "mfa_view_recovery_codes": Door(SIGNED_IN, loose=True),
    "mfa_generate_recovery_codes": Door(SIGNED_IN, loose=True),
    "mfa_download_recovery_codes": Door(SIGNED_IN, loose=True),
    "mfa_list_webauthn": Door(SIGNED_IN),
    "mfa_add_webauthn": Door(SIGNED_IN),
    "mfa_reauthenticate_webauthn": Door(SIGNED_IN, loose=True),
    "mfa_remove_webauthn": Door(set(), "officer.pk", loose=True),
    "mfa_edit_webauthn": Door(set(), "officer.pk", loose=True),
    "mfa_login_webauthn": Door(PUBLIC, loose=True),
    "set_language": Door(PUBLIC),
    # Pages of words
    "help": Door(PUBLIC),
    "privacy": Door(PUBLIC),
    "accessibility": Door(PUBLIC),
    # People, roles and tokens
    "centres:people": Door(KEEPERS, all=ADMIN),
    "centres:invite": Door(KEEPERS, all=ADMIN),
    "centres:end_membership": Door(KEEPERS, "champion.pk", all=ADMIN),
    "centres:resend_invitation": Door(KEEPERS, "invited.pk", all=ADMIN),
    "centres:hat": Door(HATS, data=lambda side: {"membership": side.champion.pk}, loose=True),
    "centres:tokens": Door(HATS),
    "centres:revoke_token": Door(HATS, lambda side, role: [side.tokens[role].pk]),
    "centres:activate": Door(PUBLIC),
    "centres:activate_code": Door(PUBLIC),
    "centres:activate_email": Door(PUBLIC),
    "centres:activate_password": Door(PUBLIC),
    # Names of officers for HOPS
    "centres:names": Door(HOPS | KEEPERS, all=ADMIN),
    "centres:ask_for_names": Door(HOPS),
    "centres:name_grant": Door(HOPS | KEEPERS, "names.pk", all=ADMIN),
    "centres:end_name_grant": Door(HOPS | ADMIN, "names.pk", all=ADMIN),
    # Registries
    "centres:organisations": Door(HATS, all=ANYONE),
    "centres:organisation_correct": Door(ADMIN, "mda.code", all=ADMIN),
    "centres:organisation_standing": Door(ADMIN, "mda.code", all=ADMIN),
    "centres:reorganisations": Door(HATS, all=ADMIN),
    "centres:reorganisation_new": Door(ADMIN),
    "centres:reorganisation": Door(ADMIN, "reorganisation.pk", all=ADMIN),  # a draft; one that is made: everyone with a role
    "centres:reorganisation_change": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "centres:reorganisation_add_step": Door(ADMIN, lambda side, role: [side.reorganisation.pk, "rename"], all=ADMIN),
    "centres:reorganisation_remove_step": Door(ADMIN, lambda side, role: [side.reorganisation.pk, 1], all=ADMIN),
    "centres:reorganisation_preview": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "centres:reorganisation_make": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "centres:reorganisation_discard": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "centres:register_quality": Door(KEEPERS | HOPS, shared=True),
    "centres:duplicates": Door(HR | ADMIN, all=ADMIN),
    "centres:duplicate": Door(HR | ADMIN, "officer.ref twin.ref", all=ADMIN),
    "centres:duplicate_merge": Door(HR | ADMIN, "officer.ref twin.ref", all=ADMIN),
    "centres:duplicate_two_people": Door(HR | ADMIN, "officer.ref twin.ref", all=ADMIN),
    "centres:merges": Door(HR | ADMIN, all=ADMIN),
    "centres:merge_undo": Door(HR | ADMIN, "merged.pk", all=ADMIN),
    "centres:centres": Door(PUBLIC, all=ANYONE),
    "centres:services": Door(PUBLIC, all=ANYONE),
    "centres:service": Door(PUBLIC, "service.code", all=ANYONE),
    "centres:reference": Door(HATS, shared=True),
    "centres:holidays": Door(HATS, shared=True),
    "centres:holiday_add": Door(RULERS | SECRETARIAT),
    "centres:holiday_remove": Door(RULERS | SECRETARIAT, "house.holiday.pk", shared=True),
    # Staff returns and the staff register
    "centres:rosters": Door(KEEPERS, all=ADMIN),
    "centres:roster_upload": Door(KEEPERS, all=ADMIN),
    "centres:roster_template": Door(KEEPERS, shared=True),
    "centres:roster": Door(KEEPERS, "roster.ref", all=ADMIN),
    "centres:roster_confirm": Door(KEEPERS, "roster.ref", all=ADMIN),
    "centres:roster_cancel": Door(KEEPERS, "roster.ref", all=ADMIN),
    "centres:roster_fix": Door(KEEPERS, lambda side, role: [side.roster.ref, 2], all=ADMIN),
    "centres:roster_corrections": Door(KEEPERS, "roster.ref", all=ADMIN),
    "centres:roster_rows": Door(KEEPERS, lambda side, role: [side.roster.ref, "csv"], all=ADMIN),
    # The register by form, transfers and possible leavers
    "centres:officer_add": Door(KEEPERS),
    "centres:officer_correct": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:officer_post": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:officer_second": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:officer_return": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:officer_separate": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:officer_reinstate": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:officer_excuse": Door(KEEPERS, "officer.ref", all=ADMIN),
    "centres:excusal_end": Door(KEEPERS, "excusal.pk", all=ADMIN),
    "centres:posting_undo": Door(KEEPERS, "posting.pk", all=ADMIN),
    "centres:transfers": Door(KEEPERS, all=ADMIN),
    "centres:transfer_new": Door(KEEPERS),
    "centres:transfers_accept": Door(KEEPERS),
    "centres:transfer": Door(KEEPERS, "asked.ref", all=ADMIN),
    "centres:transfer_accept": Door(KEEPERS, "asked.ref", all=ADMIN),
    "centres:transfer_dispute": Door(KEEPERS, "asked.ref", all=ADMIN),
    "centres:transfer_withdraw": Door(KEEPERS, "wanted.ref", all=ADMIN),
    "centres:transfer_settle": Door(AUTHORISED | ADMIN, "disputed.ref", all=ADMIN),
    "centres:leavers": Door(KEEPERS, all=ADMIN),
    "centres:leavers_left": Door(KEEPERS),
    "centres:leavers_in_post": Door(KEEPERS),
    # Courses and cohorts
    "training:courses": Door(HATS, all=ANYONE),
    "training:course": Door(HATS, "version.course.code", all=ANYONE),
    "training:draft_version": Door(COORDINATOR, "version.course.code", all=COORDINATOR, shared=True),
    "training:prerequisites": Door(COORDINATOR, "version.course.code", all=COORDINATOR, shared=True),
    "training:equivalents": Door(COORDINATOR, "version.course.code", all=COORDINATOR, shared=True),
    "training:course_version": Door(HATS, "version.course.code version.number", all=ANYONE),
    "training:edit_version": Door(COORDINATOR, "house.drafted.course.code house.drafted.number", all=ANYONE),
    "training:publish_version": Door(COORDINATOR, "house.drafted.course.code house.drafted.number", all=ANYONE),
    "training:discard_version": Door(COORDINATOR, "house.drafted.course.code house.drafted.number", all=ANYONE),
    "training:retire_version": Door(COORDINATOR, "version.course.code version.number", all=ANYONE),
    "training:add_material": Door(COORDINATOR, "version.course.code version.number", all=ANYONE),
    "training:material": Door(HATS, "house.material.pk", all=ANYONE),
    "training:withdraw_material": Door(COORDINATOR, "house.material.pk", all=ANYONE),
    "training:competencies": Door(HATS, all=ANYONE),
    "training:cohorts": Door(HATS, shared=True, all=COORDINATOR | ADMIN),
    "training:open_cohort": Door(COORDINATOR),
    "training:calendar": Door(HATS, shared=True, all=COORDINATOR | ADMIN),
    "training:subscribe": Door(HATS, shared=True),
    "training:make_feed": Door(HATS, shared=True),
    "training:feed": Door(PUBLIC, lambda side, role: ["nonsense"], loose=True),  # the address is the key
    "training:campus_feed": Door(PUBLIC, lambda side, role: ["nonsense", side.campus.code], loose=True),
    "training:rooms": Door(TRAINER | RULERS, all=TRAINER | RULERS, shared=True),
    "training:add_room": Door(COORDINATOR),
    "training:room": Door(TRAINER | RULERS, "room.pk", all=TRAINER | RULERS),
    "training:change_room": Door(COORDINATOR, "room.pk", all=COORDINATOR),
    "training:close_room": Door(COORDINATOR, "room.pk", all=COORDINATOR),
    "training:trainers": Door(TRAINER | RULERS, all=RULERS),
    "training:accredit": Door(COORDINATOR),
    "training:end_accreditation": Door(COORDINATOR, "accreditation.pk", all=COORDINATOR),
    "training:confirm_cohort": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "training:rebookings": Door(HR),
    "training:rebook": Door(HR, "cancelled.code", shared=True),
    "training:cohort": Door(HATS, "cohort.code", shared=True, all=COORDINATOR | ADMIN),
    # Seats
    "training:participants": Door(HATS, "cohort.code", shared=True, all=COORDINATOR | ADMIN),
    "training:keep_seats": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "training:release_quota": Door(HR | COORDINATOR, "quota.pk", all=COORDINATOR),
    "training:nominations": Door(KEEPERS | COORDINATOR, all=COORDINATOR | ADMIN),
    "training:substitute": Door(HR, "seat.pk"),
    "training:answer_for": Door(HR, "seat.pk"),
    "training:joining": Door(SEATS, "seat.pk", all=COORDINATOR | ADMIN),
    "training:approvals": Door(AUTHORISED | CHAMPION),
    "training:delegations": Door(AUTHORISED),
    "training:end_delegation": Door(AUTHORISED, "delegation.pk"),
    "training:ask_for_seat": Door(LEARNER, "cohort.code", shared=True),
    "training:seat_requests": Door(CLAIMANTS, all=COORDINATOR | ADMIN),
    "training:answer_request": Door(HR, "seat_request.pk"),
    "training:take_back_request": Door(LEARNER, "seat_request.pk"),
    "training:seat": Door(PUBLIC, lambda side, role: ["1.nonsense"], loose=True),  # the token is the key
    "training:seat_sheet": Door(PUBLIC, lambda side, role: ["1.nonsense"], loose=True),
    "training:change_cohort": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "training:sessions": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "training:publish_cohort": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "training:cancel_cohort": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "training:enrol": Door(HR, "cohort.code", shared=True),
    "training:withdraw": Door(HR | COORDINATOR, "cohort.code officer.ref", all=COORDINATOR),
    "service_worker": Door(PUBLIC),
    "training:marks": Door(TRAINER | COORDINATOR),
    "training:sheet": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1], open=True, all=COORDINATOR),
    "training:sheets": Door(TRAINER | COORDINATOR, "cohort.code", open=True, all=COORDINATOR),
    "training:capture": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1], open=True, all=COORDINATOR),
    "training:scan": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1, side.scan.pk], open=True, all=COORDINATOR),
    "training:check_in_code": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1], open=True, all=COORDINATOR),
    "training:check_in_count": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1], open=True, all=COORDINATOR),
    "training:check_in": Door(PUBLIC),
    "training:check_in_scan": Door(PUBLIC, lambda side, role: [side.cohort.sessions.first().uid, "0" * 16], shared=True),
    "training:mark_corrections": Door(TRAINER | COORDINATOR, "past.code", open=True, all=COORDINATOR),
    "training:decide_mark": Door(TRAINER | COORDINATOR, "past.code mark_correction.pk", open=True, all=COORDINATOR, data={"decision": "make"}),
    "training:conflicts": Door(TRAINER | COORDINATOR, "cohort.code", open=True, all=COORDINATOR),
    "training:settle": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1], open=True, all=COORDINATOR, data=lambda side: {"entry": side.clash.pk}),
    "training:mark_history": Door(KEEPERS | TRAINER | COORDINATOR, "cohort.code officer.ref", open=True, all=COORDINATOR | ADMIN),
    "training:register": Door(TRAINER | COORDINATOR, lambda side, role: [side.cohort.code, 1], all=COORDINATOR, open=True),
    "training:assessment": Door(TRAINER | COORDINATOR, "assessed.code", all=COORDINATOR, open=True),
    "training:rubric": Door(
        TRAINER | COORDINATOR, lambda side, role: [side.assessed.code, 1, side.officer.ref], all=COORDINATOR, open=True
    ),
    "training:send_again": Door(TRAINER | COORDINATOR, lambda side, role: [side.assessed.code, 1], all=COORDINATOR, open=True),
    "training:moderation": Door(TRAINER | COORDINATOR, all=COORDINATOR),
    "training:moderate": Door(TRAINER | COORDINATOR, lambda side, role: [side.assessed.code, 1], all=COORDINATOR, open=True),
    "training:release": Door(TRAINER | COORDINATOR, "assessed.code", all=COORDINATOR, open=True),
    "training:correct_result": Door(
        TRAINER | COORDINATOR, lambda side, role: [side.past.code, 0, side.officer.ref], all=COORDINATOR, open=True
    ),
    "training:decide_result": Door(TRAINER | COORDINATOR, "result_correction.pk", all=COORDINATOR),
    "training:my_result": Door(LEARNER, "seat.pk"),
    "training:make_appeal": Door(LEARNER, "seat.pk"),
    "training:appeals": Door(LEARNER | TRAINER | RULERS, all=RULERS),
    "training:appeal": Door(LEARNER | TRAINER | RULERS, "appeal.pk", all=RULERS),
    "training:decide_appeal": Door(TRAINER | COORDINATOR, "appeal.pk", all=COORDINATOR),
    "training:withdraw_appeal": Door(LEARNER, "appeal.pk"),
    "training:evaluation_link": Door(PUBLIC, lambda side, role: [evaluation.token(side.invitation)], shared=True),
    "training:evaluate": Door(LEARNER, "past.code"),
    "training:evaluation": Door(TRAINER | COORDINATOR, "past.code", all=COORDINATOR, open=True),
    "training:remind_to_evaluate": Door(TRAINER | COORDINATOR, "past.code", all=COORDINATOR, open=True),
    "training:results": Door(TRAINER | COORDINATOR, "cohort.code", all=COORDINATOR, open=True),
    "training:close_cohort": Door(TRAINER | COORDINATOR, "cohort.code", all=COORDINATOR, open=True),
    # Requirements and their changes
    "training:requirements": Door(HATS, shared=True),
    "training:requirement": Door(HATS, "house.requirement.pk", all=ANYONE),
    "training:rule_changes": Door(HATS, shared=True),
    "training:draft_rules": Door(RULERS),
    "training:rule_change": Door(RULERS | HOPS, "house.rules_draft.ref", all=ANYONE),
    "training:rule_require": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "training:rule_end": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "training:rule_edition": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "training:rule_remove": Door(RULERS, "house.rules_draft.ref house.rules_line.pk", all=ANYONE),
    "training:rule_preview": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "training:rule_publish": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "training:rule_undo": Door(RULERS, "house.rules_published.ref", all=ANYONE),
    "training:rule_discard": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    # Waivers and prior training
    "training:waivers": Door(KEEPERS | COORDINATOR, all=COORDINATOR | ADMIN),
    "training:ask_waiver": Door(HR),
    "training:approve_waivers": Door(AUTHORISED, data=lambda side: {"waiver": [side.waiver.pk]}),
    "training:waiver": Door(KEEPERS | COORDINATOR, "waiver.pk", all=COORDINATOR | ADMIN),
    "training:decide_waiver": Door(AUTHORISED, "waiver.pk"),
    "training:withdraw_waiver": Door(HR, "waiver.pk"),
    "training:end_waiver": Door(HR | AUTHORISED, "waiver.pk"),
    "training:prior_training": Door(CLAIMANTS, all=COORDINATOR | ADMIN),
    "training:record_prior": Door(HR | LEARNER),
    "training:prior": Door(CLAIMANTS, "prior.pk", all=COORDINATOR | ADMIN),
    "training:prior_evidence": Door(CLAIMANTS, "prior.pk", all=COORDINATOR | ADMIN),
    "training:verify_prior": Door(COORDINATOR, "prior.pk", all=COORDINATOR),
    "training:withdraw_prior": Door(COORDINATOR, "prior.pk", all=COORDINATOR),
    # Officers and certificates
    "training:my_training": Door(LEARNER),
    "training:my_record": Door(LEARNER),
    "training:my_data": Door(LEARNER),
    "training:export_my_data": Door(LEARNER, lambda side, role: ["json"], shared=True),
    "training:corrections": Door(CLAIMANTS, all=COORDINATOR | ADMIN),
    "training:ask_correction": Door(LEARNER),
    "training:correction": Door(CLAIMANTS, "correction.pk", all=COORDINATOR | ADMIN),
    "training:correction_evidence": Door(CLAIMANTS, "correction.pk", all=COORDINATOR | ADMIN),
    "training:decide_correction": Door(HR | AUTHORISED, "correction.pk"),
    "training:withdraw_correction": Door(LEARNER, "correction.pk"),
    "training:demand": Door(COORDINATOR | HOPS | ADMIN, shared=True),
    "training:cohort_report": Door(COORDINATOR | ADMIN | TRAINER, "cohort.code", all=COORDINATOR | ADMIN, open=True),
    "training:cohort_messages": Door(KEEPERS | COORDINATOR, "cohort.code", all=COORDINATOR | ADMIN, shared=True),
    "training:officer_messages": Door(KEEPERS, "officer.ref", all=ADMIN),
    "training:officers": Door(KEEPERS | MANAGER, all=ADMIN),
    "training:choose": Door(KEEPERS | MANAGER, all=ADMIN),
    "training:act": Door(HR, lambda side, role: ["enrol"], shared=True),
    "training:why": Door(KEEPERS | MANAGER | LEARNER, "officer.ref", all=ADMIN),
    "training:officer": Door(KEEPERS | MANAGER | LEARNER, "officer.ref", all=ADMIN),
    "training:certificate": Door(SEATS | MANAGER, "certificate.number", all=ADMIN | COORDINATOR),
    "training:certificates": Door(RULERS, all=RULERS),
    "training:certificate_acts": Door(RULERS, all=RULERS),
    "training:ask_certificate_act": Door(COORDINATOR),
    "training:certificate_act": Door(RULERS, "act.pk", all=RULERS),
    "training:decide_certificate_act": Door(COORDINATOR, "act.pk", all=COORDINATOR),
    "training:withdraw_certificate_act": Door(COORDINATOR, "own_act.pk", open=True),
    "training:credential": Door(SEATS | MANAGER, "certificate.number", all=ADMIN | COORDINATOR),
    "training:verify_file": Door(PUBLIC),
    "training:public_credential": Door(PUBLIC, "certificate.code", all=ANYONE),
    "training:status_list": Door(PUBLIC, lambda side, role: ["revocation", 0], shared=True),
    "training:did": Door(PUBLIC),
    "training:jwks": Door(PUBLIC),
    "training:verify": Door(PUBLIC),
    "training:verify code": Door(PUBLIC, "certificate.code", all=ANYONE),
    # The Standard, its audits and certifications
    "standards:standard": Door(PUBLIC),
    "standards:edition": Door(PUBLIC, "house.edition.pk", all=ANYONE),
    "standards:editions": Door(PUBLIC),
    "standards:compare_editions": Door(PUBLIC),
    "standards:edition_file": Door(PUBLIC, lambda side, role: [side.house.edition.pk, "yaml"], all=ANYONE),
    "standards:import_edition": Door(ADMIN | SECRETARIAT),
    "standards:take_edition": Door(ADMIN | SECRETARIAT),
    "standards:clone_edition": Door(ADMIN | SECRETARIAT, "house.edition.pk", all=ANYONE),
    "standards:add_element": Door(ADMIN | SECRETARIAT, "house.draft.pk", all=ANYONE),
    "standards:edit_element": Door(ADMIN | SECRETARIAT, "house.draft.pk element", all=ANYONE),
    "standards:remove_element": Door(ADMIN | SECRETARIAT, "house.draft.pk element", all=ANYONE),
    "standards:move_element": Door(ADMIN | SECRETARIAT, "house.draft.pk element", all=ANYONE),
    "standards:mapping": Door(ADMIN | SECRETARIAT, "house.draft.pk", all=ANYONE),
    "standards:take_suggestions": Door(ADMIN | SECRETARIAT, "house.draft.pk", all=ANYONE),
    "standards:map_element": Door(ADMIN | SECRETARIAT, "house.draft.pk house.old_element.pk", all=ANYONE),
    "standards:publish": Door(ADMIN | SECRETARIAT, "house.draft.pk", all=ANYONE),
    "standards:retire": Door(ADMIN | SECRETARIAT, "house.edition.pk", all=ANYONE),
    "standards:audits": Door(JUDGES | HOPS | AUDITOR | AUDITEES, all=JUDGES | HOPS),
    "standards:plan_audit": Door(SECRETARIAT),
    "standards:audit": Door(JUDGES | HOPS | AUDITOR | HR | AUTHORISED | CHAMPION, "audit.ref", all=JUDGES | HOPS),
    "standards:team": Door(SECRETARIAT, "audit.ref", all=SECRETARIAT),
    "standards:declare": Door(AUDITOR, "undeclared.ref"),
    "standards:submit": Door(AUDITOR, "audit.ref"),
    "standards:recommend": Door(AUDITOR, "reported.ref"),
    "standards:review": Door(SECRETARIAT, "recommended.ref", all=SECRETARIAT),
    "standards:vote": Door(PANEL, "before_panel.ref", all=PANEL),
    "standards:decide": Door(PANEL, "before_panel.ref", all=PANEL),
    "standards:why": Door(JUDGES | AUDITOR, "submitted.ref submitted_site.pk", all=JUDGES),
    "standards:sheet": Door(JUDGES | AUDITOR, "audit.ref site.pk", all=JUDGES),
    "standards:rate": Door(AUDITOR, "audit.ref site.pk element"),
    "standards:work": Door(AUDITOR, "audit.ref site.pk"),
    "standards:pack": Door(AUDITOR, "audit.ref site.pk"),
    "standards:sync": Door(AUDITOR, "audit.ref site.pk", data=kept_change),
    "standards:rating_conflicts": Door(AUDITOR, "audit.ref"),
    "standards:settle_rating": Door(AUDITOR, "audit.ref conflict.pk"),
    "standards:approve_na": Door(AUDITOR, "audit.ref site.pk element"),
    "standards:evidence": Door(JUDGES | AUDITOR, "audit.ref photo.pk", all=JUDGES),
    "standards:remove_evidence": Door(AUDITOR, "audit.ref note.pk"),
    "standards:analytics": Door(JUDGES | HOPS, all=JUDGES | HOPS),
    "standards:analytics tab": Door(JUDGES | HOPS, lambda side, role: ["times"], all=JUDGES | HOPS),
    "standards:issue_draft": Door(AUDITOR, "submitted.ref"),
    "standards:issue_final": Door(AUDITOR, "submitted.ref"),
    "standards:comment_on_draft": Door(AUDITEES, "reported.ref"),
    "standards:report": Door(JUDGES | AUDITOR | AUDITEES - MANAGER, "reported.ref report.kind report.number", all=JUDGES),
    "standards:report_copy": Door(JUDGES | AUDITOR | AUDITEES - MANAGER, lambda side, role: [side.reported.ref, "final", 1, "json"], all=JUDGES),
    "standards:add_addendum": Door(AUDITOR | SECRETARIAT, "reported.ref report.kind report.number", all=SECRETARIAT),
    "standards:self_assessments": Door(JUDGES | AUDITOR | AUDITEES, all=JUDGES),
    "standards:self_assessment": Door(JUDGES | AUDITOR | OF_MDA, "assessed.ref", all=JUDGES),
    "standards:submit_self_assessment": Door(AUTHORISED | CHAMPION, "assessing.ref"),
    "standards:self_rate": Door(AUTHORISED | CHAMPION, "assessing.ref own_site.pk element"),
    "standards:remove_self_evidence": Door(AUTHORISED | CHAMPION, "assessing.ref own_piece.pk"),
    "standards:open_self_assessment": Door(SECRETARIAT, "undeclared.ref", all=SECRETARIAT),
    "standards:gap": Door(JUDGES | AUDITOR, "assessed.ref", all=JUDGES),
    "standards:stage_1": Door(AUDITOR, "assessed.ref"),
    "standards:begin_stage_2": Door(AUDITOR, "assessed.ref"),
    "standards:audit_plan": Door(JUDGES | AUDITOR | OF_MDA, "audit.ref", all=JUDGES, post=AUDITOR),
    "standards:send_audit_plan": Door(AUDITOR, "audit.ref"),
    "standards:remove_visit": Door(AUDITOR, "audit.ref visit.pk"),
    "standards:record_meeting": Door(AUDITOR, lambda side, role: [side.audit.ref, "opening"]),
    "standards:evidence_sent": Door(JUDGES | AUDITOR | OF_MDA, all=JUDGES),
    "standards:submitted_evidence": Door(JUDGES | AUDITOR | OF_MDA, "assessed.ref sent_file.pk", all=JUDGES),
    "standards:findings": Door(JUDGES | AUDITOR | AUDITEES, all=JUDGES),
    "standards:overdue_findings": Door(HOPS | SECRETARIAT | ADMIN, all=HOPS | SECRETARIAT | ADMIN),
    "standards:raise_finding": Door(AUDITOR, "audit.ref site.pk"),
    "standards:finding": Door(JUDGES | AUDITOR | OF_MDA, "raised.audit.ref raised.number", all=JUDGES),
    "standards:finding_grade": Door(AUDITOR, "audit.ref finding.number"),
    "standards:finding_take_back": Door(AUDITOR, "audit.ref by_hand.number"),
    "standards:finding_acknowledge": Door(AUTHORISED | CHAMPION, "raised.audit.ref raised.number"),
    "standards:finding_dispute": Door(AUTHORISED | CHAMPION, "raised.audit.ref raised.number"),
    "standards:finding_reply": Door(OF_MDA, "raised.audit.ref raised.number"),
    "standards:finding_plan": Door(AUTHORISED | CHAMPION, "raised.audit.ref raised.number"),
    "standards:finding_evidence": Door(AUTHORISED | CHAMPION, "raised.audit.ref raised.number"),
    "standards:finding_decide": Door(JUDGES, "raised.audit.ref raised.number", all=JUDGES),
    "standards:finding_review": Door(AUDITOR, "raised.audit.ref raised.number"),
    "standards:finding_verify": Door(AUDITOR | SECRETARIAT, "raised.audit.ref raised.number", all=SECRETARIAT),
    "standards:finding_effect": Door(AUDITOR | SECRETARIAT, "raised.audit.ref raised.number", all=SECRETARIAT),
    "standards:finding_visit": Door(AUDITOR | SECRETARIAT, "raised.audit.ref raised.number", all=SECRETARIAT),
    "standards:finding_nominate": Door(HR, "raised.audit.ref raised.number"),
    "standards:decisions": Door(PANEL, all=PANEL),
    "standards:programmes": Door(READERS),
    "standards:draw_up_programme": Door(SECRETARIAT),
    "standards:programme": Door(READERS, "programme_year", all=READERS),
    "standards:programme_calendar": Door(READERS, "programme_year", all=READERS),
    "standards:suggest_programme": Door(SECRETARIAT, "programme_year", all=ANYONE),
    "standards:weigh_programme": Door(SECRETARIAT, "programme_year", all=ANYONE),
    "standards:take_lines": Door(SECRETARIAT, "programme_year", all=ANYONE),
    "standards:adopt_programme": Door(SECRETARIAT, "programme_year", all=ANYONE),
    "standards:close_programme": Door(SECRETARIAT, "programme_year", all=ANYONE),
    "standards:programme_line": Door(READERS, "programme_year programme_line.pk", all=READERS, post=SECRETARIAT),
    "standards:plan_from_line": Door(SECRETARIAT, "programme_year programme_line.pk", all=ANYONE),
    "standards:applications": Door(JUDGES | HR | AUTHORISED | CHAMPION, all=JUDGES),
    "standards:new_application": Door(AUTHORISED | CHAMPION),
    "standards:application": Door(JUDGES | HR | AUTHORISED | CHAMPION, "application.pk", all=JUDGES),
    "standards:change_application": Door(AUTHORISED | CHAMPION, "application_draft.pk"),
    "standards:send_application": Door(AUTHORISED | CHAMPION, "application_draft.pk"),
    "standards:withdraw_application": Door(AUTHORISED | CHAMPION, "application.pk"),
    "standards:accept_application": Door(SECRETARIAT, "application.pk", all=SECRETARIAT),
    "standards:refuse_application": Door(SECRETARIAT, "application.pk", all=SECRETARIAT),
    "standards:move_audit": Door(SECRETARIAT, "undeclared.ref", all=SECRETARIAT),
    "standards:cancel_audit": Door(SECRETARIAT, "undeclared.ref", all=SECRETARIAT),
    "standards:draw_sites": Door(SECRETARIAT, "undeclared.ref", all=SECRETARIAT),
    "standards:measures": Door(JUDGES | HOPS | AUDITOR | HR | AUTHORISED | CHAMPION, all=JUDGES | HOPS | AUDITOR),
    "standards:record_measure": Door(SECRETARIAT),
    "standards:correct_measure": Door(SECRETARIAT, "measured.pk", all=SECRETARIAT),
    "standards:auditors": Door(JUDGES | HOPS | AUDITOR, all=JUDGES | HOPS),
    "standards:enter_auditor": Door(SECRETARIAT),
    "standards:auditor": Door(JUDGES | HOPS | AUDITOR, "auditor.pk", all=JUDGES | HOPS),
    "standards:change_auditor": Door(SECRETARIAT, "auditor.pk", all=SECRETARIAT),
    "standards:pause_auditor": Door(SECRETARIAT, "auditor.pk", all=SECRETARIAT),
    "standards:resume_auditor": Door(SECRETARIAT, "auditor.pk", all=SECRETARIAT),
    "standards:engage": Door(SECRETARIAT | AUDITOR, "auditor.pk", all=SECRETARIAT),
    "standards:change_engagement": Door(SECRETARIAT, "auditor.pk engagement.pk", all=SECRETARIAT),
    "standards:calibrations": Door(JUDGES | AUDITOR, shared=True),
    "standards:make_calibration": Door(SECRETARIAT),
    "standards:calibration": Door(JUDGES | AUDITOR, "house.calibration.pk", shared=True),
    "standards:tell_calibration": Door(SECRETARIAT, "house.drafted_case.pk", shared=True),
    "standards:leave_out_of_calibration": Door(SECRETARIAT, lambda side, role: [side.house.drafted_case.pk, "1.1.1"], shared=True),
    "standards:open_calibration": Door(SECRETARIAT, "house.drafted_case.pk", shared=True),
    "standards:answer_calibration": Door(AUDITOR, "house.calibration.pk", shared=True),
    "standards:close_calibration": Door(SECRETARIAT, "house.calibration.pk", shared=True),
    "standards:certifications": Door(PUBLIC),
    "standards:certification": Door(PUBLIC, "certification.code", all=ANYONE),
    "standards:certification_changes": Door(PUBLIC),
    "standards:certification_feed": Door(PUBLIC),
    "standards:certifications_of_mda": Door(PUBLIC, "mda.code", all=ANYONE),
    "standards:certifications_of_centre": Door(PUBLIC, "centre.code", all=ANYONE),
    "standards:certification_document": Door(JUDGES | OF_THE_MDA, "certification.code", all=JUDGES, open=True),
    "standards:ask_certification_act": Door(SECRETARIAT | AUTHORISED, "certification.code", all=SECRETARIAT, open=True),
    "standards:plan_renewal": Door(SECRETARIAT, "certification.code", all=ANYONE, open=True),
    "standards:certification_acts": Door(JUDGES | OF_THE_MDA, all=JUDGES),
    "standards:certification_act": Door(JUDGES | OF_THE_MDA, "certification_act.pk", all=JUDGES),
    "standards:decide_certification_act": Door(PANEL, "certification_act.pk", all=PANEL),
    "standards:take_back_certification_act": Door(JUDGES | OF_THE_MDA, "certification_act.pk", all=JUDGES),
    "standards:appeal_act": Door(AUTHORISED, "certification_act.pk"),
    "standards:surveillances": Door(JUDGES | OF_THE_MDA, all=JUDGES),
    "standards:plan_surveillance": Door(SECRETARIAT, "surveillance.pk", all=SECRETARIAT),
    "standards:appeals": Door(JUDGES | OF_THE_MDA, all=JUDGES),
    "standards:appeal": Door(JUDGES | OF_THE_MDA, "certification_appeal.pk", all=JUDGES),
    "standards:decide_appeal": Door(PANEL, "certification_appeal.pk", all=PANEL),
    "standards:hold_effect": Door(PANEL, "certification_appeal.pk", all=PANEL),
    "standards:take_back_appeal": Door(JUDGES | OF_THE_MDA, "certification_appeal.pk", all=JUDGES),
    "standards:appeal_decision": Door(AUTHORISED, "certification.decision.audit.ref"),
    # Homes, figures, search
    "oversight:home": Door(HATS | {PUBLIC}, all=ADMIN),
    "oversight:overview": Door(HOPS | ADMIN),
    "oversight:forecast": Door(HOPS | ADMIN | HR | AUTHORISED | CHAMPION, all=ADMIN),
    "oversight:mda_forecast": Door(
        HOPS | JUDGES | COORDINATOR | ADMIN | HR | AUTHORISED | CHAMPION,
        "mda.code",
        open=True,
        all=HOPS | JUDGES | COORDINATOR | ADMIN,
    ),
    "oversight:search": Door(HATS, all=ADMIN, query={"q": SOUGHT}),
    "oversight:organisation": Door(PUBLIC, "mda.code", shared=True, all=ADMIN),
    "oversight:centre": Door(PUBLIC, "centre.code", shared=True, all=ADMIN),
    # Targets and quarterly returns
    "oversight:returns": Door(HOPS | KEEPERS, all=HOPS | ADMIN),
    "oversight:remind_of_returns": Door(HOPS),
    "oversight:return": Door(HOPS | KEEPERS, "quarterly.ref", all=HOPS | ADMIN),
    "oversight:file_return": Door(HR, "quarterly.ref"),
    "oversight:sign_return": Door(AUTHORISED, "quarterly.ref"),
    "oversight:send_back_return": Door(AUTHORISED, "quarterly.ref"),
    "oversight:restate_return": Door(HR, "quarterly.ref"),
    "oversight:targets": Door(HATS, shared=True),
    "oversight:new_target": Door(HOPS),
    "oversight:withdraw_target": Door(HOPS, "house.target.pk", all=ANYONE),
    # Trail, notices, health
    "oversight:trail": Door(ADMIN, all=ADMIN),
    "oversight:subject_trail": Door(KEEPERS | MANAGER | LEARNER, lambda side, role: ["officer", side.officer.ref], all=ADMIN),
    "oversight:notices": Door(ADMIN, all=ADMIN),
    "oversight:retry_notice": Door(ADMIN, "notice.pk", all=ADMIN),
    "oversight:healthz": Door(PUBLIC),
    "oversight:readyz": Door(PUBLIC),
    "oversight:metrics": Door(PUBLIC),
    "notices:mailbox": Door(PUBLIC, loose=True),  # in the demonstration only
    "notices:message": Door(PUBLIC, lambda side, role: ["0" * 24], loose=True),
    # API
    "api:api-root": Door(SIGNED_IN),
    "api:cadres-list": Door(SIGNED_IN),
    "api:cadres-detail": Door(SIGNED_IN, "cadre.code", all=ANYONE),
    "api:centres-list": Door(SIGNED_IN, shared=True),
    "api:centres-detail": Door(SIGNED_IN, "centre.code", all=ANYONE),
    "api:holidays-list": Door(SIGNED_IN, post=RULERS | SECRETARIAT, shared=True),
    "api:holidays-detail": Door(SIGNED_IN, "house.holiday.pk", shared=True),
    "api:holidays-remove": Door(RULERS | SECRETARIAT, "house.holiday.pk", shared=True),
    "api:counties-list": Door(SIGNED_IN),
    "api:counties-detail": Door(SIGNED_IN, "centre.county.code", all=ANYONE),
    "api:compliance-list": Door(KEEPERS | CHAMPION | HOPS | COORDINATOR | SECRETARIAT | PANEL),
    "api:figures-list": Door(HOPS | ADMIN),
    "api:trend-list": Door(KEEPERS | CHAMPION | HOPS),
    "api:forecast-list": Door(KEEPERS | CHAMPION | HOPS),
    "api:job-groups-list": Door(SIGNED_IN),
    "api:job-groups-detail": Door(SIGNED_IN, "job_group.code", all=ANYONE),
    "api:name-grants-list": Door(HOPS | KEEPERS, all=ADMIN, post=HOPS),
    "api:name-grants-detail": Door(HOPS | KEEPERS, "names.pk", all=ADMIN),
    "api:name-grants-end": Door(HOPS | ADMIN, "names.pk", all=ADMIN),
    "api:name-grants-looks": Door(HOPS | KEEPERS, "names.pk", all=ADMIN),
    "api:officers-list": Door(KEEPERS | MANAGER | LEARNER, all=ADMIN, query={"q": SOUGHT}, post=KEEPERS),
    "api:officers-correct": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-post": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-second": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-return": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-left": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-reinstate": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-excuse": Door(KEEPERS, "officer.ref", all=ADMIN),
    "api:officers-many-left": Door(KEEPERS),
    "api:officers-many-post": Door(KEEPERS),
    "api:officers-many-excuse": Door(KEEPERS),
    "api:excusals-list": Door(KEEPERS, all=ADMIN),
    "api:excusals-detail": Door(KEEPERS, "excusal.pk", all=ADMIN),
    "api:excusals-end": Door(KEEPERS, "excusal.pk", all=ADMIN),
    "api:transfers-list": Door(KEEPERS, all=ADMIN, query={"q": SOUGHT}),
    "api:transfers-detail": Door(KEEPERS, "asked.ref", all=ADMIN),
    "api:transfers-accept": Door(KEEPERS, "asked.ref", all=ADMIN),
    "api:transfers-dispute": Door(KEEPERS, "asked.ref", all=ADMIN),
    "api:transfers-withdraw": Door(KEEPERS, "wanted.ref", all=ADMIN),
    "api:transfers-settle": Door(KEEPERS, "disputed.ref", all=ADMIN),  # 409 for HR officers
    "api:possible-leavers-list": Door(KEEPERS, all=ADMIN),
    "api:possible-leavers-detail": Door(KEEPERS, "leaver.pk", all=ADMIN),
    "api:possible-leavers-left": Door(KEEPERS),
    "api:possible-leavers-in-post": Door(KEEPERS),
    "api:officers-detail": Door(KEEPERS | MANAGER | LEARNER, "officer.ref", all=ADMIN),
    "api:officers-status": Door(KEEPERS | MANAGER | LEARNER, "officer.ref", all=ADMIN),
    "api:officers-why": Door(KEEPERS | MANAGER | LEARNER, "officer.ref", all=ADMIN),
    "api:organisations-list": Door(SIGNED_IN, shared=True),
    "api:organisations-detail": Door(SIGNED_IN, "mda.code", all=ANYONE),
    "api:postings-list": Door(KEEPERS | MANAGER | LEARNER, all=ADMIN),
    "api:postings-detail": Door(KEEPERS | MANAGER | LEARNER, "posting.pk", all=ADMIN),
    "api:postings-undo": Door(KEEPERS, "posting.pk", all=ADMIN),
    "api:rosters-list": Door(KEEPERS, all=ADMIN, query={"q": SOUGHT}),
    "api:rosters-detail": Door(KEEPERS, "roster.ref", all=ADMIN),
    "api:rosters-rows": Door(KEEPERS, "roster.ref", all=ADMIN),
    "api:rosters-fix": Door(KEEPERS, lambda side, role: [side.roster.ref, 2], all=ADMIN, data={"cells": {"Surname": "Otieno"}}),
    "api:rosters-confirm": Door(KEEPERS, "roster.ref", all=ADMIN),
    "api:rosters-cancel": Door(KEEPERS, "roster.ref", all=ADMIN),
    "api:register-quality-list": Door(KEEPERS | HOPS, shared=True),
    "api:duplicates-list": Door(HR | ADMIN, all=ADMIN),
    "api:duplicates-two-people": Door(HR | ADMIN, all=ADMIN),
    "api:merges-list": Door(HR | ADMIN, all=ADMIN),
    "api:merges-detail": Door(HR | ADMIN, "merged.pk", all=ADMIN),
    "api:merges-undo": Door(HR | ADMIN, "merged.pk", all=ADMIN),
    "api:reorganisations-list": Door(HATS, all=ADMIN, post=ADMIN),
    "api:reorganisations-detail": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "api:reorganisations-preview": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "api:reorganisations-make": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "api:reorganisations-discard": Door(ADMIN, "reorganisation.pk", all=ADMIN),
    "api:services-list": Door(SIGNED_IN, shared=True),
    "api:services-detail": Door(SIGNED_IN, "service.code", all=ANYONE),
    "api:courses-list": Door(SIGNED_IN),
    "api:courses-detail": Door(SIGNED_IN, "version.course.code", all=ANYONE),
    "api:courses-draft": Door(COORDINATOR, "version.course.code", all=ANYONE),
    "api:courses-prerequisites": Door(COORDINATOR, "version.course.code", all=ANYONE),
    "api:courses-equivalents": Door(COORDINATOR, "version.course.code", all=ANYONE),
    "api:course-versions-list": Door(SIGNED_IN),
    "api:course-versions-detail": Door(SIGNED_IN, "version.pk", all=ANYONE),
    "api:course-versions-differences": Door(HATS, "version.pk", all=ANYONE),
    "api:course-versions-change": Door(COORDINATOR, "house.drafted.pk", all=ANYONE),
    "api:course-versions-publish": Door(COORDINATOR, "house.drafted.pk", all=ANYONE),
    "api:course-versions-discard": Door(COORDINATOR, "house.drafted.pk", all=ANYONE),
    "api:course-versions-retire": Door(COORDINATOR, "version.pk", all=ANYONE),
    "api:course-versions-materials": Door(COORDINATOR, "version.pk", all=ANYONE),
    "api:course-materials-list": Door(SIGNED_IN),
    "api:course-materials-detail": Door(SIGNED_IN, "house.material.pk", all=ANYONE),
    "api:course-materials-file": Door(HATS, "house.material.pk", all=ANYONE),
    "api:course-materials-withdraw": Door(COORDINATOR, "house.material.pk", all=ANYONE),
    "api:competencies-list": Door(SIGNED_IN),
    "api:competencies-detail": Door(SIGNED_IN, "house.competency.code", all=ANYONE),
    "api:requirements-list": Door(SIGNED_IN),
    "api:requirements-detail": Door(SIGNED_IN, "house.requirement.pk", all=ANYONE),
    "api:rule-changes-list": Door(HATS, shared=True, post=RULERS),
    "api:rule-changes-detail": Door(RULERS | HOPS, "house.rules_draft.ref", all=ANYONE),
    "api:rule-changes-preview": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "api:rule-changes-publish": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "api:rule-changes-undo": Door(RULERS, "house.rules_published.ref", all=ANYONE),
    "api:rule-changes-discard": Door(RULERS, "house.rules_draft.ref", all=ANYONE),
    "api:waivers-list": Door(KEEPERS | COORDINATOR, all=COORDINATOR | ADMIN, post=HR),
    "api:waivers-detail": Door(KEEPERS | COORDINATOR, "waiver.pk", all=COORDINATOR | ADMIN),
    "api:waivers-approve": Door(AUTHORISED, "waiver.pk"),
    "api:waivers-refuse": Door(AUTHORISED, "waiver.pk"),
    "api:waivers-withdraw": Door(HR, "waiver.pk"),
    "api:waivers-end": Door(HR | AUTHORISED, "waiver.pk"),
    "api:prior-training-list": Door(CLAIMANTS, all=COORDINATOR | ADMIN, post=HR | LEARNER),
    "api:prior-training-detail": Door(CLAIMANTS, "prior.pk", all=COORDINATOR | ADMIN),
    "api:prior-training-evidence": Door(CLAIMANTS, "prior.pk", all=COORDINATOR | ADMIN),
    "api:prior-training-verify": Door(COORDINATOR, "prior.pk", all=COORDINATOR),
    "api:prior-training-refuse": Door(COORDINATOR, "prior.pk", all=COORDINATOR),
    "api:prior-training-withdraw": Door(COORDINATOR, "prior.pk", all=COORDINATOR),
    "api:corrections-list": Door(CLAIMANTS, all=COORDINATOR | ADMIN),
    "api:corrections-detail": Door(CLAIMANTS, "correction.pk", all=COORDINATOR | ADMIN),
    "api:corrections-make": Door(HR | AUTHORISED, "correction.pk"),
    "api:corrections-refuse": Door(HR | AUTHORISED, "correction.pk"),
    "api:demand-list": Door(COORDINATOR | HOPS | ADMIN),
    "api:cohorts-list": Door(SIGNED_IN, shared=True, all=COORDINATOR | ADMIN, post=COORDINATOR),
    "api:cohorts-detail": Door(HATS, "cohort.code", shared=True, all=COORDINATOR | ADMIN),
    "api:cohorts-sessions": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "api:cohorts-confirm": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "api:cohorts-cancel": Door(COORDINATOR, "cohort.code", all=COORDINATOR),
    "api:cohorts-rebook": Door(HR, "cancelled.code", shared=True),
    "api:rooms-list": Door(TRAINER | RULERS, all=TRAINER | RULERS, shared=True, post=COORDINATOR),
    "api:rooms-detail": Door(TRAINER | RULERS, "room.pk", all=TRAINER | RULERS),
    "api:rooms-change": Door(COORDINATOR, "room.pk", all=COORDINATOR),
    "api:rooms-close": Door(COORDINATOR, "room.pk", all=COORDINATOR),
    "api:accreditations-list": Door(TRAINER | RULERS, all=RULERS, post=COORDINATOR),
    "api:accreditations-detail": Door(TRAINER | RULERS, "accreditation.pk", all=RULERS),
    "api:accreditations-end": Door(COORDINATOR, "accreditation.pk", all=COORDINATOR),
    "api:sessions-list": Door(SIGNED_IN, shared=True),
    "api:sessions-detail": Door(HATS, "session.uid", shared=True),
    "api:calendar-list": Door(SIGNED_IN, shared=True),
    "api:cohorts-enrol": Door(HR, "cohort.code", shared=True),
    "api:cohorts-mark": Door(TRAINER | COORDINATOR, "cohort.code", all=COORDINATOR, open=True),
    "api:cohorts-result": Door(TRAINER | COORDINATOR, "cohort.code", all=COORDINATOR, open=True),
    "api:cohorts-close": Door(TRAINER | COORDINATOR, "cohort.code", all=COORDINATOR, open=True),
    "api:results-list": Door(SIGNED_IN, all=COORDINATOR | ADMIN),
    "api:results-detail": Door(SEATS, "score.pk", all=COORDINATOR | ADMIN),
    "api:moderation-list": Door(TRAINER | COORDINATOR, all=COORDINATOR),
    "api:moderation-moderate": Door(TRAINER | COORDINATOR, "assessed.code", all=COORDINATOR, open=True),
    "api:moderation-send-back": Door(TRAINER | COORDINATOR, "assessed.code", all=COORDINATOR, open=True),
    "api:moderation-release": Door(TRAINER | COORDINATOR, "assessed.code", all=COORDINATOR, open=True),
    "api:result-corrections-list": Door(TRAINER | COORDINATOR, all=COORDINATOR),
    "api:result-corrections-detail": Door(TRAINER | COORDINATOR, "result_correction.pk", all=COORDINATOR),
    "api:result-corrections-decide": Door(TRAINER | COORDINATOR, "result_correction.pk", all=COORDINATOR),
    "api:appeals-list": Door(LEARNER | TRAINER | RULERS, all=RULERS, post=LEARNER),
    "api:appeals-detail": Door(LEARNER | TRAINER | RULERS, "appeal.pk", all=RULERS),
    "api:appeals-decide": Door(TRAINER | COORDINATOR, "appeal.pk", all=COORDINATOR),
    "api:appeals-withdraw": Door(LEARNER, "appeal.pk"),
    "api:evaluations-detail": Door(TRAINER | COORDINATOR, "past.code", all=COORDINATOR, open=True),
    "api:evaluations-remind": Door(TRAINER | COORDINATOR, "past.code", all=COORDINATOR, open=True),
    "api:evaluations-answer": Door(LEARNER, "past.code"),
    "api:enrolments-list": Door(SIGNED_IN, all=COORDINATOR | ADMIN),
    "api:enrolments-detail": Door(SEATS, "seat.pk", all=COORDINATOR | ADMIN),
    "api:enrolments-withdraw": Door(HR | COORDINATOR, "seat.pk", all=COORDINATOR),
    "api:nominations-list": Door(KEEPERS | COORDINATOR, all=COORDINATOR | ADMIN, post=HR),
    "api:nominations-detail": Door(KEEPERS | COORDINATOR, "seat.pk", all=COORDINATOR | ADMIN),
    "api:nominations-substitute": Door(HR, "seat.pk"),
    "api:nominations-answer": Door(HR, "seat.pk"),
    "api:approvals-list": Door(AUTHORISED | CHAMPION),
    "api:approvals-detail": Door(AUTHORISED | CHAMPION, "to_approve.pk"),
    "api:approvals-approve": Door(AUTHORISED | CHAMPION, data=lambda side: {"enrolments": [side.to_approve.pk]}),
    "api:approvals-turn-down": Door(AUTHORISED | CHAMPION, data=lambda side: {"enrolments": [side.to_approve.pk]}),
    "api:offers-list": Door(SIGNED_IN, all=COORDINATOR | ADMIN),
    "api:offers-detail": Door(SEATS, "offer.pk", all=COORDINATOR | ADMIN),
    "api:offers-accept": Door(HR | LEARNER, "offer.pk"),
    "api:offers-decline": Door(HR | LEARNER, "offer.pk"),
    "api:quotas-list": Door(KEEPERS | COORDINATOR, all=COORDINATOR | ADMIN, post=COORDINATOR),
    "api:quotas-detail": Door(KEEPERS | COORDINATOR, "quota.pk", all=COORDINATOR | ADMIN),
    "api:quotas-release": Door(HR | COORDINATOR, "quota.pk", all=COORDINATOR),
    "api:seat-requests-list": Door(CLAIMANTS, all=COORDINATOR | ADMIN, post=LEARNER),
    "api:seat-requests-detail": Door(CLAIMANTS, "seat_request.pk", all=COORDINATOR | ADMIN),
    "api:seat-requests-take-back": Door(LEARNER, "seat_request.pk"),
    "api:seat-requests-nominate": Door(HR, "seat_request.pk"),
    "api:seat-requests-refuse": Door(HR, "seat_request.pk"),
    "api:delegations-list": Door(AUTHORISED),
    "api:delegations-detail": Door(AUTHORISED, "delegation.pk"),
    "api:delegations-end": Door(AUTHORISED, "delegation.pk"),
    "api:attendance-list": Door(SIGNED_IN, post=TRAINER | COORDINATOR, all=COORDINATOR | ADMIN),
    "api:attendance-entries-list": Door(SIGNED_IN, all=COORDINATOR | ADMIN),
    "api:attendance-entries-detail": Door(SEATS, "clash.pk", all=COORDINATOR | ADMIN),
    "api:mark-corrections-list": Door(SIGNED_IN, post=TRAINER | COORDINATOR, all=COORDINATOR | ADMIN, data=lambda side: {"enrolment": side.seat.pk, "session": 1, "mark": "late", "reason": "x"}),
    "api:mark-corrections-detail": Door(SEATS, "mark_correction.pk", all=COORDINATOR | ADMIN),
    "api:mark-corrections-decide": Door(TRAINER | COORDINATOR, "mark_correction.pk", all=COORDINATOR, data={"make": True}),
    "api:attendance-entries-settle": Door(TRAINER | COORDINATOR, "clash.pk", all=COORDINATOR),
    "api:attendance-detail": Door(SEATS, "attended.pk", all=COORDINATOR | ADMIN),
    "api:completions-list": Door(SIGNED_IN, all=COORDINATOR | ADMIN),
    "api:completions-detail": Door(
        KEEPERS | MANAGER | LEARNER | COORDINATOR, "certificate.completion.pk", all=COORDINATOR | ADMIN
    ),
    "api:certificates-list": Door(SIGNED_IN, all=COORDINATOR | ADMIN),
    "api:certificates-detail": Door(SEATS | MANAGER, "certificate.number", all=COORDINATOR | ADMIN),
    "api:certificate-acts-list": Door(RULERS, all=RULERS, post=COORDINATOR),
    "api:certificate-acts-detail": Door(RULERS, "act.pk", all=RULERS),
    "api:certificate-acts-agree": Door(COORDINATOR, "act.pk", all=COORDINATOR),
    "api:certificate-acts-refuse": Door(COORDINATOR, "act.pk", all=COORDINATOR, data={"reason": "No."}),
    "api:certificate-acts-withdraw": Door(COORDINATOR, "own_act.pk", open=True),
    "api:self-assessments-list": Door(JUDGES | AUDITOR | AUDITEES, all=JUDGES),
    "api:self-assessments-detail": Door(JUDGES | AUDITOR | OF_MDA, "assessed.ref", all=JUDGES),
    "api:self-assessments-rate": Door(AUTHORISED | CHAMPION, "assessing.ref"),
    "api:self-assessments-submit": Door(AUTHORISED | CHAMPION, "assessing.ref"),
    "api:evidence-list": Door(JUDGES | AUDITOR, all=JUDGES),
    "api:evidence-detail": Door(JUDGES | AUDITOR, "photo.pk", all=JUDGES),
    "api:evidence-file": Door(JUDGES | AUDITOR, "photo.pk", all=JUDGES),
    "api:submitted-evidence-list": Door(JUDGES | AUDITOR | OF_MDA, all=JUDGES),
    "api:submitted-evidence-detail": Door(JUDGES | AUDITOR | OF_MDA, "sent_file.pk", all=JUDGES),
    "api:submitted-evidence-file": Door(JUDGES | AUDITOR | OF_MDA, "sent_file.pk", all=JUDGES),
    "api:submitted-evidence-take-back": Door(AUTHORISED | CHAMPION, "own_piece.pk"),
    "api:visits-list": Door(JUDGES | AUDITOR | AUDITEES, all=JUDGES, post=AUDITOR),
    "api:visits-detail": Door(JUDGES | AUDITOR | OF_MDA, "visit.pk", all=JUDGES),
    "api:standards-list": Door(PUBLIC),
    "api:standards-detail": Door(PUBLIC, "house.edition.pk", all=ANYONE),
    "api:standards-file": Door(PUBLIC, lambda side, role: [side.house.edition.pk, "yaml"], all=ANYONE),
    "api:standards-since": Door(PUBLIC, "house.edition.pk house.edition.pk", all=ANYONE),
    "api:standards-bring": Door(ADMIN | SECRETARIAT),
    "api:standards-clone": Door(ADMIN | SECRETARIAT, "house.edition.pk", all=ANYONE),
    "api:standards-publish": Door(ADMIN | SECRETARIAT, "house.draft.pk", all=ANYONE),
    "api:standards-retire": Door(ADMIN | SECRETARIAT, "house.edition.pk", all=ANYONE),
    "api:standards-map-element": Door(ADMIN | SECRETARIAT, "house.draft.pk", all=ANYONE),
    "api:audits-list": Door(JUDGES | HOPS | AUDITOR | AUDITEES, all=JUDGES | HOPS),
    "api:audits-detail": Door(JUDGES | HOPS | AUDITOR | HR | AUTHORISED | CHAMPION, "audit.ref", all=JUDGES | HOPS),
    "api:audits-submit": Door(AUDITOR, "audit.ref"),
    "api:audit-sites-pack": Door(AUDITOR, "audit.ref site.pk"),
    "api:audit-sites-sync": Door(AUDITOR, "audit.ref site.pk", data=kept_change),
    "api:rating-conflicts-list": Door(JUDGES | HOPS | AUDITOR | AUDITEES, all=JUDGES),
    "api:rating-conflicts-detail": Door(JUDGES | AUDITOR, "conflict.pk", all=JUDGES),
    "api:rating-conflicts-settle": Door(AUDITOR, "conflict.pk", data={"taken": False}),
    "api:auditors-list": Door(JUDGES | HOPS | AUDITOR, all=JUDGES | HOPS),
    "api:auditors-detail": Door(JUDGES | HOPS | AUDITOR, "auditor.pk", all=JUDGES | HOPS),
    "api:engagements-list": Door(JUDGES | HOPS | AUDITOR, all=JUDGES, post=SECRETARIAT | AUDITOR, data=lambda side: {"auditor": side.auditor.pk}),
    "api:engagements-detail": Door(JUDGES | AUDITOR, "engagement.pk", all=JUDGES),
    "api:audit-teams-detail": Door(JUDGES | AUDITOR, "audit.ref", all=JUDGES, post=SECRETARIAT),
    "api:audit-teams-declare": Door(AUDITOR, "undeclared.ref", data={"interest": False}),
    "api:calibrations-list": Door(JUDGES | AUDITOR, shared=True),
    "api:calibrations-detail": Door(JUDGES | AUDITOR, "house.calibration.pk", shared=True),
    "api:calibrations-answer": Door(AUDITOR, "house.calibration.pk", shared=True),
    "api:ratings-list": Door(JUDGES | HOPS | AUDITOR | AUDITEES, all=JUDGES, post=AUDITOR, data=rating),
    "api:ratings-detail": Door(JUDGES | AUDITOR, "rating.pk", all=JUDGES),
    "api:findings-list": Door(JUDGES | AUDITOR | AUDITEES, all=JUDGES, post=AUDITOR, data=finding),
    "api:findings-detail": Door(JUDGES | AUDITOR, "finding.pk", all=JUDGES),
    "api:findings-grade": Door(AUDITOR, "finding.pk"),
    "api:findings-take-back": Door(AUDITOR, "by_hand.pk"),
    "api:findings-acknowledge": Door(AUTHORISED | CHAMPION, "raised.pk"),
    "api:findings-dispute": Door(AUTHORISED | CHAMPION, "raised.pk"),
    "api:findings-reply": Door(OF_MDA, "raised.pk"),
    "api:findings-plan": Door(AUTHORISED | CHAMPION, "raised.pk"),
    "api:findings-evidence": Door(AUTHORISED | CHAMPION, "raised.pk"),
    "api:findings-decide": Door(JUDGES, "raised.pk", all=JUDGES),
    "api:findings-review": Door(AUDITOR, "raised.pk"),
    "api:findings-verify": Door(AUDITOR | SECRETARIAT, "raised.pk", all=SECRETARIAT),
    "api:findings-effect": Door(AUDITOR | SECRETARIAT, "raised.pk", all=SECRETARIAT),
    "api:findings-visit": Door(AUDITOR | SECRETARIAT, "raised.pk", all=SECRETARIAT),
    "api:findings-nominate": Door(HR, "raised.pk"),
    "api:overdue-findings-list": Door(HOPS | SECRETARIAT | ADMIN, all=HOPS | SECRETARIAT | ADMIN),
    "api:overdue-findings-detail": Door(HOPS | SECRETARIAT | ADMIN, "mda.code", all=HOPS | SECRETARIAT | ADMIN),
    "api:audit-reports-list": Door(JUDGES | AUDITOR | AUDITEES, all=JUDGES, post=AUDITOR, data=report_to_issue),
    "api:audit-reports-detail": Door(JUDGES | AUDITOR | AUDITEES - MANAGER, "report.pk", all=JUDGES),
    "api:audit-reports-comments": Door(AUDITEES - MANAGER, "report.pk", open=True, data=TEXT),
    "api:audit-reports-addenda": Door(AUDITOR | SECRETARIAT, "report.pk", all=SECRETARIAT, open=True, data=TEXT),
    "api:decisions-list": Door(JUDGES | HOPS | AUDITOR | AUDITEES, all=JUDGES | HOPS, post=PANEL, data=decision),
    "api:decisions-detail": Door(JUDGES | HOPS | AUDITOR | AUDITEES - MANAGER, "certification.decision.pk", all=JUDGES | HOPS),
    "api:applications-list": Door(JUDGES | HR | AUTHORISED | CHAMPION, all=JUDGES, post=AUTHORISED | CHAMPION),
    "api:applications-detail": Door(JUDGES | HR | AUTHORISED | CHAMPION, "application.pk", all=JUDGES),
    "api:applications-send": Door(AUTHORISED | CHAMPION, "application_draft.pk"),
    "api:applications-withdraw": Door(AUTHORISED | CHAMPION, "application.pk"),
    "api:applications-refuse": Door(SECRETARIAT, "application.pk", all=SECRETARIAT),
    "api:site-samples-list": Door(JUDGES | HOPS | AUDITOR | AUDITEES, all=JUDGES | HOPS),
    "api:site-samples-detail": Door(JUDGES | HOPS | AUDITOR | HR | AUTHORISED | CHAMPION, "sample.pk", all=JUDGES | HOPS),
    "api:programmes-list": Door(READERS),
    "api:programmes-detail": Door(READERS, "house.programme.pk", all=READERS),
    "api:programmes-suggest": Door(SECRETARIAT, "house.programme.pk", all=ANYONE),
    "api:programme-lines-list": Door(READERS, all=READERS),
    "api:programme-lines-detail": Door(READERS, "programme_line.pk", all=READERS),
    "api:programme-lines-decide": Door(SECRETARIAT, "programme_line.pk", all=ANYONE, data={"state": "suggested"}),
    "api:measures-list": Door(JUDGES | HOPS | AUDITOR | HR | AUTHORISED | CHAMPION, all=JUDGES | HOPS | AUDITOR, post=SECRETARIAT),
    "api:measures-detail": Door(JUDGES | HOPS | AUDITOR | HR | AUTHORISED | CHAMPION, "measured.pk", all=JUDGES | HOPS | AUDITOR),
    "api:recommendations-list": Door(JUDGES | AUDITOR, all=JUDGES, post=AUDITOR, data=recommendation),
    "api:recommendations-detail": Door(JUDGES | AUDITOR, "recommendation.pk", all=JUDGES),
    "api:reviews-list": Door(JUDGES | AUDITOR, all=JUDGES, post=SECRETARIAT, data=technical_review),
    "api:reviews-detail": Door(JUDGES | AUDITOR, "technical_review.pk", all=JUDGES),
    "api:votes-list": Door(JUDGES, all=JUDGES, post=PANEL, data=decision),
    "api:votes-detail": Door(JUDGES, "panel_vote.pk", all=JUDGES),
    "api:certifications-list": Door(PUBLIC),
    "api:certifications-detail": Door(PUBLIC, "certification.code", all=ANYONE),
    "api:certification-events-list": Door(PUBLIC),
    "api:certification-events-detail": Door(PUBLIC, lambda side, role: [side.certification.events.first().pk], all=ANYONE),
    "api:certification-acts-list": Door(JUDGES | OF_THE_MDA, all=JUDGES, post=SECRETARIAT | AUTHORISED, data=act_asked),
    "api:certification-acts-detail": Door(JUDGES | OF_THE_MDA, "certification_act.pk", all=JUDGES),
    "api:certification-acts-decide": Door(PANEL, "certification_act.pk", all=PANEL, data=lambda side: {"grant": False, "reason": "No."}),
    "api:surveillances-list": Door(JUDGES | OF_THE_MDA, all=JUDGES),
    "api:surveillances-detail": Door(JUDGES | OF_THE_MDA, "surveillance.pk", all=JUDGES),
    "api:certification-appeals-list": Door(JUDGES | OF_THE_MDA, all=JUDGES, post=AUTHORISED, data=lambda side: {"act": side.certification_act.pk, "grounds": "No."}),
    "api:certification-appeals-detail": Door(JUDGES | OF_THE_MDA, "certification_appeal.pk", all=JUDGES),
    "api:certification-appeals-decide": Door(PANEL, "certification_appeal.pk", all=PANEL, data=lambda side: {"uphold": False, "reasons": "No."}),
    "api:returns-list": Door(HOPS | KEEPERS, all=HOPS | ADMIN, query={"q": SOUGHT}),
    "api:returns-detail": Door(HOPS | KEEPERS, "quarterly.ref", all=HOPS | ADMIN),
    "api:returns-file": Door(HR, "quarterly.ref"),
    "api:returns-sign": Door(AUTHORISED, "quarterly.ref"),
    "api:returns-send-back": Door(AUTHORISED, "quarterly.ref"),
    "api:returns-restate": Door(HR, "quarterly.ref"),
    "api:returns-remind": Door(HOPS),
    "api:targets-list": Door(HATS, shared=True, post=HOPS),
    "api:targets-detail": Door(HATS, "house.target.pk", all=ANYONE),
    "api:targets-withdraw": Door(HOPS, "house.target.pk", all=ANYONE),
    "api:schema": Door(PUBLIC),
    "api:docs": Door(PUBLIC),
}


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), walk.opened(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(autouse=True)
def _files(house, settings):
    """Of the house, whatever each test has of its own."""
    settings.MEDIA_ROOT = house.files


def test_every_route_is_listed_here():
    assert sorted(set(DOORS) - set(ROUTES)) == [], "add a line for each to ROUTES"
    assert sorted(set(ROUTES) - set(DOORS)) == [], "these lead nowhere any more"


@pytest.mark.parametrize("name", sorted(set(ROUTES) & set(DOORS)))
def test_a_door_opens_for_those_it_is_meant_for_only(house, name):
    assert list(faults_of(house, name, ROUTES[name], DOORS[name])) == []


@pytest.mark.parametrize("name", sorted(n for n in set(ROUTES) & set(DOORS) if is_list(DOORS[n])))
def test_a_list_finds_counts_and_exports_nothing_foreign(house, name):
    door = ROUTES[name]
    arguments = door.arguments(house.ours, Role.HR_OFFICER)
    url = reverse(name.split()[0], args=arguments)
    for role in house.clients:
        if role not in door.who or role in door.all:
            continue
        page, _ = ask(house, role, "get", url)
        if "q" in getattr(page.context["filterset"], "filters", ()):
            found, _ = ask(house, role, "get", url, {"q": SOUGHT})
            assert MARKER not in text(found), f"{role}: search"
        if any(column.value for column in page.context["columns"]):
            export, _ = ask(house, role, "get", url, {"export": "csv"})
            rows = list(csv.reader(StringIO(text(export))))[1:]
            assert MARKER not in text(export), f"{role}: export"
            assert page.context["total"] == len(rows), f"{role}: count"


SCOPED = HR | CHAMPION | MANAGER | LEARNER | TRAINER | AUDITOR
PRIVATE = [
    name for name, door in ROUTES.items() if not (door.args or door.shared or door.who == ANYONE or name.startswith(ROLELESS))
]


# Tokens, signed with the time; and facts open to all: places to choose from, free seats of cohorts.
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|"csrf": "\w+"|totp[^\n]*|[?&]of=[^"&]+|name="all" value="[^"]+"|\s*<option .*?</option>'
    r'|<ul class="todo thin">.*?</ul>|[\d,]+ seats are free',
    re.DOTALL,
)


def test_what_happens_elsewhere_changes_no_list_count_or_figure_here(house):
    def bodies():
        for name in PRIVATE:
            for role in (ROUTES[name].who & SCOPED) - ROUTES[name].all if "get" in methods(DOORS[name]) else ():
                body = text(ask(house, role, "get", reverse(name), ROUTES[name].query)[0])
                yield (name, role), CHANGING.sub("", body)

    before = dict(bodies())
    with transaction.atomic():
        Side(house, "third", "Fisheries", MARKER)
        changed = sorted(key for key, body in bodies() if body != before[key])
        transaction.set_rollback(True)
    assert changed == []


def test_the_navigation_of_a_role_names_doors_that_open_for_it():
    closed = [(role, name) for role, entries in NAV.items() for _label, name in entries if role not in ROUTES[name].who]
    assert closed == []


def test_the_marker_is_there_to_be_seen(house):
    """Every "cannot see" above has something to see."""
    page, _ = ask(house, Role.ADMINISTRATOR, "get", reverse("centres:people"))
    assert MARKER in text(page)


@pytest.mark.parametrize(
    "where_, rule, name, said",
    [
        (OfficerQuerySet, "visible_to", "training:officer", "should be 404"),
        (ComplianceSpanQuerySet, "visible_to", "training:officers", "shows a foreign name"),
        (standards.policies, "may_decide", "standards:decide", "should stay out"),
    ],
)
def test_the_walk_finds_a_door_left_open(house, monkeypatch, where_, rule, name, said):
    opened = (lambda self, scope: self) if rule == "visible_to" else (lambda scope, thing=None: True)
    monkeypatch.setattr(where_, rule, opened)
    view = getattr(DOORS[name], "view_class", None)
    for attribute in ("needs", "allowed"):
        if hasattr(view, attribute):
            monkeypatch.setattr(view, attribute, staticmethod(opened))
    assert [fault for fault in faults_of(house, name, ROUTES[name], DOORS[name]) if said in fault]
