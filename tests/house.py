"""Two sides of one house, for the walk of test_doors.py: ours, and theirs with the same things under the same names.

Every private name of theirs holds MARKER; a body that shows it to one of ours leaked. People of ours hold one role each.
A thing that a route needs goes into `Side`, once: both sides get it.
"""

import datetime as dt
from uuid import uuid4

from django.core.files.base import ContentFile
from django.test import Client

from centres.access import Scope
from centres.models import ApiToken, Excusal, Holiday, PossibleLeaver, Role, Roster, RosterRow, Service
from centres.services import merging, reorganisations
from cse_portal.lib import clock
from cse_portal.notices import outbox
from cse_portal.notices.models import Notice
from standards.models import (
    Application,
    AuditProgramme,
    Calibration,
    Edition,
    Element,
    Engagement,
    Finding,
    MeasuredFigure,
    ProgrammeLine,
    SiteSample,
)
from standards.services import certification_appeals, conflicts, findings, selfassessment, stage1
from standards.services.evidence import Piece
from tests import factories as make
from tests.pictures import png
from tests.standards import standing_steps, steps
from training.models import (
    Appeal,
    ApprovalDelegation,
    AssessmentComponent,
    AssessmentResult,
    Attendance,
    AttendanceEntry,
    Competency,
    Correction,
    EvaluationInvitation,
    RequirementChange,
    SeatOffer,
    SeatQuota,
    SeatRequest,
    SheetScan,
)
from training.services import awards, certificate_acts, corrections, framework, materials, prior_training, waivers

MARKER = "Zzforeign"
PUBLIC, SIGNED_IN = "public", "signed_in"
SYSTEM = Scope.system_task("test")
RENAME = {"act": "rename", "name": "Renamed"}
PHOTO = png()


