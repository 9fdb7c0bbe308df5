"""What may be done to many officers at once: each act tells first what would happen to how many, who is left out and why."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.policies import may_keep_register
from centres.services import excusals, postings
from centres.upkeep_forms import ExcuseForm, MoveForm, PostFields, SeparateForm
from cse_portal.lib.templatetags.cse import long_day, span, state_word, thousands
from training import access, policies
from training.forms import ManyIntoCohorts, ManyReminded, ManyWaived
from training.services import placing, reminders, waivers

TRIED = 500  # officers without a seat for whom other cohorts are looked for


@dataclass
class Outcome:
    """Of a trial or of the act itself."""

    n: int  # officers to whom it happens
    lines: list = field(default_factory=list)  # what else is to be said
    skipped: list = field(default_factory=list)  # [(why, [officer ids])]

    @property
    def left_out(self):
        return sum(len(ids) for _why, ids in self.skipped)


def grouped(pairs):
    """[(why, [officer ids])] of [(officer id, why)], the largest group first."""
    found = {}
    for officer, why in pairs:
        found.setdefault(str(why), []).append(officer)
    return sorted(found.items(), key=lambda item: -len(item[1]))


class Act:
    code = label = form_class = None
    harmful = False

    @staticmethod
    def may(scope):
        raise NotImplementedError

    def form_kwargs(self, scope, ids):
        return {}

    def data(self, form):
        return form.cleaned_data

    def sentence(self, n, data):
        """What will happen to n officers, as the button and the notice say it."""
        raise NotImplementedError

    def carry_out(self, scope, ids, data, dry_run):
        """The Outcome; `dry_run`: nothing is written."""
        raise NotImplementedError


class Enrol(Act):
    code, label, form_class = "enrol", gettext_lazy("Nominate for cohorts"), ManyIntoCohorts
    may = staticmethod(policies.may_enrol)

    def form_kwargs(self, scope, ids):
        return {"scope": scope, "officers": ids}

    def sentence(self, n, data):
        return ngettext("Nominate %(n)s officer", "Nominate %(n)s officers", n) % {"n": thousands(n)}

    def carry_out(self, scope, ids, data, dry_run):
        said = {"cohorts": list(data["cohorts"]), "officers": ids, "wait": data["wait"]}
        made = placing.plan(scope, on=scope.today, **said) if dry_run else placing.enrol_many(scope, **said)
        lines = [self.line(c) for c in made.cohorts]
        if made.states:
            states = ", ".join(f"{thousands(made.states[s])} {str(state_word(s)).lower()}" for s in made.states)
            lines.append(_("Of those enrolled: %(states)s. The overdue come first.") % {"states": states})
        mdas = {mda for c in made.cohorts for _o, mda in c.given}
        if made.placed and access.needs_approval(mdas, scope.today):
            lines.append(_("An authorised officer approves; the seats are held meanwhile. Then each is told where and when."))
        elif made.placed:
            lines.append(_("Each is told where and when, by e-mail or SMS, if the register holds either."))
        if made.skipped.get("no_seat"):
            lines += self.elsewhere(scope, made)
        return Outcome(made.placed + made.queued, lines, made.reasons())

    @staticmethod
    def line(cohort):
        words = {
            "cohort": cohort,
            "dates": span(cohort.starts_on, cohort.ends_on),
            "campus": cohort.campus.name,
            "n": thousands(len(cohort.given)),
            "free": thousands(cohort.free),
            "waiting": thousands(len(cohort.queued)),
        }
        if cohort.queued:
            return _("%(cohort)s, %(dates)s, %(campus)s: %(n)s of %(free)s free seats, %(waiting)s on the waiting list") % words
        return _("%(cohort)s, %(dates)s, %(campus)s: %(n)s of %(free)s free seats") % words

    @staticmethod
    def elsewhere(scope, made):
        """Sentences about the next cohorts with free seats, not among those chosen."""
        chosen = [c.pk for c in made.cohorts]
        found = placing.suitable_cohorts(scope, made.skipped["no_seat"][:TRIED]).filter(free__gt=0).exclude(pk__in=chosen)[:3]
        for c in found:
            words = {"cohort": c, "dates": span(c.starts_on, c.ends_on), "campus": c.campus.name, "free": thousands(c.free)}
            yield _("Free seats elsewhere: %(cohort)s, %(dates)s, %(campus)s: %(free)s") % words


class Remind(Act):
    code, label, form_class = "remind", gettext_lazy("Remind"), ManyReminded
    may = staticmethod(policies.may_remind)

    def sentence(self, n, data):
        return ngettext("Remind %(n)s officer", "Remind %(n)s officers", n) % {"n": thousands(n)}

    def carry_out(self, scope, ids, data, dry_run):
        n, skipped = reminders.remind_many(scope, officers=ids, dry_run=dry_run)
        lines = [_("Each is told which course is required, and before which day, by e-mail or SMS.")]
        return Outcome(n, lines, grouped(skipped))


class Waive(Act):
    code, label, form_class = "waive", gettext_lazy("Ask for a waiver"), ManyWaived
    may = staticmethod(policies.may_ask_for_waiver)

    def sentence(self, n, data):
        return ngettext("Ask for a waiver for %(n)s officer", "Ask for waivers for %(n)s officers", n) % {"n": thousands(n)}

    def carry_out(self, scope, ids, data, dry_run):
        n, skipped = waivers.request_many(scope, officers=ids, dry_run=dry_run, **data)
        lines = [
            _("From %(first)s to %(last)s, once your authorised officer has approved.")
            % {"first": long_day(data["first"]), "last": long_day(data["last"])}
        ]
        return Outcome(n, lines, grouped(skipped))


def outcome(bulk, *lines):
    """Of what the register's services answer."""
    return Outcome(len(bulk.done), list(lines), grouped((officer.pk, why) for officer, why in bulk.refused))


