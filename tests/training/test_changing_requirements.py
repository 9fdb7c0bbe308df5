"""Rules of who must be trained: drafted, tried, published, undone; their effect is told before it happens."""

import datetime as dt

import pytest

from centres.models import ReportingLine
from cse_portal.lib.errors import Refused
from tests import factories as make
from training.compliance import spans, status
from training.models import Requirement, RequirementChange
from training.services import requirements, rule_effect

pytestmark = pytest.mark.django_db
TODAY = make.days_ago(0)


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


@pytest.fixture
def frontline(db):
    return make.cadre("FRT"), make.version().course


def drafted(actor, title="Frontline must be trained"):
    return requirements.draft(actor, title=title, authority="HOPS circular 4 of 2026")


def require(actor, change, frontline, first=TODAY, until=None, place=None, days=90):
    cadre, course = frontline
    return requirements.require(
        actor, change=change, cadre=cadre, course=course, organisation=place, first=first, until=until, due_within_days=days
    )


def published(actor, change):
    requirements.publish(actor, change=change)
    requirements.apply(change.pk)
    change.refresh_from_db()
    return change


def status_of(officer, on=TODAY):
    return status.of_officers([officer.pk], on)[officer.pk].status


def test_a_rule_is_tried_then_published_and_the_effect_was_told(esther, frontline, wanjiru, hassan, dairy_board):
    below = make.officer(dairy_board, "Achieng")
    change = drafted(esther)
    require(esther, change, frontline, place=dairy_board)
    spans.rebuild()
    change = requirements.preview(esther, change=change)
    assert change.preview["kind"] == "exact" and change.preview["of"] == 1
    assert rule_effect.measures(change.preview["cells"]) == {"newly": 1, "overdue": 0, "no_longer": 0, "changed": 1}
    assert status_of(below) == "not_required"  # a preview changes nothing
    change = published(esther, change)
    assert (change.state, change.applied, change.officers) == ("published", 1, 1)
    assert (status_of(below), status_of(wanjiru), status_of(hassan)) == ("due", "not_required", "not_required")
    assert Requirement.objects.get().authority == "HOPS circular 4 of 2026"


def test_the_rule_follows_the_tree_as_it_was_on_the_day(esther, frontline, livestock, immigration):
    moving = make.organisation("KVB", "Kenya Veterinary Board")
    ReportingLine.objects.create(organisation=moving, parent=livestock, during=make.since(make.days_ago(10)))
    officer = make.officer(moving)
    change = drafted(esther)
    require(esther, change, frontline, first=make.days_ago(100), place=livestock)
    published(esther, change)
    assert status_of(officer, make.days_ago(11)) == "not_required"
    assert status_of(officer, make.days_ago(10)) == "due"


def test_from_the_first_day_and_not_before(esther, frontline, wanjiru):
    change = drafted(esther)
    require(esther, change, frontline, first=make.days_ahead(30), days=0)
    spans.rebuild()
    change = requirements.preview(esther, change=change)
    assert change.preview["on"] == str(make.days_ahead(30))
    assert rule_effect.measures(change.preview["cells"])["overdue"] == 1
    published(esther, change)
    assert status_of(wanjiru, make.days_ahead(29)) == "not_required"
    assert status_of(wanjiru, make.days_ahead(30)) == "overdue"


def test_a_new_edition_keeps_the_grace_that_has_run(esther, frontline, wanjiru):
    rule = make.requirement(due_within_days=1000)
    spans.rebuild()
    change = drafted(esther, "Less time")
    requirements.new_edition(esther, change=change, requirement=rule, on=TODAY, due_within_days=90)
    change = requirements.preview(esther, change=change)
    assert rule_effect.measures(change.preview["cells"]) == {"newly": 0, "overdue": 1, "no_longer": 0, "changed": 1}
    published(esther, change)
    rule.refresh_from_db()
    assert rule.in_force.upper == TODAY and status_of(wanjiru, make.days_ago(1)) == "due" and status_of(wanjiru) == "overdue"


