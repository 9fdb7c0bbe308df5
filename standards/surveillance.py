"""Which elements a surveillance looks at. Pure: the same elements and seed choose the same, in whatever order they come.

All critical elements, a share of the rest drawn from the seed (rounded up), and those of findings that are open. Elements that an
earlier surveillance of the same certification drew come last, so that two of them see as much of the Standard as they can.
"""

import hashlib
import math


def choose(elements, *, share, seed, open_findings=(), before=()):
    """Codes, sorted. `elements`: {code: whether it is critical}; `share`: Fraction of the rest; `open_findings`, `before`: codes."""
    rest = [code for code, critical in elements.items() if not critical]
    drawn = sorted(rest, key=lambda code: (code in before, rank(seed, code), code))[: math.ceil(len(rest) * share)]
    found = {code for code, critical in elements.items() if critical} | set(drawn) | (set(open_findings) & set(elements))
    return sorted(found, key=natural)


def rank(seed, code):
    return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()


def natural(code):
    """1.10.2 after 1.9.1."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in code.split(".")]
