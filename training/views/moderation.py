"""The second person's pages: what waits, one part of a cohort, and its release."""

from decimal import InvalidOperation

from django import forms
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.lib.doors import FormDoor, Page
from cse_portal.lib.errors import Refused
from training import completion, policies
from training.models import AssessmentResult
from training.services import assessment, corrections_of_results, moderation

from .results import OfAssessment, Posted, read_score


class ModerationQueue(Page):
    title = gettext_lazy("Moderation")
    may = staticmethod(policies.may_moderate)
    template_name = "training/moderation.html"

    def get_context_data(self, **kwargs):
        rows = moderation.waiting(self.scope)
        return super().get_context_data(
            rows=rows,
            asked=corrections_of_results.to_decide(self.scope),
            facts=_("Results that a second person checks before the learners see them."),
            **kwargs,
        )


class Moderate(Posted):
    """The drafts of one part: look at all or at a sample, change with a note, pass or send back."""

    template_name = "training/moderate.html"
    allowed = staticmethod(policies.may_moderate)

    def get_title(self):
        return _("Check %(part)s") % {"part": assessment.name_of(self.component)}

    def act(self, data):
        component, back = self.component, self.request.POST.get("do") == "back"
        if back:
            n = moderation.send_back(self.scope, cohort=self.cohort, component=component, note=data.get("note", ""))
            word = ngettext("%(n)s result is sent back.", "%(n)s results are sent back.", n) % {"n": n}
        else:
            scores, wrong = self.read(data)
            if wrong:
                raise Refused(_("A score is a number from 0 to 100. Look at those marked."), code="score")
            drafts = moderation.drafts_of(self.cohort, component)
            looked = [pk for pk in drafts.values_list("enrolment", flat=True) if f"looked-{pk}" in data]
            n, changed = moderation.moderate(
                self.scope, cohort=self.cohort, component=component, looked_at=looked, scores=scores, note=data.get("note", "")
            )
            word = _("%(n)s results are moderated, %(changed)s changed.") % {"n": n, "changed": changed}
        messages.success(self.request, word)
        return reverse("training:assessment", args=[self.cohort.code])

    def read(self, data):
        """({enrolment id: Decimal}, {enrolment id: what was typed wrongly}) of the drafts."""
        scores, wrong = {}, {}
        for pk in moderation.drafts_of(self.cohort, self.component).values_list("enrolment", flat=True):
            text = data.get(f"score-{pk}", "").strip()
            try:
                if text:
                    scores[pk] = read_score(text)
            except InvalidOperation:
                wrong[pk] = text
        return scores, wrong

    def get_context_data(self, **kwargs):
        component = self.component
        drafts = moderation.drafts_of(self.cohort, component)
        drafts = list(drafts.order_by("enrolment__officer__surname", "enrolment__officer__first_name", "enrolment"))
        posted = self.request.POST if self.request.method == "POST" else None
        scores, wrong = self.read(posted) if posted is not None else ({}, {})
        for row in drafts:
            pk = row.enrolment_id
            row.mine = row.recorded_by_id == self.scope.user.pk
            row.typed = wrong.get(pk, completion.plain(scores.get(pk, row.score)))
            row.wrong, row.looked = pk in wrong, posted is not None and f"looked-{pk}" in posted
            row.by_criterion = list(zip(component.rubric, row.points, strict=False)) if component and row.points else []
        theirs = [row for row in drafts if not row.mine]
        marks = sorted(row.score for row in theirs)
        low = self.cohort.course_version.pass_mark
        return super().get_context_data(
            component=component,
            drafts=theirs,
            mine=len(drafts) - len(theirs),
            spread=(completion.plain(marks[0]), completion.plain(marks[len(marks) // 2]), completion.plain(marks[-1])) if marks else None,
            below=sum(1 for m in marks if m < low),
            note=posted.get("note", "") if posted is not None else "",
            facts=str(self.cohort),
            **kwargs,
        )  # fmt: skip


class Release(OfAssessment, FormDoor):
    """Shows what the learners will see before it is released."""

    title = gettext_lazy("Release the results")
    allowed = staticmethod(policies.may_moderate)
    template_name = "training/release.html"
    form_class = forms.Form

    def get_context_data(self, **kwargs):
        making = AssessmentResult.objects.in_the_making().filter(enrolment__cohort=self.cohort)
        ready = making.filter(state=AssessmentResult.State.MODERATED)
        ready = ready.select_related("component", "enrolment__officer", "moderated_by").order_by(
            "component__number", "enrolment__officer__surname", "enrolment__officer__first_name", "pk"
        )
        unchecked = set(making.exclude(state=AssessmentResult.State.MODERATED).values_list("component", flat=True))
        ready = list(ready)
        return super().get_context_data(
            ready=[(assessment.name_of(r.component), r) for r in ready if r.component_id not in unchecked],
            waiting=sorted({assessment.name_of(c) for c in self.parts if (c.pk if c else None) in unchecked}),
            facts=str(self.cohort),
            **kwargs,
        )

    def act(self, form):
        n = moderation.release(self.scope, cohort=self.cohort)
        word = ngettext("%(n)s result is released; the learner is told.", "%(n)s results are released; the learners are told.", n)
        messages.success(self.request, word % {"n": n} if n else _("Nothing waited to be released."))
        return reverse("training:assessment", args=[self.cohort.code])
