"""The days that a page of figures is asked for: of which day, and as known on which."""

from dataclasses import dataclass

from cse_portal.lib import clock


def asked(params, name="on"):
    """(day, problem): the day in the address; today when none is given, or when what is given is not a date (then `problem` is it)."""
    text = (params.get(name) or "").strip()
    if not text:
        return clock.today(), ""
    try:
        return clock.parse_date(text), ""
    except ValueError:
        return clock.today(), text


@dataclass(frozen=True)
class Asked:
    """`on`: figures of that day; `known`: as known at the end of that past day, None: as known now; problems: what is no date."""

    on: object
    known: object = None
    not_a_date: str = ""
    known_problem: str = ""

    @classmethod
    def of(cls, params):
        on, problem = asked(params)
        known, known_problem = asked(params, "known") if (params.get("known") or "").strip() else (None, "")
        if known_problem or (known and known >= clock.today()):
            known = None
        return cls(on, known, problem, known_problem)

    @property
    def future(self):
        return self.on > clock.today()

    @property
    def query(self):
        """What a link to the same days carries."""
        said = {} if self.on == clock.today() else {"on": self.on.isoformat()}
        return said | ({"known": self.known.isoformat()} if self.known else {})