class Side:
    """One MDA with its people, officers, cohort and audit."""

    def __init__(self, house, key, name, mark):
        self.house, self.key, self.mark = house, key, mark
        self.mda = make.organisation(key.upper(), f"State Department for {name}", parent=house.ministry)
        self.centre = make.huduma_centre(f"HC-{key}", f"{name} Huduma Centre")
        self.campus = make.campus(f"KSG-{key}", f"KSG {name}")
        self.officer = make.officer(self.mda, f"Wanjiru {mark}", "Kamau")
        self.hats = {role: self.hat(role) for role in Role}
        self.auditor = make.assessor(self.hats[Role.AUDITOR]).user.auditor
        self.officer.user = self.hats[Role.LEARNER].user
        self.officer.save()
        self.officer.postings.update(centre=self.centre)
        self.posting = self.officer.postings.get()
        self.cadre, self.job_group = make.cadre("FRT"), make.job_group()
        self.service = Service.objects.create(code=key, name=f"Service of {name}", owner=self.mda)
        self.roster = self.staff_return()
        self.reorganisation = reorganisations.draft(
            SYSTEM,
            title=f"Draft {mark}",
            on=clock.today(),
            authority=f"Order {mark}",
            steps=[RENAME | {"organisation": self.mda.code}],
        )
        self.twin = make.officer(self.mda, f"Wanjiru {mark}", "Kamau", email=self.officer.email)
        ghost = make.officer(self.mda, f"Wanjiku {mark}", "Kamau")
        self.merged = merging.merge(SYSTEM, kept=self.twin, dropped=ghost)
        self.notice = self.failed_notice()
        self.register()
        self.training()
        self.assessment()
        self.let_off_and_recognised()
        self.seats()
        self.calendar()
        self.asked_to_be_corrected()
        self.standards()
        self.champion = self.hats[Role.SERVICE_CHAMPION]
        self.names = make.name_grant(self.hats[Role.HOPS], self.mda, f"Asked {self.mark}", over=True)
        self.quarterly = make.quarterly_return(self.mda, comment=f"Said {self.mark}")
        self.tokens = {role: self.token(role) for role in Role}
        self.invited = self.hat(Role.SERVICE_CHAMPION, "invited", password=None)

    def hat(self, role, who="", password="correct horse battery"):
        place = {}
        if role in ("hr_officer", "authorised_officer", "service_champion"):
            place = {"organisation": self.mda}
        elif role == Role.CENTRE_MANAGER:
            place = {"centre": self.centre}
        email = f"{who or role}@{self.key}.example"
        mark = "" if role in (Role.TRAINER, Role.AUDITOR) else self.mark  # named on the calendar and in the register
        user = make.user(email, f"{who or role} {mark}".strip(), password)
        return make.member(role, email, user.name, of_user=user, **place)

    def training(self):
        """A cohort under way with the officer in it, and one that the officer completed, with its certificate."""
        teacher = self.hats[Role.TRAINER]
        self.version = make.version()
        self.cohort = make.cohort(f"{self.key}-1", at_campus=self.campus, of=self.version, trainer=teacher)
        self.seat = make.seat(self.cohort, self.officer)
        first = self.cohort.sessions.first()
        made = {"session": first, "enrolment": self.seat, "marked_at": clock.now()}
        entry, self.clash = (
            AttendanceEntry.objects.create(client_id=uuid4(), received_at=clock.now(), mark=mark, state=state, **made)
            for mark, state in (("present", "applied"), ("absent", "conflict"))
        )
        self.attended = Attendance.objects.create(mark="present", entry=entry, **made)
        paper = ContentFile(PHOTO, name="sheet.png")
        self.scan = SheetScan.objects.create(session=first, file=paper, sha256="0" * 64, added_at=clock.now())
        past = self.past = make.cohort(f"{self.key}-0", starts_on=make.days_ago(120), at_campus=self.campus, trainer=teacher, state="closed")
        done = make.completion(self.officer)
        done.enrolment = make.seat(past, self.officer, "completed")
        done.save()
        self.mark_correction = Correction.objects.create(
            enrolment=done.enrolment, session=past.sessions.first(), mark="present", was="absent", reason=f"Late {self.mark}", asked_at=clock.now()
        )
        self.certificate = awards.issue(SYSTEM, [done], make.days_ago(99))[0]
        self.own_act, self.act = (self.asked_of_certificates(hat) for hat in (self.hats[Role.COORDINATOR], self.hat(Role.COORDINATOR, "second")))

    def asked_of_certificates(self, hat):
        return certificate_acts.ask(
            Scope(user=hat.user, membership=hat), kind="suspend", first=self.certificate.number, reason=f"Doubted {self.mark}"
        )

    def calendar(self):
        """A room, a trainer's accreditation, and a cancelled cohort whose officer may move to another."""
        self.room = make.room(self.campus)
        self.accreditation = make.accreditation(self.hats[Role.TRAINER], self.version)
        self.planned = make.cohort(f"{self.key}-7", starts_on=make.days_ahead(140), at_campus=self.campus, of=self.version)
        self.cancelled = make.cohort(
            f"{self.key}-6", starts_on=make.days_ahead(120), at_campus=self.campus, of=self.version, state="cancelled",
            cancel_reason="Floods", rebook_to=self.planned,
        )  # fmt: skip
        lost = make.seat(self.cancelled, make.officer(self.mda, f"Atieno {self.mark}", "Ouma"), "withdrawn")
        lost.withdrawn_reason = "Floods"
        lost.save()
        self.session = self.cohort.sessions.first()

    def seats(self):
        """Seats kept for the MDA, somebody who stands in for its authorised officer, and a request for a seat."""
        days, now = make.DateRange(clock.today(), make.days_ahead(9)), clock.now()
        self.quota = SeatQuota.objects.create(
            cohort=self.cohort, organisation=self.mda, seats=2, release_on=make.days_ahead(9), kept_at=now
        )
        self.delegation = ApprovalDelegation.objects.create(
            organisation=self.mda, delegator=self.hats[Role.AUTHORISED_OFFICER].user, delegate=self.hats[Role.SERVICE_CHAMPION].user,
            during=days, reason=f"Leave {self.mark}", made_at=now,
        )  # fmt: skip
        ahead = make.cohort(f"{self.key}-3", starts_on=make.days_ahead(60), at_campus=self.campus, of=self.version)
        self.to_approve = make.seat(ahead, make.officer(self.mda, f"Njeri {self.mark}", "Were"), "nominated")
        soon = make.cohort(f"{self.key}-4", starts_on=make.days_ahead(80), at_campus=self.campus, of=self.version, trainer=self.hats[Role.TRAINER])
        self.offer = SeatOffer.objects.create(
            enrolment=make.seat(soon, self.officer, "offered"), made_at=now, expires_at=now + dt.timedelta(days=2)
        )
        later = make.cohort(f"{self.key}-2", starts_on=make.days_ahead(40), at_campus=self.campus, of=self.version)
        self.seat_request = SeatRequest.objects.create(cohort=later, officer=self.officer, reason=f"Counter {self.mark}", asked_at=now)

    def assessment(self):
        """A draft that waits for a second person, a correction and an appeal to decide, an invitation to evaluate."""
        version = make.version("CSE-SNR-01", cadre_code="SNR", moderated=True)
        if not version.components.exists():
            AssessmentComponent.objects.create(
                course_version=version, number=1, kind="practical", name="Role play", weight=100, rubric=[{"name": "Greets", "most": 4}]
            )
        of = {"starts_on": make.days_ago(9), "days": 2, "at_campus": self.campus, "of": version}
        self.assessed = make.cohort(f"{self.key}-5", trainer=self.hats[Role.TRAINER], **of)
        seat, now = make.seat(self.assessed, self.officer), clock.now()
        self.draft = AssessmentResult.objects.create(
            enrolment=seat, component=version.components.get(), score=70, points=[3], state="draft", recorded_at=now
        )
        done = self.past.enrolments.get()
        self.score = AssessmentResult.objects.create(enrolment=done, score=60, recorded_at=now, released_at=now)
        self.result_correction = Correction.objects.create(enrolment=done, score=70, was="60", reason=f"Added {self.mark}", asked_at=now)
        self.appeal = Appeal.objects.create(
            enrolment=done, about="result", grounds=f"Wrong {self.mark}", made_at=now, due_on=make.days_ahead(9)
        )
        self.invitation = EvaluationInvitation.objects.create(enrolment=done, until=make.days_ahead(9))

    def let_off_and_recognised(self):
        """A waiver that waits, and training elsewhere that waits."""
        hr = Scope(user=self.hats[Role.HR_OFFICER].user, membership=self.hats[Role.HR_OFFICER])
        period = {"first": clock.today(), "last": make.days_ahead(30), "reason": f"Drought {self.mark}"}
        self.waiver = waivers.request(hr, officer=self.officer, **period)
        paper = {"evidence": ContentFile(PHOTO, name="letter.png"), "provider": "KIM", "title": f"Care {self.mark}"}
        self.prior = prior_training.record(hr, officer=self.officer, course_version=self.version, on=make.days_ago(500), **paper)

    def asked_to_be_corrected(self):
        """The officer's request, with its evidence, waits."""
        own = Scope(user=self.hats[Role.LEARNER].user, membership=self.hats[Role.LEARNER])
        paper = ContentFile(PHOTO, name="card.png")
        self.correction = corrections.ask(own, values={"surname": f"Kamau {self.mark} N"}, reason="As on the card", evidence=paper)

    def standards(self):
        """An audit under way, one whose team has not declared, one that waits for its decision, and a certification."""
        lead, edition = self.hats[Role.AUDITOR], self.house.edition
        judge = make.member("panel", f"judge@{self.key}.example", "A judge")
        decided = steps.decided(steps.submitted(self.mda, edition, lead), judge)
        self.certification = decided.certification
        self.certification_act, self.surveillance = standing_steps.asked(self.certification, reason=f"Overdue {self.mark}"), self.certification.surveillances.first()
        officer = steps.scope(self.hats[Role.AUTHORISED_OFFICER])
        self.certification_appeal = certification_appeals.lodge(officer, decision=decided, grounds=f"Overlooked {self.mark}")
        self.submitted = steps.submitted(self.mda, edition, lead)
        self.reported = steps.reported(steps.submitted(self.mda, edition, lead))
        self.report = self.reported.reports.get(kind="final")
        self.recommended = steps.recommended(steps.reported(steps.submitted(self.mda, edition, lead)))
        self.before_panel = steps.before_the_panel(steps.submitted(self.mda, edition, lead))
        steps.voted(self.before_panel, judge)
        self.submitted_site, self.panel_vote = self.submitted.sites.get(), decided.audit.votes.first()
        self.recommendation, self.technical_review = self.before_panel.recommendations.get(), self.before_panel.technical_reviews.get()
        self.undeclared = steps.plan(self.mda, edition, lead)
        self.audit = steps.plan(self.mda, edition, lead)
        steps.declare(self.audit, lead)
        self.site = self.audit.sites.get()
        self.element = next(iter(steps.elements(self.site)))
        photo = Piece("file", f"Photo {self.mark}", upload=ContentFile(PHOTO, name=f"photo {self.mark}.png"))
        steps.rate(lead, self.site, self.element, "M", f"Seen {self.mark}", pieces=(*steps.SEEN, photo))
        steps.rate(lead, self.site, list(steps.elements(self.site))[1], "P", f"In part {self.mark}")
        self.conflict = conflicts.keep(
            steps.scope(lead), site=self.site, element=steps.elements(self.site)[self.element], client_ref=f"differs {self.mark}",
            value="N", justification=f"Not seen {self.mark}", base_revision=0, made_at=None,
        )  # fmt: skip
        self.rating, self.finding = self.site.ratings.first(), self.audit.findings.first()
        asked = {"elements": [steps.elements(self.site)[self.element]], "evidence": self.site.evidence.filter(element__code=self.element)}
        said = {"grade": "observation", "statement": f"Found {self.mark}"}
        self.by_hand = findings.raise_by_hand(steps.scope(lead), site=self.site, **asked, **said)
        self.raised = steps.submitted(self.mda, edition, lead, _2_1_1="P").findings.get(rule="partly_met")
        Finding.objects.filter(pk=self.raised.pk).update(state="plan_due", plan_by=make.days_ago(3))
        self.assessing, self.own_piece = self.self_assessed(lead, submit=False)
        self.assessed_audit, self.sent_file = self.self_assessed(lead, submit=True)
        self.own_site = self.assessing.sites.get()
        day = dt.time(9), dt.time(10)
        self.visit = stage1.add_visit(
            steps.scope(lead), self.audit, site=self.site, on=self.audit.starts_on, starts=day[0], ends=day[1], activity=f"Walk {self.mark}"
        )
        self.programme_line = ProgrammeLine.objects.create(
            programme=self.house.programme, organisation=self.mda, state="dropped", suggested_position=1, position=1,
            risk={"points": "0", "parts": []}, reason=f"Said {self.mark}",
        )  # fmt: skip
        self.programme_year = "2026-27"
        sites = {"rule": {"bands": [10, 30], "random_share": "0.25"}, "frame": [], "chosen": [], "drawn_at": clock.now()}
        self.sample = SiteSample.objects.create(audit=self.audit, seed=f"seed {self.mark}", **sites)
        asked = {"organisation": self.mda, "scope_text": f"Services {self.mark}", "contact": f"Contact {self.mark}"}
        self.application = Application.objects.create(**asked, state="sent", applied_at=clock.now())
        self.application_draft = Application.objects.create(**asked, centre=self.centre)
        self.engagement = Engagement.objects.create(
            user=lead.user, organisation=self.house.elsewhere, kind="advised", during=make.since(make.days_ago(30)), note=f"Advised {self.mark}",
            recorded_at=clock.now(),
        )  # fmt: skip
        self.measured = MeasuredFigure.objects.create(
            organisation=self.mda, kind="csi", quarter_end=clock.quarter_end(make.days_ago(100)), value="0.9", n=10,
            source=f"Survey {self.mark}", recorded_at=clock.now(),
        )  # fmt: skip
        self.note, self.photo = self.site.evidence.filter(kind="observation").first(), self.site.evidence.get(kind="file")

    def self_assessed(self, lead, submit):
        """An audit whose MDA assesses itself, with a file; (audit, file)."""
        audit, champion = steps.plan(self.mda, self.house.edition, lead), steps.scope(self.hats[Role.SERVICE_CHAMPION])
        steps.declare(audit, lead)
        selfassessment.begin(steps.SYSTEM, audit)
        site = audit.sites.get()
        for number, element in enumerate(steps.elements(site).values()):
            file = Piece("file", upload=ContentFile(PHOTO, name=f"own {self.mark}.png"))
            selfassessment.rate(champion, site=site, element=element, value="M", note=f"We do {self.mark}", pieces=() if number else (file,))
        if submit:
            selfassessment.submit(champion, audit)
        audit.refresh_from_db()
        return audit, audit.submitted_evidence.get()

    def staff_return(self):
        roster = Roster.objects.create(
            organisation=self.mda,
            as_at=clock.today(),
            file="rosters/staff.csv",
            file_name=f"staff {self.mark}.csv",
            sha256="0" * 64,
            headings=["Surname"],
            state=Roster.State.READ,
            rows=1,
            rejected=1,
            uploaded_by=self.hats[Role.HR_OFFICER].user,
            uploaded_at=clock.now(),
        )
        RosterRow.objects.create(roster=roster, line=2, outcome="rejected", cells=[f"Otieno {self.mark}"])
        return roster

    def register(self):
        """Transfers asked of the MDA, by it, and disputed; someone whom a return left out; days on which one is excused."""
        elsewhere = self.house.elsewhere
        leaves, leaving, comes = (
            make.officer(mda, f"{name} {self.mark}", "Barasa") for mda, name in ((self.mda, "Otieno"), (self.mda, "Naliaka"), (elsewhere, "Cherop"))
        )
        self.asked = make.transfer(leaves, elsewhere)
        self.disputed = make.transfer(leaving, elsewhere, state="disputed", reason=f"Paid here {self.mark}")
        self.wanted = make.transfer(comes, self.mda)
        self.leaver = PossibleLeaver.objects.create(roster=self.roster, officer=leaves, organisation=self.mda)
        self.excusal = Excusal.objects.create(officer=leaves, reason="study_leave", during=make.since(make.days_ahead(10)))

    def failed_notice(self):
        outbox.queue(key=f"house:{self.key}", to=self.officer.email, subject=f"To {self.officer}", body="…", about=self.officer)
        notice = Notice.objects.get(key=f"house:{self.key}")
        Notice.objects.filter(pk=notice.pk).update(state=Notice.State.FAILED)
        return notice

    def token(self, role):
        expires = make.at(make.days_ahead(30))
        return ApiToken.objects.create(
            membership=self.hats[role], name=f"token {self.mark}", digest=f"{self.key}-{role}", expires_at=expires
        )