class OfRegister(Act):
    may = staticmethod(may_keep_register)

    def form_kwargs(self, scope, ids):
        return {"scope": scope}


class Move(OfRegister):
    code, label, form_class = "move", gettext_lazy("Give a new post"), MoveForm

    def form_kwargs(self, scope, ids):
        return super().form_kwargs(scope, ids) | {"many": True}

    def data(self, form):
        return form.cleaned_data | {"values": form.values}

    def sentence(self, n, data):
        words = {"n": thousands(n), "day": long_day(data["on"])}
        return ngettext("New post for %(n)s officer from %(day)s", "New post for %(n)s officers from %(day)s", n) % words

    def carry_out(self, scope, ids, data, dry_run):
        fields = {"organisation": _("MDA")} | {name: field.label for name, field in PostFields.base_fields.items()}
        said = [f"{fields[name]}: {value or '–'}" for name, value in data["values"].items()]
        return outcome(postings.move_many(scope, officer_ids=ids, on=data["on"], values=data["values"], dry_run=dry_run), *said)


class Separate(OfRegister):
    code, label, form_class = "separate", gettext_lazy("Have left the service"), SeparateForm
    harmful = True

    def sentence(self, n, data):
        words = {"n": thousands(n), "day": long_day(data["last_day"])}
        return ngettext("%(n)s officer left on %(day)s", "%(n)s officers left on %(day)s", n) % words

    def carry_out(self, scope, ids, data, dry_run):
        done = postings.separate_many(
            scope, officer_ids=ids, last_day=data["last_day"], reason=data["reason"], words=data["words"], dry_run=dry_run
        )
        return outcome(done, _("They are counted up to and with that day. Each can be undone on the officer's page."))


class Excuse(OfRegister):
    code, label, form_class = "excuse", gettext_lazy("Excuse from training"), ExcuseForm

    def sentence(self, n, data):
        return ngettext("Excuse %(n)s officer", "Excuse %(n)s officers", n) % {"n": thousands(n)}

    def carry_out(self, scope, ids, data, dry_run):
        done = excusals.excuse_many(
            scope,
            officer_ids=ids,
            reason=data["reason"],
            first_day=data["first_day"],
            last_day=data["last_day"],
            note=data["note"],
            dry_run=dry_run,
        )
        until = long_day(data["last_day"]) if data["last_day"] else _("further notice")
        return outcome(done, _("From %(first)s until %(until)s.") % {"first": long_day(data["first_day"]), "until": until})


ACTS = {act.code: act for act in (Enrol(), Remind(), Waive(), Excuse(), Move(), Separate())}


def acts_of(scope):
    """Those that the scope may do."""
    return [act for act in ACTS.values() if act.may(scope)]
