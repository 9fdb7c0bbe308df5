"""The arithmetic of seats: what is free for whom, and who of a queue is served. Values in, values out; no database."""


class Seats:
    """Seats of one cohort. `quotas`: {MDA: seats kept for it, not yet released}; `held`: {MDA: seats its officers hold}.

    An MDA's officers fill its quota first. What is neither held nor kept is the pool, open to everyone:
    pool = capacity - sum of max(quota, held).
    """

    def __init__(self, capacity, quotas=None, held=None):
        self.capacity = capacity
        self.quotas = {mda: n for mda, n in (quotas or {}).items() if n}
        self.held = {mda: n for mda, n in (held or {}).items() if n}

    def kept(self, mda):
        """Seats of its quota that its officers do not hold yet."""
        return max(self.quotas.get(mda, 0) - self.held.get(mda, 0), 0)

    @property
    def taken(self):
        return sum(self.held.values())

    @property
    def committed(self):
        """Held or kept: never more than the capacity."""
        return self.taken + sum(self.kept(mda) for mda in self.quotas)

    @property
    def pool(self):
        """Free for everyone; below 0 only if the rules were broken."""
        return self.capacity - self.committed

    @property
    def free(self):
        """Neither held: the pool and what is kept."""
        return self.capacity - self.taken

    def free_for(self, mda):
        return max(self.pool, 0) + self.kept(mda)

    def take(self, mda):
        """One more seat held by the MDA, if one is free for it: whether it was."""
        if self.free_for(mda) <= 0:
            return False
        self.held[mda] = self.held.get(mda, 0) + 1
        return True

    def give_back(self, mda):
        self.held[mda] = self.held.get(mda, 0) - 1

    def serve(self, queue):
        """Of a queue [(thing, MDA)], first come first served: the things that get a seat now. One pass is enough, for serving one
        never makes a seat free for one who was passed over."""
        return [thing for thing, mda in queue if self.take(mda)]

    def with_quota(self, mda, seats):
        """The same seats, had the MDA this quota (0: none)."""
        return Seats(self.capacity, self.quotas | {mda: seats}, self.held)

    def __repr__(self):
        return f"Seats({self.capacity}, quotas={self.quotas}, held={self.held})"
