"""Agreement of auditors on one case, in pure figures."""

from fractions import Fraction

from standards.agreement import MINIMUM_AUDITORS, agreement, ordinal_alpha


def test_the_published_example_of_ordinal_alpha():
    """Krippendorff 2011, section E: four observers, twelve units, five ranks, missing values; there 0.815."""
    observers = [
        "1233214 12...".replace(" ", ""),
        "123322412 5.3".replace(" ", ""),
        ".33323422 51.".replace(" ", ""),
        "123324412 51.".replace(" ", ""),
    ]
    units = [[o[i] for o in observers if o[i] != "."] for i in range(12)]
    assert round(float(ordinal_alpha(units, "12345")), 3) == 0.815


def test_alpha_by_hand():
    """Two auditors, three elements: N N, M M, N M.

    Coincidences: N with N 2, M with M 2, N with M 1 each way. Totals: N 3, M 3, in all 6; P is never given.
    The distance of N and M: (3 + 0 + 3 - (3 + 3)/2) squared = 9. Seen to differ: 2 x 1 x 9 = 18. By chance: 2 x 3 x 3 x 9 = 162.
    alpha = 1 - (6 - 1) x 18 / 162 = 1 - 5/9 = 4/9.
    """
    assert ordinal_alpha([["N", "N"], ["M", "M"], ["N", "M"]], "NPME") == Fraction(4, 9)


def test_all_alike_over_several_ranks_is_one_and_nothing_to_compare_is_none():
    assert ordinal_alpha([["N"] * 3, ["M"] * 3, ["E"] * 3], "NPME") == 1
    assert ordinal_alpha([["M", "M"], ["M", "M"]], "NPME") is None
    assert ordinal_alpha([["M"], ["N"]], "NPME") is None


EXPECTED = {"1": "M", "2": "N", "3": "P", "4": "M", "5": "NA"}


def test_shares_by_auditor_and_by_element():
    """Amina: all five right. Brian: 2 and 4 right, 1 milder (E for M), 3 stricter (N for P), 5 neither; 9 is not asked."""
    found = agreement({"amina": EXPECTED, "brian": {"1": "E", "2": "N", "3": "N", "4": "M", "5": "M", "9": "M"}}, EXPECTED)
    assert found.by_auditor["amina"] == (5, 5, 0, 0)
    assert found.by_auditor["brian"] == (5, 2, 1, 1) and found.by_auditor["brian"].share == Fraction(2, 5)
    assert found.by_element["3"] == (2, 1, 1, 0) and found.values["5"] == {"NA": 1, "M": 1}
    assert found.overall == (10, 7, 1, 1)


def test_alpha_is_not_shown_of_too_few():
    few = {str(n): EXPECTED for n in range(MINIMUM_AUDITORS - 1)}
    assert agreement(few, EXPECTED).alpha is None
    assert agreement(few | {"one more": EXPECTED}, EXPECTED).alpha == 1
    assert agreement({}, EXPECTED).overall.share is None
