"""One mail a week tells an HR officer what waits, however much it is."""

import datetime as dt

import pytest

from centres.access import Scope
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from cse_portal.oversight.services import digest
from tests import factories as make
from training.models import Enrolment, SeatRequest
from training.services import reminders

pytestmark = pytest.mark.django_db
WEEK = Scope.system_task("week")


def test_one_mail_a_week_says_what_waits(grace, odhiambo, livestock, immigration, wanjiru, learner):
    make.requirement()
    for n in range(15):
        make.officer(livestock, f"Officer{n}", "Barasa")  # overdue
    make.completion(make.officer(livestock, "Soon", "Barasa"), until=make.days_ahead(40))
    make.completion(make.officer(immigration, "Elsewhere", "Barasa"), until=make.days_ahead(40))
    cohort = make.cohort()
    make.seat(cohort, make.officer(livestock, "Nominated", "Barasa"), "nominated")
    waits = make.officer(livestock, "Waits", "Barasa")
    Enrolment.objects.create(
        cohort=cohort, officer=waits, organisation=livestock, state="waitlisted", enrolled_at=clock.now(), queued_at=clock.now()
    )
    SeatRequest.objects.create(cohort=cohort, officer=wanjiru, asked_at=clock.now())
    monday = clock.today() - dt.timedelta(days=clock.today().weekday())
    for day in range(7):
        digest.send(WEEK, monday + dt.timedelta(days=day))
        reminders.remind(WEEK, clock.today())
    mail = Notice.objects.get(to=grace.user.email)
    for sentence in (
        "What waits for you:",
        "Expire within three months: 1",
        "Nominations that wait for approval: 1",
        "On waiting lists: 1",
        "Officers who ask for a seat: 1",
    ):
        assert sentence in mail.body
    other = Notice.objects.get(to=odhiambo.user.email).body
    assert "Expire within three months: 1" in other and "On waiting lists" not in other