def test_undoing_restores_what_was(esther, frontline, wanjiru):
    rule = make.requirement()
    spans.rebuild()
    change = drafted(esther, "No longer")
    requirements.end(esther, change=change, requirement=rule, on=TODAY)
    change = requirements.preview(esther, change=change)
    assert rule_effect.measures(change.preview["cells"])["no_longer"] == 1
    published(esther, change)
    assert status_of(wanjiru) == "not_required"
    requirements.undo(esther, change=change, reason="Signed by mistake")
    requirements.apply(change.pk)
    change.refresh_from_db()
    rule.refresh_from_db()
    assert change.state == "undone" and rule.in_force.upper is None and status_of(wanjiru) == "overdue"


def test_an_added_rule_undone_is_in_force_on_no_day(esther, frontline, wanjiru):
    change = drafted(esther)
    require(esther, change, frontline)
    published(esther, change)
    assert status_of(wanjiru) == "due"
    requirements.undo(esther, change=change, reason="Too early")
    requirements.apply(change.pk)
    assert Requirement.objects.get().in_force.isempty and status_of(wanjiru) == "not_required"


def test_what_a_later_change_has_built_upon_is_not_undone(esther, frontline, wanjiru):
    first = drafted(esther, "First")
    require(esther, first, frontline)
    published(esther, first)
    second = drafted(esther, "Second")
    requirements.end(esther, change=second, requirement=Requirement.objects.get(), on=make.days_ahead(10))
    published(esther, second)
    with pytest.raises(Refused, match="Second") as refusal:
        requirements.undo(esther, change=first, reason="Wrong")
    assert refusal.value.code == "built_upon"


def test_discarded_drafts_change_nothing(esther, frontline, wanjiru):
    change = drafted(esther)
    require(esther, change, frontline)
    requirements.discard(esther, change=change)
    with pytest.raises(Refused, match="discarded"):
        requirements.publish(esther, change=change)
    assert not Requirement.objects.exists()


@pytest.mark.parametrize(
    "given, code",
    [
        ({"until": TODAY}, "dates"),
        ({"until": make.days_ago(1)}, "dates"),
        ({"days": 3651}, "due_within_days"),
        ({"days": -1}, "due_within_days"),
        ({"first": make.days_ago(3), "until": make.days_ahead(1)}, "duplicate"),
    ],
)
def test_refused(esther, frontline, given, code):
    make.requirement(in_force=make.since(TODAY))
    with pytest.raises(Refused) as refusal:
        require(esther, drafted(esther), frontline, **given)
    assert refusal.value.code == code


def test_days_that_only_touch_are_no_duplicate_and_nor_is_another_place(esther, frontline, livestock):
    make.requirement(in_force=make.since(TODAY))
    change = drafted(esther)
    require(esther, change, frontline, first=make.days_ago(9), until=TODAY)
    require(esther, change, frontline, place=livestock)
    with pytest.raises(Refused, match="already"):
        require(esther, change, frontline, place=livestock, first=make.days_ahead(5))
    assert change.lines.count() == 2


def test_a_course_without_a_version_published_by_then(esther, frontline):
    cadre, course = frontline
    course.versions.update(published_on=make.days_ahead(10))
    with pytest.raises(Refused, match="no version published"):
        require(esther, drafted(esther), frontline)
    require(esther, drafted(esther), frontline, first=make.days_ahead(10))


def test_two_drafts_of_the_same_rule_cannot_both_be_published(esther, frontline):
    one, other = drafted(esther, "One"), drafted(esther, "Other")
    require(esther, one, frontline)
    require(esther, other, frontline)
    published(esther, one)
    with pytest.raises(Refused) as refusal:
        requirements.publish(esther, change=other)
    assert refusal.value.code == "duplicate"


