"""Results of a cohort: where the assessment stands, the grid in which scores are entered, the rubric of one learner."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Page
from cse_portal.lib.errors import Refused
from training import assessment as reckoning
from training import completion, policies
from training.models import AssessmentResult, Cohort, Enrolment
from training.services import assessment, results

from .cohorts import OfCohort
from .register import by_name


def number_of(component):
    """0 where the version has one final score."""
    return component.number if component else 0


class OfAssessment(OfCohort):
    """Mixin: the parts of the cohort's assessment; `self.component` where the address names one by its number."""

    allowed = staticmethod(policies.may_record_results)

    @property
    def parts(self):
        if not hasattr(self, "_parts"):
            self._parts = assessment.components(self.cohort.course_version) or [None]
        return self._parts

    @property
    def component(self):
        found = [c for c in self.parts if number_of(c) == self.kwargs["number"]]
        if not found or not self.cohort.course_version.assessed:
            raise Http404
        return found[0]

    def seats(self, *, also=()):
        return list(by_name(self.cohort.enrolments.filter(state__in=[*Enrolment.SEATED, *also])))

    def latest(self, component, seats):
        """{enrolment id: the row that was made last}"""
        standing, making = results.latest(component, [s.pk for s in seats])
        return standing | making

    def get_crumbs(self):
        return [*super().get_crumbs(), (_("Assessment"), reverse("training:assessment", args=[self.cohort.code]))]

    def get_context_data(self, **kwargs):
        version = self.cohort.course_version
        return super().get_context_data(version=version, live=self.cohort.state in Cohort.LIVE, **kwargs)


class Posted(OfAssessment, Page):
    """A page whose form is its own rows. `act(data)` returns where to go; a rule's no is shown with what was typed."""

    def post(self, request, *args, **kwargs):
        try:
            url = self.act(request.POST)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal, **kwargs), status=409)
        return HttpResponseRedirect(url)


def read_score(text):
    """A score as typed, 0 to 100, or InvalidOperation."""
    score = Decimal(text.strip().removesuffix("%").replace(",", ".")).quantize(Decimal("0.01"))
    if not 0 <= score <= 100:
        raise InvalidOperation
    return score


class AssessmentPage(OfAssessment, Page):
    """Where each part stands, what was gained, and how the criteria and items were answered."""

    title = gettext_lazy("Assessment")
    template_name = "training/assessment.html"

    def get_crumbs(self):
        return OfCohort.get_crumbs(self)

    def get_context_data(self, **kwargs):
        cohort = self.cohort
        seats = self.seats(also=assessment.DECIDED)
        rows = AssessmentResult.objects.filter(enrolment__in=seats, superseded_at=None)
        by_part = {}
        for component, state, back in rows.values_list("component", "state", "sent_back"):
            counts = by_part.setdefault(component, {"draft": 0, "moderated": 0, "released": 0, "back": 0})
            counts["back" if back else state] += 1
        parts = []
        for c in self.parts if cohort.course_version.assessed else []:
            counts = by_part.get(c.pk if c else None, {"draft": 0, "moderated": 0, "released": 0, "back": 0})
            parts.append({"component": c, "name": assessment.name_of(c), "number": number_of(c), **counts})
        standing = assessment.standing_scores(cohort)
        pairs = assessment.both_tests(Cohort.objects.filter(pk=cohort.pk))
        of_course = Cohort.objects.filter(course_version=cohort.course_version_id, state=Cohort.State.CLOSED)
        return super().get_context_data(
            facts=str(cohort),
            parts=parts,
            of=len(seats),
            to_release=sum(p["moderated"] for p in parts),
            scores=[(seat, standing.get(seat.pk), gained(pairs, seat)) for seat in seats],
            has_gain=bool(pairs),
            gains=[
                (label, gain)
                for label, gain in (
                    (_("This cohort"), None if pairs is None else reckoning.gain(pairs.values())),
                    (_("All closed cohorts of this version"), assessment.gain_of(of_course)),
                )
                if gain
            ],
            fewest=reckoning.FEWEST,
            items=assessment.items_of(cohort),
            unreleased=assessment.unreleased(cohort) if cohort.state in Cohort.LIVE else [],
            **kwargs,
        )


def gained(pairs, seat):
    """Points between the two tests, or None for who did not sit both."""
    before, after = (pairs or {}).get(seat.pk, (None, None))
    return None if before is None else after - before


