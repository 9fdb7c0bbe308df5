"""The arithmetic of the Standard, worked by hand, at every boundary, and by properties."""

import csv
import json
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standards import scoring
from standards.scoring import Item, Measure, Rules, Share, lowest, na_limit, score_site

REFERENCE = Path(scoring.__file__).parent / "reference"
RULES = Rules.read(json.loads((REFERENCE / "rules.json").read_text()))
GOOD = {"csi": Measure((Decimal("0.90"),) * 4), "timeliness": Measure((Decimal("0.95"),) * 4)}


def sheet(*sizes, critical=(), weight=1):
    """sheet(11, 11): principles P1 and P2 with that many elements, each element a criterion of its own."""
    return [
        Item(f"{p}.{n}", f"{p}.{n}", f"P{p}", weight, f"{p}.{n}" in critical) for p, size in enumerate(sizes, 1) for n in range(1, size + 1)
    ]


def rate(items, value="M", **changes):
    """Every element the same, but for `_1_2="N"` and so on."""
    return {i.code: value for i in items} | {code[1:].replace("_", "."): v for code, v in changes.items()}


def level(items, ratings, **inputs):
    return score_site(items, ratings, RULES, **{"open_majors": 0, "measures": GOOD} | inputs).level


def failed(result, at):
    return {(c.check, c.about) for c in result.why if c.level == at and not c.passed}


