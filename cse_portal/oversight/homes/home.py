"""What a role's home is made of. Answer first: what to do, in order of harm; then where one stands."""

from dataclasses import dataclass, field

HARM = ["bad", "warn", "info", "ok", ""]


@dataclass
class Home:
    todo: list = field(default_factory=list)  # rows of components/todo.html
    nothing: str = ""  # said when there is nothing to do
    notes: list = field(default_factory=list)  # [(sentence, url)]: what is no work for the reader, and where it is
    actions: list = field(default_factory=list)  # [(label, url, icon)]; the first is the main one
    panel: tuple = ()  # (heading, [(label, value)], url, label of the link)
    cadres: list = field(default_factory=list)  # rows of oversight/cadre_table.html
    goals: dict = field(default_factory=dict)  # {cadre id or None: target in percent}
    cohorts: tuple = ()  # (heading, label of the count, [(cohort, n)])
    audits: tuple = ()  # (heading, note, [(audit, words)])
    seats: list = field(default_factory=list)  # [(cohort with `free`)]
    sessions: list = field(default_factory=list)  # [(session, marked, seats, url)]

    def most_urgent_first(self):
        self.todo.sort(key=lambda row: HARM.index(row["tone"]))
        return self


def todo(heading, text, *, icon, tone, url="", verb=""):
    return {"heading": heading, "text": text, "icon": icon, "tone": tone, "url": url, "verb": verb}


def note(sentence, url):
    return sentence, url
