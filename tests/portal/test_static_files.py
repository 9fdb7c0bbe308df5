"""Static files as production serves them."""

import re
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.templatetags.static import static

from cse_portal.lib.static_files import HashedFiles

HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9]+$")  # as the service worker tells a file that never changes


def test_modules_name_the_modules_they_import_by_content(tmp_path):
    """A device that keeps the workspace or the register never holds parts of two versions."""
    source = FileSystemStorage(settings.BASE_DIR / "static")
    names = [
        str(path.relative_to(source.location))
        for app in ("standards", "training")
        for path in Path(source.location, app).glob("*.js")
    ]
    storage = HashedFiles(location=tmp_path, base_url="/static/")
    for name in names:
        storage.save(name, source.open(name))
    done = [
        made
        for _name, made, _changed in storage.post_process({name: (storage, name) for name in names})
        if HASHED.search(made or "")
    ]
    imported = [(made, found) for made in done for found in re.findall(r'from "(.+?)"', (tmp_path / made).read_text())]
    assert (
        len(imported) > 5 and "HASHED = /\\.[0-9a-f]{12}\\.[a-z0-9]+$/" in (settings.BASE_DIR / "templates/worker.js").read_text()
    )
    for made, found in imported:
        assert HASHED.search(found) and (tmp_path / made).parent.joinpath(found).exists()


def test_production_names_files_by_content():
    text = (settings.BASE_DIR / "cse_portal/settings.py").read_text()
    assert f"{HashedFiles.__module__}.{HashedFiles.__name__}" in text


def test_a_browser_that_asks_for_the_icon_by_its_old_name_is_sent_to_the_one_of_the_pages(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, static("cse_portal/icons/mark.svg"))
