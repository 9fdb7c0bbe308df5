"""Every page in Kiswahili on a telephone; a file of its own, so that two processes share what takes longest."""

import pytest

from tests.axe import of_every_page

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.slow]


def test_every_page_in_kiswahili_on_a_telephone():
    faults = of_every_page("sw", 390)
    assert not faults, "\n".join(faults)
