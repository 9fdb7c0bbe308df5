"""Every figure of one site's result, traced to what was rated: at submission and, beside it, for the decision."""

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from cse_portal.lib.doors import Page
from standards import policies, reasons, scoring
from standards.models import Audit, Decision, Rating
from standards.services import audits, certification, editions, findings

from . import results
from .audits import OfAudit, findings_of


class Why(OfAudit, Page):
    template_name = "standards/why.html"
    allowed = staticmethod(policies.may_read_sheet)

    def prepare(self):
        super().prepare()
        self.site = self.audit.sites.open_to(self.scope).filter(pk=self.kwargs["site"]).first()
        if self.site is None or self.audit.result is None:
            raise Http404

    def get_title(self):
        return _("Why this result: %(site)s") % {"site": self.site.centre or self.audit.organisation}

    def get_crumbs(self):
        return [(_("Audits"), reverse("standards:audits")), (self.audit.ref, self.audit.get_absolute_url())]

    def get_context_data(self, **kwargs):
        audit, site = self.audit, self.site
        rules, principles = editions.rules_of(audit.edition), results.names(audit.edition)
        elements = editions.elements_of(audit.edition, site.applies_to, audit.elements_asked)
        rated = {r.element_id: r for r in Rating.objects.filter(site=site)}
        ratings = {e.code: rated[e.pk].value for e in elements if e.pk in rated}
        then = audits.results_of(audit.result)[site.pk]
        now, lifted, decided = self.for_decision()
        changed = ratings | lifted
        items = editions.items(elements)
        pairs = zip(elements, scoring.lines(items, ratings, rules), scoring.lines(items, changed, rules), strict=True)
        labels = dict(Rating.Value.choices)
        rows = [
            {"element": e, "then": t, "now": n, "word": labels.get(t.value, ""), "now_word": labels.get(n.value, ""), "lifted": t.value != n.value}
            for e, t, n in pairs
        ]
        groups = [
            {"code": code, "name": name, "rows": [r for r in rows if r["element"].criterion.principle.code == code], "then": then.implementation.get(code), "now": now.implementation.get(code)}
            for code, name in principles.items()
        ]
        return super().get_context_data(
            audit=audit,
            site=site,
            result=then,
            for_decision=now,
            decided=decided,
            lifts=bool(lifted),
            differs=bool(lifted) or now.why != then.why or now.level != then.level,
            groups=[group for group in groups if group["rows"]],
            excluded=[row for row in rows if row["then"].value == scoring.NOT_APPLICABLE],
            levels=self.levels(then, now, rules, principles),
            level=reasons.level_word(then.level),
            level_now=reasons.level_word(now.level),
            findings=findings_of(audit, site),
            lowest=reasons.level_word(audit.result["level"]),
            several=audit.sites.open_to(self.scope).count() > 1,
        )

    def for_decision(self):
        """(the result, {code: rating} lifted by corrections, the decision or None): as decided, or as it would be today."""
        final = self.audit.decisions.exclude(outcome=Decision.Outcome.DEFER).first()
        if final:
            kept = final.result.get("lifted", {}).get(str(self.site.pk), {})
            return audits.results_of(final.result)[self.site.pk], kept, final
        if self.audit.state not in (Audit.State.SUBMITTED, Audit.State.REPORT):
            return audits.results_of(self.audit.result)[self.site.pk], {}, None
        lifted = {code: value for (site, code), value in findings.lifted(self.audit).items() if site == self.site.pk}
        assessed = {site.pk: result for site, result in certification.assess(self.audit, certification.figures(self.audit, self.scope.today)).items()}
        return assessed[self.site.pk], lifted, None

    def levels(self, then, now, rules, principles):
        """[(word, stars, reached, checks at submission, checks for the decision)] from the lowest level up."""
        codes = [scoring.NOT_YET, *(rung.code for rung in rules.levels)]
        return [
            {
                "word": reasons.level_word(rung.code),
                "stars": rung.stars,
                "reached": codes.index(now.level) >= codes.index(rung.code),
                "checks": list(zip(reasons.of_checks(then, rung.code, principles), reasons.of_checks(now, rung.code, principles), strict=True)),
            }
            for rung in rules.levels
        ]