def of_the_edition(place):
    with open(REFERENCE / "hseqs_elements.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if place in row["applies_to"].split(";")]
    return [Item(r["code"], r["criterion_code"], r["principle_code"], int(r["weight"]), r["critical"] == "true") for r in rows]


# Golden cases, worked by hand from the draft edition.
def test_the_41_head_office_elements_of_the_draft_edition():
    """41 elements weigh 50. 3.2.1 (critical, weight 2), 2.2.3 and 4.3.2 partly met, 1.1.1 not met, 5 exemplary."""
    items = of_the_edition("mda")
    assert len(items) == 41 and sum(i.weight for i in items) == 50 and sum(i.critical for i in items) == 8
    ratings = rate(items) | {"3.2.1": "P", "2.2.3": "P", "4.3.2": "P", "1.1.1": "N"} | dict.fromkeys(["2.1.1", "2.1.3", "3.1.2", "4.1.2", "5.4.2"], "E")
    result = score_site(items, ratings, RULES, plans_accepted={"3.2.1"})
    # Lost: 1 (3.2.1: half of 2) + 0.5 + 0.5 + 1 (1.1.1) = 3 of 50.
    assert result.score == Share(Decimal("47.0"), Decimal(50)) and result.score.percent == Decimal("94")
    # P1 has 8 (1 short), P2 10 (1), P3 10 (1), P4 7 (1), P5 6 (none).
    assert {code: (int(s.part), int(s.whole)) for code, s in result.implementation.items()} == {
        "P1": (7, 8), "P2": (9, 10), "P3": (9, 10), "P4": (6, 7), "P5": (6, 6),
    }
    assert result.exemplary == (5, 41) and (result.rated, result.of) == (41, 41)
    assert {(f.grade, f.rule, f.about) for f in result.findings} == {
        ("minor", "not_met", "1.1.1"), ("minor", "partly_met", "2.2.3"), ("minor", "partly_met", "3.2.1"), ("minor", "partly_met", "4.3.2"),
    }
    # All of Commended but for the critical element in part.
    assert result.level == "certified"
    assert failed(result, "commended") == {("critical_partly_met", "3.2.1")}
    assert score_site(items, ratings | {"3.2.1": "M"}, RULES).level == "commended"
    assert failed(score_site(items, ratings, RULES), "certified") == {("plans_accepted", "3.2.1")}


def test_a_critical_element_not_met_is_a_major_and_blocks():
    """The centre of the score sheet's example: 4.4.1 not met among 43."""
    items = of_the_edition("centre")
    assert len(items) == 43 and sum(i.critical for i in items) == 9
    result = score_site(items, rate(items) | {"4.4.1": "N"}, RULES)
    assert result.score == (51, 53) and result.level == scoring.NOT_YET
    assert [(f.grade, f.rule, f.about) for f in result.findings] == [("major", "critical_not_met", "4.4.1")]
    assert failed(result, "certified") == {("critical_not_met", "4.4.1"), ("open_majors", "")}


def test_a_perfect_head_office():
    items = of_the_edition("mda")
    everything = rate(items, "E")
    assert score_site(items, everything, RULES).level == "commended", "without satisfaction and timeliness, at most Commended"
    assert score_site(items, everything, RULES, measures=GOOD).level == "excellence"
    assert score_site(items, rate(items), RULES, measures=GOOD).level == "certified", "all met, none exemplary"


def test_half_points_cannot_hide_a_weak_principle():
    """Seven of eleven partly met give 68 % of the points, and 92 % overall, but 4 of 11 implemented."""
    items = sheet(11, 11, 11, 11)
    result = score_site(items, rate(items, **{f"_1_{n}": "P" for n in range(1, 8)}), RULES, open_majors=0)
    assert result.score.at_least("0.92") and result.implementation["P1"] == (4, 11)
    assert result.level == scoring.NOT_YET and failed(result, "certified") == {("implementation", "P1")}
    short = next(f for f in result.findings if f.rule == "principle_short")
    assert short == ("major", "principle_short", "P1", ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7")), "it names what is short"


# Each boundary of the table of levels.
@pytest.mark.parametrize(("short", "reached"), [(0, "excellence"), (1, "excellence"), (2, "commended"), (3, "certified"), (4, "not_yet")])
def test_implementation_in_each_principle_of_eleven(short, reached):
    """11 elements: at most 1 short for Excellence (90 %), 2 for Commended (80 %), 3 for Certified (70 %)."""
    items = sheet(11, 40)
    assert level(items, rate(items, "E", **{f"_1_{n}": "P" for n in range(1, short + 1)})) == reached


@pytest.mark.parametrize(
    ("size", "short", "reached"), [(10, 1, "excellence"), (10, 2, "commended"), (10, 3, "certified"), (10, 4, "not_yet"), (6, 1, "commended"), (6, 2, "not_yet")]
)
def test_the_percentages_rule_and_equal_is_enough(size, short, reached):
    items = sheet(size, 60)
    assert level(items, rate(items, "E", **{f"_1_{n}": "P" for n in range(1, short + 1)})) == reached


@pytest.mark.parametrize(
    ("lost", "reached"),
    [(5, "excellence"), (6, "commended"), (10, "commended"), (11, "certified"), (20, "certified"), (21, "not_yet")],
)
def test_overall_score(lost, reached):
    """100 elements in one principle weigh 100: N takes 1. Equal to the threshold is enough; one below is not.

    One element heavy enough to move the score alone keeps implementation out of the way."""
    heavy = Item("2.1", "2.1", "P2", lost)
    items = [Item(f"1.{n}", f"1.{n}", "P1", 1) for n in range(1, 100 - lost + 1)] + [heavy] + [Item(f"2.{n}", f"2.{n}", "P2", 0) for n in range(2, 41)]
    assert sum(i.weight for i in items) == 100
    assert level(items, rate(items, "E", _2_1="N")) == reached


@pytest.mark.parametrize(
    ("values", "plans", "reached"),
    [
        ("MM", 0, "excellence"), ("PM", 1, "certified"), ("PM", 0, "not_yet"), ("PP", 2, "certified"), ("PP", 1, "not_yet"),
        ("PPP", 3, "not_yet"), ("NM", 0, "not_yet"), ("NM", 2, "not_yet"), ("EE", 0, "excellence"),
    ],
)
def test_critical_elements(values, plans, reached):
    codes = [f"1.{n}" for n in range(1, len(values) + 1)]
    items = sheet(40, 60, critical=codes)
    ratings = rate(items, "E") | dict(zip(codes, values, strict=True))
    assert level(items, ratings, plans_accepted=codes[:plans]) == reached


@pytest.mark.parametrize(
    ("exemplary", "reached"), [(0, "certified"), (9, "certified"), (10, "commended"), (24, "commended"), (25, "excellence")]
)
def test_exemplary_share(exemplary, reached):
    items = sheet(50, 50)
    assert level(items, rate(items) | dict.fromkeys([i.code for i in items[:exemplary]], "E")) == reached


def test_four_exemplary_of_41_is_9_8_percent_and_not_ten():
    items = sheet(41)
    result = score_site(items, rate(items) | dict.fromkeys([i.code for i in items[:4]], "E"), RULES, open_majors=0)
    assert result.level == "certified" and round(result.exemplary.percent, 1) == Decimal("9.8")
    assert failed(result, "commended") == {("exemplary", "")}


@pytest.mark.parametrize(
    ("csi", "timeliness", "reached"),
    [
        ("0.90 0.90 0.90 0.90", "0.95 0.95 0.95 0.95", "excellence"),
        ("0.10 0.90 0.90 0.90 0.90", "0.95 0.95 0.95 0.95", "excellence"),  # only the last four quarters
        ("0.90 0.90 0.8999 0.90", "0.95 0.95 0.95 0.95", "commended"),
        ("0.90 0.90 0.90 0.90", "0.95 0.95 0.95 0.9499", "commended"),
        ("0.99 0.99 0.99", "0.95 0.95 0.95 0.95", "commended"),  # three quarters known
        ("0.90 0.90 0.90 0.90", "", "commended"),
    ],
)
def test_satisfaction_and_timeliness_for_four_quarters(csi, timeliness, reached):
    items = sheet(20)
    measures = {"csi": Measure(tuple(map(Decimal, csi.split()))), "timeliness": Measure(tuple(map(Decimal, timeliness.split())))}
    assert level(items, rate(items, "E"), measures=measures) == reached


@pytest.mark.parametrize("majors", [1, 3])
def test_an_open_major_blocks_every_level(majors):
    items = sheet(20)
    result = score_site(items, rate(items, "E"), RULES, open_majors=majors, measures=GOOD)
    assert result.level == scoring.NOT_YET and failed(result, "certified") == {("open_majors", "")}


def test_nothing_is_rounded_before_it_is_judged():
    """6,999 of 10,000 implemented shows as 70.0 % and is below 70 %."""
    items = sheet(10000, 100000)
    almost = rate(items, "E") | dict.fromkeys([f"1.{n}" for n in range(1, 3002)], "P")
    result = score_site(items, almost, RULES, open_majors=0, measures=GOOD)
    assert round(result.implementation["P1"].percent, 1) == 70 and result.level == scoring.NOT_YET
    assert level(items, almost | {"1.1": "M"}) == "certified"
    assert Share(Decimal(2), Decimal(3)).at_least("0.66") and not Share(Decimal(2), Decimal(3)).at_least("0.666666666666666666666666666666667")


# Findings by rule.
def test_two_not_met_in_one_criterion_are_one_major():
    items = [Item(f"1.1.{n}", "1.1", "P1") for n in range(1, 11)]
    result = score_site(items, rate(items) | {"1.1.1": "N", "1.1.2": "N", "1.1.3": "P"}, RULES)
    assert list(result.findings) == [
        ("major", "criterion_not_met", "1.1", ("1.1.1", "1.1.2")), ("minor", "partly_met", "1.1.3", ("1.1.3",)),
    ]
    assert result.level == scoring.NOT_YET


def test_every_reason_of_a_level_is_told():
    items = sheet(11, 11, critical=["1.1"])
    result = score_site(items, rate(items, "N"), RULES)
    told = {c.check for c in result.why if c.level == "certified"}
    assert told == {"implementation", "score", "critical_not_met", "critical_partly_met", "plans_accepted", "open_majors"}
    assert {c.check for c in result.why if c.level == "excellence"} == told - {"plans_accepted"} | {"exemplary", "csi", "timeliness"}
    assert not any(c.passed for c in result.why if c.check in ("implementation", "score", "critical_not_met"))


# Not applicable.
def test_what_stops_a_sheet_from_being_submitted():
    items = sheet(41, critical=["1.1"])
    assert na_limit(items, RULES) == 4
    assert [na_limit(sheet(n), RULES) for n in (9, 10, 19, 20)] == [0, 1, 1, 2], "a tenth, never rounded up"
    four = rate(items, _1_2="NA", _1_3="NA", _1_4="NA", _1_5="NA")
    codes = ("1.2", "1.3", "1.4", "1.5")
    assert scoring.incomplete(items, four, RULES, na_approved=codes) == []
    assert scoring.incomplete(items, four, RULES, na_approved=codes[1:]) == [("na_unapproved", ("1.2",))]
    assert scoring.incomplete(items, four | {"1.6": "NA"}, RULES, na_approved=(*codes, "1.6")) == [("na_too_many", (*codes, "1.6"))]
    assert scoring.incomplete(items, rate(items, _1_1="NA"), RULES, na_approved=["1.1"]) == [("na_critical", ("1.1",))]
    del four["1.41"]
    assert ("unrated", ("1.41",)) in scoring.incomplete(items, four, RULES, na_approved=codes)


def test_a_rating_that_the_sheet_does_not_have_is_an_error():
    with pytest.raises(ValueError):
        score_site(sheet(2), {"9.9": "M"}, RULES)
    with pytest.raises(ValueError):
        score_site(sheet(2), {"1.1": "X"}, RULES)


def test_nothing_rated_certifies_nothing():
    result = score_site(sheet(3), {}, RULES, measures=GOOD)
    assert result.level == scoring.NOT_YET and result.score.percent is None and result.findings == ()


def test_a_certificate_has_the_lowest_level_of_its_sites():
    order = ["not_yet", "certified", "commended", "excellence"]
    for a, b in product(order, order):
        assert lowest([a, b], RULES) == order[min(order.index(a), order.index(b))]
    assert lowest([], RULES) == "not_yet", "without a site nothing is certified"
    assert [scoring.stars(code, RULES) for code in order] == [0, 3, 4, 5]


def test_the_stored_result_reads_back_the_same():
    items = of_the_edition("mda")
    result = score_site(items, rate(items) | {"3.2.1": "N", "1.1.1": "N", "1.1.2": "N"}, RULES, measures=GOOD)
    assert scoring.Result.from_json(json.loads(json.dumps(result.as_json()))) == result


# Properties.
@st.composite
def audits(draw):
    size = draw(st.integers(1, 24))
    items = [
        Item(f"{n:02}", f"C{draw(st.integers(1, 6))}", f"P{draw(st.integers(1, 4))}", draw(st.integers(1, 3)), draw(st.booleans())) for n in range(size)
    ]
    values = draw(st.lists(st.sampled_from(["N", "P", "M", "M", "M", "E", "E", "NA"]), min_size=size, max_size=size))
    ratings = {i.code: v for i, v in zip(items, values, strict=True)}
    plans = draw(st.sets(st.sampled_from([i.code for i in items])))
    return items, ratings, plans


@given(audits(), st.randoms())
def test_order_does_not_matter(audit, random):
    items, ratings, plans = audit
    shuffled, other = list(items), list(ratings.items())
    random.shuffle(shuffled)
    random.shuffle(other)
    assert score_site(shuffled, dict(other), RULES, plans_accepted=plans) == score_site(items, ratings, RULES, plans_accepted=plans)


@given(audits(), st.booleans(), st.integers(1, 3))
def test_not_applicable_is_neutral(audit, critical, weight):
    """An element that does not apply changes neither figure, level nor finding."""
    items, ratings, plans = audit
    before = score_site(items, ratings, RULES, plans_accepted=plans)
    after = score_site([*items, Item("99", "C1", "P1", weight, critical)], ratings | {"99": "NA"}, RULES, plans_accepted=plans)
    assert (after.score, after.level, after.findings, after.exemplary) == (before.score, before.level, before.findings, before.exemplary)
    judged = {c.about for c in after.why if c.check == "implementation"}
    assert judged == {c for c, s in after.implementation.items() if s.whole}, "a principle to which nothing applies is not judged"
    assert {c: s for c, s in after.implementation.items() if s.whole} == {c: s for c, s in before.implementation.items() if s.whole}


@given(audits())
def test_shares_stay_between_nothing_and_everything(audit):
    items, ratings, plans = audit
    result = score_site(items, ratings, RULES, plans_accepted=plans)
    for share in (result.score, result.exemplary, *result.implementation.values()):
        assert 0 <= share.part <= share.whole
        assert share.percent is None or 0 <= share.percent <= 100
    assert sum(sum(c.values()) for c in result.counts.values()) == len(items) == result.rated
    assert result.majors == 0 or result.level == scoring.NOT_YET
    assert sorted({code for f in result.findings for code in f.elements}) == sorted(c for c, v in ratings.items() if v in "NP")


@given(audits(), st.data())
def test_a_better_rating_never_hurts(audit, data):
    """Lifting one element (N to P to M to E) lowers no figure and no level, and raises no major."""
    items, ratings, plans = audit
    plans = {i.code for i in items} if data.draw(st.booleans()) else set()  # a plan comes with the rating it is for
    liftable = [c for c, v in ratings.items() if v in ("N", "P", "M")]
    if not liftable:
        return
    code = data.draw(st.sampled_from(liftable))
    better = data.draw(st.sampled_from("NPME"["NPME".index(ratings[code]) + 1 :]))
    order = ["not_yet", "certified", "commended", "excellence"]
    a = score_site(items, ratings, RULES, plans_accepted=plans, measures=GOOD)
    b = score_site(items, ratings | {code: better}, RULES, plans_accepted=plans, measures=GOOD)
    assert b.score.part >= a.score.part and b.majors <= a.majors and order.index(b.level) >= order.index(a.level)
    assert all(b.implementation[p].part >= a.implementation[p].part for p in a.implementation)


@given(audits(), st.data())
def test_a_better_rating_raises_no_finding_of_an_element_higher(audit, data):
    """Every element that a finding names afterwards was named by one of that grade or a worse one before."""
    items, ratings, _plans = audit
    liftable = [c for c, v in ratings.items() if v in ("N", "P")]
    if not liftable:
        return
    code = data.draw(st.sampled_from(liftable))
    better = data.draw(st.sampled_from("NPM"["NPM".index(ratings[code]) + 1 :]))

    def worst(result):
        grades = {}
        for finding in result.findings:
            for named in finding.elements:
                grades[named] = max(grades.get(named, 0), 2 if finding.grade == "major" else 1)
        return grades

    before, after = worst(score_site(items, ratings, RULES)), worst(score_site(items, ratings | {code: better}, RULES))
    assert all(grade <= before[named] for named, grade in after.items())


def by_the_table(items, ratings, plans, majors, known):
    """The level as the table of the Standard says it, in whole numbers: nothing shared with the code under test."""
    rated = [(i, ratings[i.code]) for i in items if ratings[i.code] != "NA"]
    twice = {"E": 2, "M": 2, "P": 1, "N": 0}
    points, weight = sum(i.weight * twice[v] for i, v in rated), 2 * sum(i.weight for i, _v in rated)
    groups = [[v in "EM" for i, v in rated if i.principle == p] for p in {i.principle for i, _v in rated}]
    critical = [(i.code, v) for i, v in rated if i.critical]
    in_part = [code for code, v in critical if v == "P"]
    exemplary = sum(v == "E" for _i, v in rated)
    if not rated or majors or any(v == "N" for _c, v in critical):
        return "not_yet"
    reached = "not_yet"
    for name, floor, score, share, most in (("certified", 70, 80, 0, 2), ("commended", 80, 90, 10, 0), ("excellence", 90, 95, 25, 0)):
        if not all(100 * sum(group) >= floor * len(group) for group in groups) or 100 * points < score * weight:
            return reached
        if 100 * exemplary < share * len(rated) or len(in_part) > most or not set(in_part) <= set(plans):
            return reached
        if name == "excellence" and not known:
            return reached
        reached = name
    return reached


@given(audits(), st.integers(0, 1), st.booleans())
def test_the_level_is_what_the_table_says(audit, majors, known):
    items, ratings, plans = audit
    result = score_site(items, ratings, RULES, plans_accepted=plans, open_majors=majors, measures=GOOD if known else None)
    assert result.level == by_the_table(items, ratings, plans, majors, known)


@given(st.integers(1, 400), st.integers(0, 400), st.sampled_from([70, 80, 90]))
def test_a_share_is_compared_as_it_is_not_as_it_is_shown(whole, part, floor):
    part = min(part, whole)
    assert Share(Decimal(part), Decimal(whole)).at_least(Decimal(floor) / 100) == (100 * part >= floor * whole)


# Why every figure is what it is.
@given(audits())
def test_the_lines_of_the_elements_add_up_to_the_score(audit):
    items, ratings, _plans = audit
    told = list(scoring.lines(items, ratings, RULES))
    assert [line.item for line in told] == items
    counted = [line for line in told if line.counted is not None]
    assert score_site(items, ratings, RULES).score == (sum(line.counted for line in counted), sum(line.of for line in counted))
    assert {line.item.code for line in told if line.counted is None} == {code for code, value in ratings.items() if value == "NA"}


def test_a_correction_lifts_the_score_by_what_it_is_worth():
    """Ten elements, weights 1 but 2 for 1.1. 1.1 N and 1.2 P: 11 - 2 - 0.5 = 8.5 of 11. 1.1 lifted to P: 9.5; to M: 10.5; 1.2 to M: 11."""
    items = [Item("1.1", "1.1", "P1", 2), *sheet(10)[1:]]
    submitted = rate(items, _1_1="N", _1_2="P")
    scores = [score_site(items, submitted | lifted, RULES).score.part for lifted in ({}, {"1.1": "P"}, {"1.1": "M"}, {"1.1": "M", "1.2": "M"})]
    assert scores == [Decimal("8.5"), Decimal("9.5"), Decimal("10.5"), Decimal("11")]


def test_one_weak_site_is_not_bought_off_by_a_strong_one():
    """Two sites of ten: 10 E, and 7 M with 3 P. Together they would have 85 % implemented; the certificate takes the lower, Certified."""
    items = sheet(10)
    strong, weak = score_site(items, rate(items, "E"), RULES), score_site(items, rate(items, _1_1="P", _1_2="P", _1_3="P"), RULES)
    assert (strong.level, weak.level) == ("commended", "certified")
    assert weak.score == (Decimal("8.5"), 10) and lowest([strong.level, weak.level], RULES) == "certified"


def test_the_rules_are_data():
    """Another edition may ask for more; nothing is in the code."""
    items = sheet(10)
    stricter = replace(RULES, levels=(replace(RULES.levels[0], score=Decimal("0.99")),), findings={})
    result = score_site(items, rate(items, _1_1="P"), stricter, open_majors=0)
    assert result.level == scoring.NOT_YET and result.findings == () and {c.level for c in result.why} == {"certified"}


def test_a_level_holds_only_above_those_before_it():
    """Certified asks one thing more than Commended does: whoever does not have it reaches neither."""
    items = sheet(10)
    upside_down = replace(RULES, levels=(replace(RULES.levels[0], exemplary=Decimal("0.30")), RULES.levels[1]))
    assert score_site(items, rate(items, _1_1="E"), RULES).level == "commended"
    assert score_site(items, rate(items, _1_1="E"), upside_down).level == scoring.NOT_YET