class Results(Posted):
    """One row a learner, one column a part. A cell that is not a score keeps what was typed, and nothing is recorded."""

    title = gettext_lazy("Results")
    template_name = "training/results.html"

    def field(self, seat, component):
        return f"score-{seat.pk}-{component.number}" if component else f"score-{seat.pk}"

    def read(self, data, seats):
        """({component: {enrolment id: Decimal}}, {field: what was typed wrongly})"""
        scores, wrong = {c: {} for c in self.parts}, {}
        for seat in seats:
            for c in self.parts:
                name = self.field(seat, c)
                text = data.get(name, "").strip()
                try:
                    if text:
                        scores[c][seat.pk] = read_score(text)
                except InvalidOperation:
                    wrong[name] = text
        return scores, wrong

    def act(self, data):
        scores, wrong = self.read(data, self.seats())
        if wrong:
            raise Refused(_("A score is a number from 0 to 100. Look at those marked."), code="score")
        reason, n = data.get("reason", ""), 0
        with transaction.atomic():
            for c, of_part in scores.items():
                n += results.record_results(self.scope, cohort=self.cohort, component=c, scores=of_part, reason=reason)
        if not n:
            word = _("Nothing changed.")
        elif self.cohort.course_version.moderated:
            word = ngettext(
                "%(n)s result is drafted. A second person checks it before it is released.",
                "%(n)s results are drafted. A second person checks them before they are released.",
                n,
            )
        else:
            word = ngettext("%(n)s result is recorded.", "%(n)s results are recorded.", n)
        messages.success(self.request, word % {"n": n})
        return reverse("training:assessment", args=[self.cohort.code])

    def get_context_data(self, **kwargs):
        seats, version = self.seats(), self.cohort.course_version
        typed, wrong = self.read(self.request.POST, seats) if self.request.method == "POST" else ({}, {})
        rows = {c: self.latest(c, seats) for c in self.parts}
        standing = assessment.standing_scores(self.cohort)
        back = {}
        for c, of_part in rows.items():
            for row in of_part.values():
                if row.sent_back:
                    back[c] = row.sent_back
        for seat in seats:
            seat.cells = []
            for c in self.parts:
                name, row = self.field(seat, c), rows[c].get(seat.pk)
                score = typed.get(c, {}).get(seat.pk, row.score if row else None)
                text = wrong.get(name, "" if score is None else completion.plain(score))
                seat.cells.append({"name": name, "value": text, "wrong": name in wrong, "row": row, "component": c})
            seat.stands = standing.get(seat.pk)
        facts = _("%(cohort)s. Pass mark %(pass)s of 100. %(how)s") % {
            "cohort": self.cohort,
            "pass": version.pass_mark,
            "how": version.assessment,
        }
        released = any(row.state == AssessmentResult.State.RELEASED for of in rows.values() for row in of.values())
        return super().get_context_data(
            seats=seats,
            columns=[(c, assessment.name_of(c), number_of(c)) for c in self.parts],
            facts=facts,
            assumed="pass_mark" in version.assumed,
            back=[(assessment.name_of(c), number_of(c), note) for c, note in back.items()],
            asks_reason=version.moderated and released,
            reason=self.request.POST.get("reason", ""),
            **kwargs,
        )


class RubricPage(Posted):
    """Points of one learner, criterion by criterion; then the next learner."""

    template_name = "training/rubric.html"

    def get_title(self):
        return f"{self.component}: {self.seat.officer}"

    def get_crumbs(self):
        return [*super().get_crumbs(), (_("Results"), reverse("training:results", args=[self.cohort.code]))]

    @property
    def seat(self):
        if not hasattr(self, "_seat"):
            if not self.component or not self.component.rubric:
                raise Http404
            self.everyone = self.seats()
            found = fetch(Enrolment.objects, self.scope, cohort=self.cohort, officer__ref=self.kwargs["ref"], state__in=Enrolment.SEATED)  # fmt: skip
            self._seat = next(s for s in self.everyone if s.pk == found.pk)
        return self._seat

    def act(self, data):
        seat, component, points = self.seat, self.component, []
        for i, criterion in enumerate(component.rubric):
            try:
                points.append(Decimal(data.get(f"points-{i}", "").strip().replace(",", ".")))
            except InvalidOperation:
                raise Refused(
                    _("%(criterion)s: give points from 0 to %(most)s.")
                    % {"criterion": criterion["name"], "most": criterion["most"]},
                    code="points",
                    fields={f"points-{i}": [_("From 0 to %(most)s.") % {"most": criterion["most"]}]},
                ) from None
        n = results.record_results(
            self.scope,
            cohort=self.cohort,
            component=component,
            scores={},
            points={seat.pk: points},
            reason=data.get("reason", ""),
        )
        word = _("The points of %(officer)s are saved.") if n else _("Nothing changed.")
        messages.success(self.request, word % {"officer": seat.officer})
        after = self.everyone[self.everyone.index(seat) + 1 :]
        if "next" in data and after:
            return reverse("training:rubric", args=[self.cohort.code, component.number, after[0].officer.ref])
        return reverse("training:results", args=[self.cohort.code])

    def get_context_data(self, refusal=None, **kwargs):
        seat, component = self.seat, self.component
        row = self.latest(component, [seat]).get(seat.pk)
        kept = [completion.plain(p) for p in row.points] if row and row.points else [""] * len(component.rubric)
        posted = self.request.POST if self.request.method == "POST" else {}
        criteria = [
            (f"points-{i}", c, posted.get(f"points-{i}", kept[i]), refusal.fields.get(f"points-{i}") if refusal else None)
            for i, c in enumerate(component.rubric)
        ]
        at = self.everyone.index(seat)
        return super().get_context_data(
            seat=seat,
            component=component,
            row=row,
            criteria=criteria,
            refusal=refusal,
            place=at + 1,
            of=len(self.everyone),
            last=at + 1 == len(self.everyone),
            released=bool(row and row.state == AssessmentResult.State.RELEASED and self.cohort.course_version.moderated),
            reason=posted.get("reason", ""),
            facts=_("%(cohort)s. %(n)s of %(of)s") % {"cohort": self.cohort.code, "n": at + 1, "of": len(self.everyone)},
            **kwargs,
        )


class SendAgain(OfAssessment, ActDoor):
    done = gettext_lazy("The results wait for a second person again.")

    def act(self):
        results.send_again(self.scope, cohort=self.cohort, component=self.component)
        return reverse("training:assessment", args=[self.cohort.code])
