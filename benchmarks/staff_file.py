"""Staff files of a hundred thousand and a million rows: P1 to P3."""


def measure(officers):
    return []