class House:
    def __init__(self):
        self.edition = steps.published_edition()
        self.draft = Edition.objects.get(state=Edition.State.DRAFT)
        self.old_element = Element.objects.of(self.edition).first()
        self.requirement = make.requirement()
        self.rules()
        self.target = make.target()
        self.programme = AuditProgramme.objects.create(financial_year="2026/27", state="adopted", weights={})
        self.holiday = Holiday.objects.create(day=make.days_ahead(400), name="A day", authority="Notice 1")
        for code, _name in make.CADRES:
            make.cadre(code)
        self.ministry = make.organisation("MIN", "Ministry above both", "ministry")
        self.elsewhere = make.organisation("ELSE", "State Department elsewhere")
        self.ours = Side(self, "ours", "Livestock", "")
        self.theirs = Side(self, "theirs", "Immigration", MARKER)
        self.framework()
        self.calibration, self.drafted_case = (
            Calibration.objects.create(title=title, edition=self.edition, state=state) for title, state in (("A case", "open"), ("A draft", "draft"))
        )
        self.today = clock.today()
        self.clients = {role: self.client(hat) for role, hat in self.ours.hats.items()}
        self.clients[PUBLIC] = Client()
        self.clients[SIGNED_IN] = self.client(user=make.user("nobody@example.org", "No Role"))

    def framework(self):
        """A draft of the next version of the course, a material of the version taught, a competency."""
        version, who = self.ours.version, self.ours.hats[Role.COORDINATOR]
        coordinator = Scope(user=who.user, membership=who)
        paper = ContentFile(b"A handout, invented.", name="handout.txt")
        self.material = materials.add(coordinator, version=version, title="Handout", file=paper)
        self.drafted = framework.draft_version(coordinator, course=version.course)
        self.competency = Competency.objects.create(code="C01", name="Service values", sequence=1)

    def rules(self):
        """A draft with a line, and a published change."""
        made = {"drafted_at": clock.now(), "authority": "Circular 4"}
        self.rules_draft = RequirementChange.objects.create(title="A draft of the rules", **made)
        self.rules_line = self.rules_draft.lines.create(act="end", requirement=self.requirement, ends_on=make.days_ahead(30))
        self.rules_published = RequirementChange.objects.create(title="Published rules", state="published", **made)

    @staticmethod
    def client(hat=None, user=None):
        client = Client()
        client.force_login(user or hat.user)
        if hat:
            session = client.session
            session["hat"] = hat.pk
            session.save()
        return client
