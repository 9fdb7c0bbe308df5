"""Random histories of officers, kept in plain Python beside the database: what test_random_histories.py compares.

Days are numbers from START. Nothing here uses the ranges, the tree or the queries of the portal: which rule reaches which MDA is
found by walking the tree day by day, and the status of each day comes from the pure rule."""

import datetime as dt
from collections import Counter, defaultdict
from itertools import count
from random import Random

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from centres.models import Excusal, Officer, Organisation, Posting, ReportingLine
from tests import factories as make
from training.compliance import rules
from training.models import Completion, Course, CourseEquivalence, CourseVersion, Requirement, Waiver

START = dt.date(2025, 1, 1)
EVENTS = 160  # the last day on which anything begins
LATEST = 200  # the last day on which a post begins or ends as first filed
END = 300  # nothing changes from here on
GRACES = [0, 1, 5, 30, 30]
serial = count(1)


def day(n):
    return None if n is None else START + dt.timedelta(days=n)


def days(pair):
    return DateRange(day(pair[0]), day(pair[1]))


def runs(numbers):
    """Half-open pairs of unbroken day numbers; one that reaches END is open."""
    found, first, last = [], None, None
    for n in sorted(numbers):
        if last is None or n != last + 1:
            if first is not None:
                found.append((first, last + 1))
            first = n
        last = n
    if first is not None:
        found.append((first, None if last == END else last + 1))
    return found


