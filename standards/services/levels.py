"""The level of a certification in the light of what watched over it: the sheets that led to it, with what later audits found
instead. A lower one is proposed to the panel, never taken by itself."""

from standards import scoring
from standards.models import Audit, Decision, Rating

from . import editions, findings, measures

WATCHING = (Audit.Kind.SURVEILLANCE, Audit.Kind.SHORT_NOTICE)


def read_in(held):
    """The audit that led to the certification and, in the order of their decisions, those since that maintained it, of its edition."""
    led = held.decision.audit
    since = Decision.objects.filter(
        audit__certification=held, audit__kind__in=WATCHING, audit__edition=led.edition_id, outcome=Decision.Outcome.CERTIFY
    )
    return [led, *(decision.audit for decision in since.order_by("pk").select_related("audit__edition"))]


def found(held, on):
    """{certified place: level} of the places in scope that day, each element as it was rated last."""
    ratings, plans, majors = {}, {}, {}
    for audit in read_in(held):
        places = {site.pk: site.centre_id for site in audit.sites.all()}
        for site, code, value in Rating.objects.filter(site__in=places).values_list("site", "element__code", "value"):
            ratings.setdefault(places[site], {})[code] = value
        for (site, code), value in findings.lifted(audit).items():
            ratings[places[site]][code] = value
        for site, (n, accepted) in findings.answers(audit).items():
            majors[places[site]] = majors.get(places[site], 0) + n
            plans[places[site]] = plans.get(places[site], frozenset()) | accepted
    led = held.decision.audit
    rules, known = editions.rules_of(led.edition), measures.for_decision(led, on)
    levels = {}
    for place in held.sites.filter(left_on=None).select_related("site__centre"):
        items, where = editions.items(editions.elements_of(led.edition, place.site.applies_to)), place.site.centre_id
        result = scoring.score_site(
            items, ratings[where], rules, plans_accepted=plans.get(where, ()), open_majors=majors.get(where, 0), measures=known
        )
        levels[place] = result.level
    return levels


def lowered(held, on):
    """{"certificate": [level, lower level], certified place's id: …} where what was found no longer bears the level; {} where it does.
    The lower level may be none of a certificate (scoring.NOT_YET)."""
    rules, levels = editions.rules_of(held.decision.audit.edition), found(held, on)
    now = scoring.lowest(levels.values(), rules)
    if scoring.lowest([now, held.level], rules) == held.level:
        return {}
    moves = {
        str(place.pk): [place.level, level]
        for place, level in levels.items()
        if scoring.lowest([level, place.level], rules) != place.level
    }
    return {"certificate": [held.level, now]} | moves
