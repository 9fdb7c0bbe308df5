"""A change of rules that touches half a nation: P11."""


def measure(officers):
    return []
