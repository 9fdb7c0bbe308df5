"""How often something may be done: fixed windows, counted in the cache."""

from django.core.cache import cache


def spend(key, amount, seconds):
    """Counts one use; False when more than `amount` fell within the window of `seconds`."""
    place = f"limit:{key}"
    if cache.add(place, 1, seconds):
        return True
    try:
        return cache.incr(place) <= amount
    except ValueError:  # it ran out between the two lines
        return cache.add(place, 1, seconds) or cache.incr(place) <= amount
