"""What the machine may do at once in a history, so that no rule is met too seldom; of `FIRST` one is drawn for each."""

PANEL = ["chair", "second", "third", "fourth", "former", "amina_panel", "caro_panel", "lydia_panel"]
CODES = ["1.1.1", "1.1.2", "2.1.1", "3.1.1", "3.1.2", "4.1.1", "5.1.1"]
EDITS = ["title", "weight", "rules", "of the audit"]
FIRST = ["", "vote", "one vote", "decide", "vote, certificate ends", "certificate ends", "returned", "rate", "lead leaves", "submit", "edit", "renew", "suspend", "bare", "in conflict"]


class First:
    firsts = FIRST

    def do_first(self, first, name):
        if "vote" in first and self.audit.state == "report":
            self.most_vote(name, 1 if first == "one vote" else 8, "certify")
            if "certificate" in first:
                self.an_assessors_certificate_ends(True, True, False)
            else:
                self.decide(name, "certify")
        elif first == "returned" and self.audit.state == "submitted":
            self.right_people_go_on(4)
            self.technical_review("lydia", "returned")
        elif first == "rate" and not self.audit.is_open:
            for code in CODES:
                self.rate(0, "amina", code, "E", False)
        elif first == "submit" and self.audit.is_open:
            self.the_lead_submits()
        elif first == "lead leaves":
            self.the_lead_leaves()
        elif first == "edit":
            self.somebody_edits_the_edition(EDITS[PANEL.index(name) % len(EDITS)])
        elif first == "decide" and self.audit.state == "report":
            self.decide(name, "certify")
        elif first == "certificate ends" and not self.held():
            self.an_assessors_certificate_ends(True, True, self.audit.is_open)
        elif first == "renew" and self.held():
            self.plan_renewal("caro", "amina", False)
        elif first == "suspend" and self.held():
            self.suspended_or_withdrawn("suspend", "second")
            self.days_pass(200)
        elif first in ("bare", "in conflict") and self.audit.is_open:
            self.rate_the_rest("amina", 0, first == "bare", {})
            if first == "in conflict":
                self.rate_without_having_seen(0, "brian", "1.1.1", "P")
            self.the_lead_submits()
