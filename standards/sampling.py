"""Which centres of an MDA are visited: the square root of each size band, at least a share of them at random from a recorded seed.

Pure, and the same for ever: the draw orders centres by a SHA-256 of seed and code, so that neither Python's version nor the order of
the frame matters. (The square root per band: the idea of IAF MD 1.)
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from math import isqrt

RANDOM, JUDGEMENT = "random", "judgement"


@dataclass(frozen=True)
class Site:
    """A centre in scope; `size`: officers posted there; `band`: 0 is the smallest."""

    code: str
    size: int
    band: int

    def as_json(self):
        return {"code": self.code, "size": self.size, "band": self.band}


def band_of(size, limits):
    """The band of a size: `limits` are the largest sizes of the bands below, [10, 30] gives up to 10, up to 30, more."""
    return sum(size > limit for limit in limits)


def frame_of(sizes: Mapping[str, int], limits):
    """The sites in scope, by code: sizes is {code: officers}."""
    return tuple(Site(code, size, band_of(size, limits)) for code, size in sorted(sizes.items()))


def asked(n):
    """⌈√n⌉: how many of n sites of a band are visited."""
    return isqrt(n - 1) + 1 if n else 0


def at_random(n, share):
    """At least this share of n, rounded up."""
    return int((Decimal(n) * Decimal(str(share))).to_integral_value(ROUND_CEILING))


def drawn_order(seed, codes: Collection[str]):
    """The codes in the order that the seed gives them."""
    return sorted(codes, key=lambda code: (hashlib.sha256(f"{seed}\n{code}".encode()).digest(), code))


@dataclass(frozen=True)
class Band:
    """What a band asks for: `needed` sites in all, of them at least `random` drawn from the seed."""

    number: int
    codes: tuple[str, ...]
    needed: int
    random: int


def bands(frame, share):
    """The bands that hold sites, the smallest first."""
    made = []
    for number in sorted({site.band for site in frame}):
        codes = tuple(site.code for site in frame if site.band == number)
        needed = asked(len(codes))
        made.append(Band(number, codes, needed, at_random(needed, share)))
    return made


def draw(seed, frame, share, judged: Mapping[str, str] | None = None):
    """[{code, how, why}] by band: first those drawn at random, then those chosen by judgement ({code: reason}), then as many more from
    the seed as the band still asks for. The share is of all that are chosen in the band; a site that a person chose is not counted as
    random. ValueError for a site that is not in the frame, or chosen without a reason.
    """
    judged = {code: why.strip() for code, why in (judged or {}).items()}
    known = {site.code for site in frame}
    if unknown := sorted(set(judged) - known):
        raise ValueError(f"not in scope: {unknown[0]}")
    if silent := sorted(code for code, why in judged.items() if not why):
        raise ValueError(f"chosen without a reason: {silent[0]}")
    chosen = []
    for band in bands(frame, share):
        order = drawn_order(seed, band.codes)
        n = band.random  # more of them where judgement adds so many that the share would no longer hold
        while n < at_random(max(band.needed, n + sum(code in judged for code in order[n:])), share):
            n += 1
        drawn = order[:n]
        by_judgement = [code for code in band.codes if code in judged and code not in drawn]
        rest = [code for code in order if code not in drawn and code not in by_judgement]
        drawn += rest[: max(band.needed - len(drawn) - len(by_judgement), 0)]
        chosen += [{"code": code, "how": RANDOM, "why": ""} for code in drawn]
        chosen += [{"code": code, "how": JUDGEMENT, "why": judged[code]} for code in by_judgement]
    return chosen
