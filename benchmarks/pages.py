"""Pages as people ask for them, through the whole stack but the socket: P7 to P10, each against an empty signed-in page."""

import datetime as dt
import html
import random
import re

from django.core.cache import cache
from django.test import Client

from benchmarks.measure import Line, each_ms, median_ms, queries_of, rows
from benchmarks.reference import empty_page_ms
from cse_portal.lib import clock


def client(role):
    """A browser signed in as the demonstration's account of that role."""
    from cse_portal.accounts.models import User

    signed_in = Client(SERVER_NAME="localhost")
    signed_in.force_login(User.objects.get(email=f"{role}@demo.example"))
    return signed_in


def get(signed_in, url):
    page = signed_in.get(url)
    if page.status_code != 200:
        raise RuntimeError(f"{url}: {page.status_code}")
    return len(b"".join(page.streaming_content)) if page.streaming else len(page.content)


def days_asked(n, seed=1):
    """Random past and future days, none twice."""
    rng, today = random.Random(seed), clock.today()
    return [today + dt.timedelta(days=back) for back in rng.sample(range(-900, 300), n)]


def line(id, work, ms, empty, limit, queries=None, most=None):
    return Line(id, work, f"{ms:.1f} ms (R2 {empty:.1f} ms)", ms / empty, limit, "× R2", queries, most)


def national(_officers):
    hops = client("hops")
    empty = empty_page_ms(hops)
    page = "/overview/"
    cached = median_ms(lambda: get(hops, page), times=15)
    queries = queries_of(lambda: get(hops, page))
    first = each_ms(lambda day: get(hops, f"{page}?on={day}"), days_asked(15))
    cache.clear()
    queries_first = queries_of(lambda: get(hops, f"{page}?on={days_asked(30, 2)[-1]}"))
    yield_lines = [
        line("P7", "National page, cached view", cached, empty, 1.5, queries, 12),
        line("P7", "National page with its MDA table, first view of a day", first, empty, 8, queries_first, 12),
    ]
    from training.compliance import ledger

    headline = each_ms(lambda day: ledger.national([day]), days_asked(15, 3))
    yield_lines.append(line("P7", "Headline of a day from the ledger", headline, empty, 4))
    return yield_lines


def mda_and_officer(_officers):
    hr = client("hr")
    empty = empty_page_ms(hr)
    mda = median_ms(lambda: get(hr, "/organisations/SDLD/"))
    refs = [ref for (ref,) in rows(OF_LIVESTOCK)]
    officer = each_ms(lambda ref: get(hr, f"/officers/{ref}/"), refs)
    why = each_ms(lambda ref: get(hr, f"/officers/{ref}/why/"), refs)
    return [
        line("P8", "MDA page", mda, empty, 2, queries_of(lambda: get(hr, "/organisations/SDLD/")), 15),
        line("P8", "Officer page", officer, empty, 2, queries_of(lambda: get(hr, f"/officers/{refs[0]}/")), 15),
        line("P8", "Why", why, empty, 2, queries_of(lambda: get(hr, f"/officers/{refs[0]}/why/")), 15),
    ]


OF_LIVESTOCK = """
SELECT o.ref FROM centres_officer o JOIN centres_posting p ON p.officer_id = o.id JOIN centres_organisation g ON g.id = p.organisation_id
WHERE g.code = 'SDLD' AND upper_inf(p.during) ORDER BY o.id LIMIT 25
"""


def staff_list(_officers):
    """As an administrator, who sees all officers; the filter is one MDA's and the whole nation's."""
    everyone = client("admin")
    empty = empty_page_ms(everyone)

    def asked(query):
        return median_ms(lambda: get(everyone, "/officers/" + query), times=5), queries_of(
            lambda: get(everyone, "/officers/" + query)
        )

    name, number = rows("SELECT substr(surname, 2, 5), personal_no FROM centres_officer ORDER BY id DESC LIMIT 1")[0]
    deep = "/officers/?sort=name"
    for _ in range(40):
        following = re.search(rb'href="([^"]*)" rel="next"', everyone.get(deep).content)
        if following is None:
            break
        deep = "/officers/" + html.unescape(following[1].decode())
    found = []
    for work, query in {
        "Staff list, all officers, first page": "",
        "Staff list, one status": "?status=overdue",
        "Staff list, sorted by personal number": "?sort=number",
        "Search by fragment of a name": f"?q={name}",
        "Search by number": f"?q={number}",
    }.items():
        ms, queries = asked(query)
        found.append(line("P9", work, ms, empty, 4, queries))
    ms = median_ms(lambda: get(everyone, deep), times=5)
    found.append(line("P9", "Staff list, forty pages on", ms, empty, 4, queries_of(lambda: get(everyone, deep))))
    return found


def trend_and_forecast(_officers):
    from training.compliance import ledger

    hops = client("hops")
    empty = empty_page_ms(hops)
    today = clock.today()
    quarters = [today - dt.timedelta(days=91 * n) for n in range(12)]
    months = [(today.replace(day=1) + dt.timedelta(days=31 * n)).replace(day=1) for n in range(1, 25)]
    trend = median_ms(lambda: ledger.national(quarters))
    forecast = median_ms(lambda: ledger.national(months))
    return [
        line("P10", "Trend of 12 quarters", trend, empty, 3),
        line("P10", "Forecast of 24 months", forecast, empty, 3),
        line("P10", "Forecast page", median_ms(lambda: get(hops, "/forecast/")), empty, 3),
    ]