class World:
    """A small country. Facts are lists: post [organisation, cadre, county, first, end], held [version, on, until, withdrawn],
    excusal and waiver [first, end]; end None is open. `organisations`, `cadres`, `versions` are rows of the database."""

    def __init__(self, seed, officers):
        self.rng = Random(seed)
        rng = self.rng
        self.organisations = [
            Organisation.objects.create(code=f"H{n}", name=f"H{n}", kind="ministry", during=make.EVER) for n in range(7)
        ]
        self.cadres = [make.cadre(code) for code in ("FRT", "TEC", "SNR")]
        self.counties = [make.county(), make.county("014", "Embu"), None]
        self.versions = []
        for n in range(4):
            course = Course.objects.create(code=f"C{n}", title=f"C{n}", cadre=self.cadres[0])
            self.versions.append(CourseVersion.objects.create(course=course, mode="virtual", days=1, validity_months=12))
        self.hot = [rng.randint(10, EVENTS) for _n in range(6)]  # days on which much happens at once
        self.lines, self.requirements, self.bound = [], [], {}
        self.plant_tree()
        self.make_rules()
        self.accepts = {}
        if rng.random() < 0.7:
            course = self.requirements[0][2]
            accepted = rng.choice([version.course for version in self.versions if version.course_id != course.pk])
            CourseEquivalence.objects.create(course=course, accepted=accepted)
            self.accepts = {course.pk: [accepted.pk]}
        self.posts, self.held, self.excusals, self.waivers = (defaultdict(list) for _n in range(4))
        self.officers = Officer.objects.bulk_create(
            Officer(ref=f"OF-{n}", personal_no=str(n), personal_key=str(n), number_series="x", surname="S", first_name="F")
            for n in (next(serial) for _n in range(officers))
        )
        self.ids = [officer.pk for officer in self.officers]
        self.told = {}  # {officer: its runs as last worked out}
        for pk in self.ids:
            self.live(pk)
        self.store(self.ids)

    # What may happen.
    def when(self, first=0, last=EVENTS):
        """A day; often one of those on which much happens."""
        hot = [n for n in self.hot if first <= n <= last]
        return self.rng.choice(hot) if hot and self.rng.random() < 0.4 else self.rng.randint(first, last)

    def plant_tree(self):
        rng, child = self.rng, {}
        for n in range(1, len(self.organisations)):
            first = None
            for end in (self.when(), None):  # reports to one, then to another; always to one before it: no circles
                parent = rng.randrange(n)
                if first is None or parent != child.get(n) or rng.random() < 0.5:
                    self.lines.append([n, parent, first, end])
                child[n], first = parent, end
        for n, parent, first, end in self.lines:
            ReportingLine.objects.create(
                organisation=self.organisations[n], parent=self.organisations[parent], during=days((first, end))
            )

    def make_rules(self):
        """Next and overlapping editions of one rule, the same course for two cadres, rules of an MDA and those below it."""
        rng = self.rng
        course = rng.choice(self.versions).course
        for cadre in self.cadres[:2]:
            change = self.when(20, 120)
            self.add_rule(cadre, course, None, 0, change)
            self.add_rule(cadre, course, None, change - rng.choice([0, 0, 15]), None)
        for _n in range(rng.randint(1, 3)):
            first = self.when()
            end = None if rng.random() < 0.5 else first + rng.randint(1, 90)
            place = rng.choice([None, *range(len(self.organisations))])
            self.add_rule(rng.choice(self.cadres), rng.choice(self.versions).course, place, first, end)

    def add_rule(self, cadre, course, place, first, end):
        grace = self.rng.choice(GRACES)
        made = Requirement.objects.create(
            cadre=cadre, course=course, organisation=None if place is None else self.organisations[place],
            in_force=days((first, end)), due_within_days=grace,
        )  # fmt: skip
        self.requirements.append([made, cadre, course, place, first, end, grace])

    def live(self, pk):
        """A career: transfers, promotions, gaps; what was completed; days off."""
        rng = self.rng
        first = self.when(0, 80)
        post = self.place()
        for last in [False] * rng.choice([0, 1, 1, 2, 3]) + [True]:
            end = None if last and rng.random() < 0.7 else max(first + 1, self.when(first, min(first + 90, LATEST + 20)))
            self.posts[pk].append([*post, first, end])
            if end is None or end > LATEST:
                break
            first = end + rng.choice([0, 0, 0, 0, 1, 20])
            post = self.place() if rng.random() < 0.6 else [*rng.choice([post, self.place()])[:1], *post[1:]]
        for _n in range(rng.choice([0, 0, 1, 1, 2])):
            self.complete(pk)
        if rng.random() < 0.25:
            first = self.when()
            self.excusals[pk].append([first, first + rng.randint(1, 40) if rng.random() < 0.9 else None])
        for _n in range(rng.choice([0, 0, 0, 1, 2])):
            first = self.when()
            self.waivers[pk].append([first, first + rng.randint(1, 40), rng.choice(["approved", "approved", "ended", "refused"])])

    def place(self):
        rng = self.rng
        return [rng.randrange(len(self.organisations)), rng.randrange(len(self.cadres)), rng.randrange(len(self.counties))]

    def complete(self, pk):
        rng = self.rng
        on = self.when()
        until = rng.choice([None, on + rng.randint(1, 80), max(on + 1, self.when(on, on + 80))])
        withdrawn = rng.choice([None, None, None, None, on + rng.randint(0, 60)])
        self.held[pk].append([rng.choice(self.versions), on, until, withdrawn])

    def correct(self):
        """Late corrections of some officers: ids of those whose facts changed."""
        rng, changed = self.rng, set()
        for pk in rng.sample(self.ids, max(2, len(self.ids) // 3)):
            what = rng.choice(
                ["transfer", "transfer", "promotion", "completion", "withdrawal", "leaver", "waiver", "excusal", "gone"]
            )
            posts = self.posts[pk]
            if what in ("transfer", "promotion") and posts:
                old = posts[-1]
                on = self.when(old[3] + 1, max(old[3] + 1, EVENTS))
                if old[4] is None or on < old[4]:
                    new = self.place() if what == "transfer" else [old[0], rng.randrange(len(self.cadres)), old[2]]
                    posts.append([*new, on, old[4]])
                    old[4] = on
            elif what == "completion":
                self.complete(pk)
            elif what == "withdrawal" and self.held[pk]:
                self.held[pk][0][3] = self.held[pk][0][1] + rng.randint(0, 60)
            elif what == "leaver" and posts:
                posts[-1][4] = min(posts[-1][4] or END, posts[-1][3] + rng.randint(1, 60))
            elif what == "waiver":
                if self.waivers[pk]:
                    self.waivers[pk][0][1] = self.waivers[pk][0][0] + 1
                else:
                    self.waivers[pk].append([self.when(), EVENTS + 20, "approved"])
            elif what == "excusal":
                self.excusals[pk] = [] if self.excusals[pk] else [[self.when(), None]]
            elif what == "gone" and len(posts) > 1:
                posts.pop(rng.randrange(len(posts)))
            changed.add(pk)
        kept, dropped = rng.sample(self.ids, 2)
        self.merge_officers(kept, dropped)
        changed |= {kept, dropped}
        self.store(changed)
        return changed

    def merge_officers(self, kept, dropped):
        """One person after all: training goes over; posts too, where they leave room."""
        self.held[kept] += self.held.pop(dropped, [])
        self.waivers[kept] += self.waivers.pop(dropped, [])
        for post in self.posts.pop(dropped, []):
            if all(post[3] >= (p[4] or END) or p[3] >= (post[4] or END) for p in self.posts[kept]):
                self.posts[kept].append(post)
        self.posts[kept].sort(key=lambda post: post[3])
        self.excusals.pop(dropped, None)
        Officer.objects.filter(pk=dropped).update(merged_into=kept)

    def merge_organisations(self):
        """One MDA goes into another on a day; who serves there, serves on in the other. Ids of the officers moved."""
        gone, into = self.rng.sample(range(len(self.organisations)), 2)
        on, moved = self.when(20), set()
        for pk, posts in self.posts.items():
            for post in list(posts):
                if post[0] == gone and (post[4] is None or post[4] > on):
                    if post[3] < on:
                        posts.append([into, *post[1:3], on, post[4]])
                        post[4] = on
                    else:
                        post[0] = into
                    moved.add(pk)
            posts.sort(key=lambda post: post[3])
        self.store(moved)
        return moved

    def change_rules(self):
        """A rule ends and its next edition begins that day; all officers are concerned."""
        row = self.rng.choice(self.requirements)
        change = self.when(row[4] + 1, max(row[4] + 1, EVENTS))
        if row[5] is None or change < row[5]:
            end, row[5] = row[5], change
            Requirement.objects.filter(pk=row[0].pk).update(in_force=days((row[4], change)))
            self.add_rule(row[1], row[2], row[3], change, end)
        self.bound, self.told = {}, {}

    def store(self, ids):
        """The facts of these officers, in the database too."""
        for model in (Posting, Completion, Excusal, Waiver):
            model.objects.filter(officer__in=ids).delete()
        Posting.objects.bulk_create(
            Posting(
                officer_id=pk,
                organisation=self.organisations[o],
                cadre=self.cadres[c],
                county=self.counties[k],
                during=days((first, end)),
            )
            for pk in ids
            for o, c, k, first, end in self.posts[pk]
        )
        Completion.objects.bulk_create(
            Completion(officer_id=pk, course_version=version, on=day(on), until=day(until), withdrawn_on=day(withdrawn))
            for pk in ids
            for version, on, until, withdrawn in self.held[pk]
        )
        Excusal.objects.bulk_create(
            Excusal(officer_id=pk, reason="study_leave", during=days(pair)) for pk in ids for pair in self.excusals[pk]
        )
        Waiver.objects.bulk_create(
            Waiver(
                officer_id=pk, organisation=self.organisations[0], reason="x", during=days((first, end)), state=state,
                requested_at=make.at(START),
            )
            for pk in ids
            for first, end, state in self.waivers[pk]
        )  # fmt: skip
        for pk in ids:
            self.told.pop(pk, None)

    # What the rule says.
    def reach(self, row):
        """{organisation: days, as pairs, on which the rule reaches it}: the tree walked day by day."""
        key = id(row)
        if key not in self.bound:
            _made, _cadre, _course, place, first, end, _grace = row
            found = defaultdict(list)
            for n in range(first, min(END if end is None else end - 1, END) + 1):
                parents = {child: parent for child, parent, a, b in self.lines if (a is None or a <= n) and (b is None or n < b)}
                for at in range(len(self.organisations)):
                    above = at
                    while above is not None and above != place and place is not None:
                        above = parents.get(above)
                    if above is not None:
                        found[at].append(n)
            self.bound[key] = {at: runs(numbers) for at, numbers in found.items()}
        return self.bound[key]

    def bindings(self, posts):
        for row in self.requirements:
            made, cadre, course, _place, _first, _end, grace = row
            for o, c, _county, first, end in posts:
                if self.cadres[c] == cadre:
                    for a, b in self.reach(row).get(o, ()):
                        low, high = max(a, first), min(END * 2 if b is None else b, END * 2 if end is None else end)
                        if low < high:
                            yield rules.Binding(course.pk, (day(low), None if high == END * 2 else day(high)), grace, made.pk)

    def runs_of(self, pk):
        """[(organisation, cadre, county, status, first day, last day not)] of one officer, by asking for every single day."""
        posts = self.posts[pk]
        bindings = list(self.bindings(posts))
        held = []
        for version, on, until, withdrawn in self.held[pk]:
            end = min((n for n in (until, withdrawn) if n is not None), default=None)
            if end is None or end > on:
                held.append(rules.Held(version.course_id, day(on), day(end)))
        excused = [rules.Off((day(a), day(b))) for a, b in self.excusals[pk]]
        waived = [rules.Off((day(a), day(b))) for a, b, state in self.waivers[pk] if state in ("approved", "ended")]
        found = []
        for o, c, k, first, end in posts:
            place = (self.organisations[o].pk, self.cadres[c].pk, self.counties[k] and self.counties[k].pk)
            for n in range(first, END + 1 if end is None else end):
                on = day(n)
                code = rules.status(on, bindings, held, excused, waived, self.accepts).code
                cell = (*place, rules.STATUSES.index(code))
                if found and found[-1][:4] == cell and found[-1][5] == on:
                    found[-1] = (*cell, found[-1][4], on + rules.DAY)
                else:
                    found.append((*cell, on, on + rules.DAY))
        return [(*run[:5], dt.date.max if run[5] == day(END + 1) else run[5]) for run in found]

    def expected(self):
        """{(officer, *run)} of everyone."""
        for pk in self.ids:
            if pk not in self.told:
                self.told[pk] = self.runs_of(pk)
        return {(pk, *run) for pk in self.ids for run in self.told[pk]}


def changes_of(spans):
    """{(organisation, cadre, status, day): officers more}, netted: equal changes are equal cells on every day."""
    found = Counter()
    for _pk, organisation, cadre, _county, status, starts, ends in spans:
        found[organisation, cadre, status, starts] += 1
        if ends != dt.date.max:
            found[organisation, cadre, status, ends] -= 1
    return {key: n for key, n in found.items() if n}


def rows(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def differences(world):
    """What the oracle, the spans and the ledger do not agree on; nothing, if all is well."""
    expected = world.expected()
    spans = set(
        rows("SELECT officer_id, organisation_id, cadre_id, county_id, status, starts, ends FROM training_compliancespan")
    )
    ledger = rows(
        "SELECT organisation_id, cadre_id, status, effective_on, sum(delta)::int FROM training_compliancedelta GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0"
    )
    counties = rows(
        "SELECT county_id, cadre_id, status, effective_on, sum(delta)::int FROM training_compliancecountydelta GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0"
    )
    by_county = changes_of((pk, county, cadre, None, *rest) for pk, _place, cadre, county, *rest in expected)
    return {
        "spans": expected ^ spans,
        "ledger": set(changes_of(expected).items()) ^ {(tuple(key), n) for *key, n in ledger},
        "counties": set(by_county.items()) ^ {(tuple(key), n) for *key, n in counties},
    }


def age(days_ago):
    """What the ledger holds was written that many days before today, by transactions that are over."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL cse.compacting = 'on'")
        for table in ("training_compliancedelta", "training_compliancecountydelta"):
            cursor.execute(
                f"UPDATE {table} SET written_by = '3', recorded_at = now() - %s * interval '1 day' WHERE written_by <> '3'",
                [days_ago],
            )
        cursor.execute("SET LOCAL cse.compacting = ''")
