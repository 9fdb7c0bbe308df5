"""The browser of the tests: where Chromium is, and how it is started."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def find():
    """Path of Chromium: installed, or fetched by Playwright; None where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    fetched = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    found = sorted(fetched.glob("chromium*/chrome-linux*/*"))
    return next((str(path) for path in found if path.name in ("chrome", "headless_shell")), None)
