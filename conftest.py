"""Where no Chromium is installed, tests marked `browser` are not run, and the last line says so.

With REQUIRE_BROWSER=1 a missing browser is a failure.
"""

import os

import pytest

from tests import browser

not_run = []


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config, items):
    wanting = [item for item in items if item.get_closest_marker("browser")]
    if not wanting or browser.find():
        return
    if os.environ.get("REQUIRE_BROWSER", "0") not in ("", "0"):
        raise pytest.UsageError(f"REQUIRE_BROWSER is set, and there is no Chromium for {len(wanting)} of the tests.")
    not_run.extend(wanting)
    items[:] = [item for item in items if item not in wanting]
    config.hook.pytest_deselected(items=wanting)


def pytest_unconfigure(config):
    if not_run:
        files = sorted({item.path.name for item in not_run})
        print(f"\nNot run for want of Chromium: {len(not_run)} ({', '.join(files)}). To run them: apt-get install chromium")
