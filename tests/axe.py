"""Pages as a browser shows them: axe finds nothing (WCAG 2.2 AA), nothing breaks the content security policy, and no page scrolls
sideways on a screen 360 px wide. Pages are taken first, then shown to Chromium without a server."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from centres.models import Role
from tests import browser
from tests.house import House
from tests.routes import ROUTES
from tests.walk import DOORS, HATS, ask, facts, methods

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PICTURE = re.compile(r'<img[^>]* src="(/(?!static/)[^"]+)"')
ADDRESS = "http://portal.test"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
# Where pages differ most by reader; each route is looked at by the first of these who may.
READERS = [Role.HR_OFFICER, Role.COORDINATOR, Role.AUDITOR, Role.SECRETARIAT, Role.HOPS, Role.ADMINISTRATOR, Role.TRAINER]


def answer_static(route):
    path = urlsplit(route.request.url).path
    file = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
    if file is None:
        route.fulfill(status=404, body="")
    else:
        route.fulfill(body=Path(file).read_bytes(), content_type=TYPES.get(Path(file).suffix, "application/octet-stream"))


def pictures_of(house, role, html):
    """{address: (body, media type)} of the pictures on a page that are not static, as its reader is served them."""
    found = {}
    for address in PICTURE.findall(html):
        response, _ = ask(house, role, "get", address)
        if response.status_code == 200:
            found[address] = (b"".join(response.streaming_content), response["Content-Type"])
    return found


def answer_page(html, policy):
    headers = {"content-security-policy": policy, "content-type": "text/html; charset=utf-8"}
    return lambda route: route.fulfill(body=html, headers=headers)


def answer_picture(body, kind):
    return lambda route: route.fulfill(body=body, content_type=kind)


def faults_of(pages, width=1280, pictures=None):
    """Sentences on what axe, the browser's console and a narrow screen find. `pages`: {name: (path, html, policy)}; `pictures`:
    {address: (body, media type)}."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    axe, faults = Axe(), []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)
        tab = chromium.new_page(viewport={"width": 1280, "height": 900})
        said = []
        tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.route("**/*", answer_static)
        for name, (path, html, policy) in pages.items():
            said.clear()
            tab.unroute("**/*")
            tab.route("**/*", answer_static)
            for address, picture in (pictures or {}).items():
                tab.route(ADDRESS + address, answer_picture(*picture))
            tab.route(ADDRESS + path, answer_page(html, policy))
            tab.set_viewport_size({"width": width, "height": 900})
            tab.goto(ADDRESS + path)
            for problem in axe.run(tab, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]:
                faults.append(f"{name}: {problem['id']}: {problem['nodes'][0]['html'][:160]}")
            faults += [f"{name}: {text[:160]}" for text in said]
            tab.set_viewport_size({"width": 360, "height": 780})
            over = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over > 0:
                faults.append(f"{name}: {over} px too wide at 360 px")
    return faults


def page_of(response, path):
    html = b"".join(response.streaming_content) if response.streaming else response.content
    return path, html.decode(), response.headers.get("Content-Security-Policy", "")


def is_page(response):
    return response.get("Content-Type", "").startswith("text/html") and response.status_code not in (301, 302)


def of_every_page(language, width):
    """Sentences on every page of the house, for the first of its readers, and the page that answers an empty form."""
    pages, pictures, house = {}, {}, House()
    house.facts = facts()
    for client in house.clients.values():
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for name in sorted(set(ROUTES) & set(DOORS)):
        door, view = ROUTES[name], DOORS[name]
        if name.startswith("api:") or "get" not in methods(view):
            continue
        role = next((r for r in [*READERS, *house.clients] if r in door.who), None)
        if role is None:
            continue
        path = reverse(name.split()[0], args=door.arguments(house.ours, role if role in HATS else Role.LEARNER))
        response, _ = ask(house, role, "get", path)
        if not is_page(response):
            continue
        pages[f"{name} as {role}"] = page = page_of(response, path)
        pictures |= pictures_of(house, role, page[1])
        if "post" in methods(view) and not door.loose:
            response, _ = ask(house, role, "post", path, {})
            if is_page(response):
                pages[f"{name} as {role}, sent empty"] = page_of(response, path)
    for role, client in house.clients.items():
        response = client.get("/", follow=True)
        if is_page(response):
            pages[f"home of {role}"] = page_of(response, "/")
    assert len(pages) > 20
    assert all(f'<html lang="{language}"' in html for _path, html, _policy in pages.values())
    return faults_of(pages, width, pictures)
