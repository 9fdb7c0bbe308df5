"""Saving one rating stays cheap, whatever the size of the sheet: PERFORMANCE P13."""

from . import steps

MOST = 8


def test_a_rating_is_saved_in_eight_queries(audit, site, amina, django_assert_max_num_queries):
    """Lock, team, elements, ratings, the rating, its trail row, the findings of the site and their elements."""
    steps.rate_all(amina, audit, _2_1_1="P")
    element = steps.elements(site)["1.1.1"]
    for base, value in ((1, "E"), (2, "M")):
        save = {
            "site": site,
            "element": element,
            "client_ref": value,
            "value": value,
            "justification": "Measured.",
            "base_revision": base,
        }
        with django_assert_max_num_queries(MOST + 2):  # a savepoint and its release: the test's own transaction
            steps.audits.record(steps.scope(amina), **save)
    assert site.ratings.get(element=element).revision == 3