def test_one_change_at_a_time_and_dashboards_know(esther, frontline, livestock, wanjiru):
    one, other = drafted(esther, "One"), drafted(esther, "Other")
    require(esther, one, frontline)
    require(esther, other, frontline, place=livestock)
    assert requirements.being_applied() is None
    requirements.publish(esther, change=one)
    assert (requirements.being_applied().applied, requirements.being_applied().officers) == (0, 1)
    with pytest.raises(Refused) as refusal:
        requirements.publish(esther, change=other)
    assert refusal.value.code == "busy"
    requirements.apply(one.pk)
    assert requirements.being_applied() is None


def test_a_job_whose_worker_died_is_taken_up_where_it_was_left(esther, frontline, livestock, monkeypatch):
    officers = [make.officer(livestock, f"Officer{n}") for n in range(5)]
    change = drafted(esther)
    require(esther, change, frontline)
    requirements.publish(esther, change=change)
    real, calls = requirements.spans.refresh, []

    def dies(ids):
        if calls:
            raise SystemExit
        calls.append(ids)
        return real(ids)

    monkeypatch.setattr(requirements.spans, "refresh", dies)
    with pytest.raises(SystemExit):
        requirements.apply(change.pk, officers=2)
    change.refresh_from_db()
    assert (change.state, change.applied) == ("publishing", 2)
    requirements.apply(change.pk)  # the claim of the dead worker has not lapsed
    monkeypatch.setattr(requirements.spans, "refresh", real)
    assert requirements.waiting() == ([], [])
    RequirementChange.objects.update(claimed_at=make.at(make.days_ago(1)))
    assert requirements.waiting() == ([change.pk], [])
    requirements.apply(change.pk, officers=2)
    change.refresh_from_db()
    assert (change.state, change.applied) == ("published", 5)
    assert {status_of(o) for o in officers} == {"due"}


def test_a_sample_says_its_error_and_the_exact_count_follows(esther, frontline, livestock, immigration, monkeypatch):
    monkeypatch.setattr(rule_effect, "FEW", 40)
    monkeypatch.setattr(rule_effect, "LEAST", 20)
    monkeypatch.setattr(rule_effect, "CHUNK", 30)
    for place in (livestock, immigration):
        for n in range(40):
            held = make.officer(place, f"Officer{n}")
            if n % 4 == 0:
                make.completion(held)
    spans.rebuild()
    change = drafted(esther)
    require(esther, change, frontline)
    change = requirements.preview(esther, change=change)
    sampled = change.preview
    assert sampled["kind"] == "sampled" and sampled["of"] == 80 and sampled["looked"] == 40
    assert sum(n for *_cell, n in sampled["cells"]) == pytest.approx(80)
    assert abs(rule_effect.measures(sampled["cells"])["newly"] - 60) <= 3 * sampled["error"]["newly"] + 1
    assert requirements.waiting() == ([], [change.pk])
    requirements.count_exactly(change.pk)
    change.refresh_from_db()
    assert change.preview["kind"] == "exact" and change.counted is None
    assert rule_effect.measures(change.preview["cells"])["newly"] == 60
    assert requirements.waiting() == ([], [])


def test_an_altered_draft_forgets_its_preview(esther, frontline, wanjiru):
    change = drafted(esther)
    line = require(esther, change, frontline)
    requirements.preview(esther, change=change)
    requirements.remove(esther, change=change, line=line)
    change.refresh_from_db()
    assert change.preview == {} and change.previewed_at is None
    with pytest.raises(Refused):
        requirements.preview(esther, change=change)


@pytest.mark.parametrize("who", ["hops", "grace", "principal_secretary", "kiprono"])
def test_only_coordinators_and_administrators_change_rules(who, request, scope_of, esther, frontline):
    actor = scope_of(request.getfixturevalue(who))
    change = drafted(esther)
    require(esther, change, frontline)
    for act in (
        lambda: requirements.draft(actor, title="Mine"),
        lambda: requirements.publish(actor, change=change),
        lambda: requirements.discard(actor, change=change),
        lambda: requirements.preview(actor, change=change),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "not_allowed"


def test_dates_of_a_rule_survive_a_round_trip():
    assert rule_effect._range_text(make.DateRange(dt.date(2026, 1, 1), None)) == "[2026-01-01,)"
