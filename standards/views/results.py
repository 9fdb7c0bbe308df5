"""How a result is shown: the table by principle, the checks with their words, the level."""

from django.utils.translation import gettext as _

from standards import reasons, scoring

VALUES = (scoring.EXEMPLARY, scoring.MET, scoring.PARTLY_MET, scoring.NOT_MET, scoring.NOT_APPLICABLE)


def names(edition):
    """{principle code: name}; what stands in brackets is left for the Standard's own page."""
    return {p.code: short(p) for p in edition.principles.all()}


def short(principle):
    return principle.name.partition(" (")[0]


def shown(result, rules, principles, last=None):
    """What the templates need of one site's result. `last`: that of the audit before, shown beside it."""
    first = rules.levels[0]
    rows = [row(principles.get(code, code), result.counts.get(code, {}), share, first) for code, share in result.implementation.items()]
    together = {value: sum(counts.get(value, 0) for counts in result.counts.values()) for value in VALUES}
    whole = together_of(result)
    total = row(_("All"), together, whole, first)
    if last:
        for line, code in zip(rows, result.implementation, strict=True):
            line["last"] = last.implementation[code].percent if code in last.implementation else None
        total["last"] = together_of(last).percent
    return {
        "result": result,
        "rows": rows,
        "total": total,
        "last": last is not None,
        "score": result.score.percent,
        "pass_mark": float(first.score * 100),
        "floor": float(first.implementation * 100),
        "majors": result.majors,
        "minors": len(result.findings) - result.majors,
        "level": reasons.level_word(result.level),
        "stars": scoring.stars(result.level, rules),
        "checks": reasons.of_checks(result, first.code, principles),
        "next": next_level(result, rules, principles),
    }


def together_of(result):
    """Elements in place of all that apply, over the principles."""
    return scoring.Share(sum(s.part for s in result.implementation.values()), sum(s.whole for s in result.implementation.values()))


def beside(then, now, rules, principles):
    """[(what, at submission, for the decision, whether it changed)] of one site's two scorings, as text."""
    share = lambda found: "–" if found.percent is None else f"{found.percent:.1f}%"  # noqa: E731
    majors = lambda result: next((c.found for c in result.why if c.check == "open_majors"), "0")  # noqa: E731
    lines = [(_("Level"), str(reasons.level_word(then.level)), str(reasons.level_word(now.level))), (_("Score"), share(then.score), share(now.score))]
    lines += [(principles.get(code, code), share(then.implementation[code]), share(now.implementation[code])) for code in now.implementation]
    lines += [(_("Open major nonconformities"), majors(then), majors(now))]
    return [(*line, line[1] != line[2]) for line in lines]


def row(name, counts, share, first):
    return {
        "name": name,
        "values": [counts.get(value, 0) for value in VALUES],
        "elements": sum(counts.get(value, 0) for value in VALUES),
        "rate": share.percent,
        "short": bool(share.whole) and not share.at_least(first.implementation),
    }


def next_level(result, rules, principles):
    """{word, stars, missing: [Reason]} of the level above the one reached, if the first is reached and there is one above."""
    codes = [level.code for level in rules.levels]
    if result.level not in codes or result.level == codes[-1]:
        return None
    above = rules.levels[codes.index(result.level) + 1]
    missing = [reason for reason in reasons.of_checks(result, above.code, principles) if not reason.passed]
    return {"word": reasons.level_word(above.code), "stars": above.stars, "missing": missing}
