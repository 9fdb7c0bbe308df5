"""Where no Chromium is installed, tests marked `browser` are not run, and the last line says so.

With REQUIRE_BROWSER=1 a missing browser is a failure.
"""

import os

import pytest
from hypothesis import settings

from tests import browser

# How hard properties are tried: `make test` quickly, `make test-all` with --hypothesis-profile=long. No time limit on one example:
# it would fail where the machine is busy.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("long", max_examples=500, deadline=None)
settings.load_profile("quick")

not_run = []


def pytest_configure():
    if os.environ.get("REQUIRE_BROWSER", "0") not in ("", "0") and not browser.find():
        raise pytest.UsageError("REQUIRE_BROWSER is set, and there is no Chromium: apt-get install chromium")


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config, items):
    wanting = [item for item in items if item.get_closest_marker("browser")]
    if not wanting or browser.find():
        return
    not_run.extend(item.path.name for item in wanting)
    items[:] = [item for item in items if item not in wanting]
    config.hook.pytest_deselected(items=wanting)


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # one of several processes: the process that began them tells
        session.config.workeroutput["not_run"] = not_run


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    not_run[:] = getattr(node, "workeroutput", {}).get("not_run", not_run)


def pytest_unconfigure(config):
    if not_run and not hasattr(config, "workeroutput"):
        files = ", ".join(sorted(set(not_run)))
        print(f"\nNot run for want of Chromium: {len(not_run)} ({files}). To run them: apt-get install chromium")
