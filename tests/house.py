"""Two sides of one house, for the walk of test_doors.py: ours, and theirs with the same things under the same names.

Every private name of theirs holds MARKER; a body that shows it to one of ours leaked. People of ours hold one role each.
A thing that a route needs goes into `Side`, once: both sides get it.
"""

from django.test import Client

from centres.models import ApiToken, Role
from cse_portal.lib import clock
from tests import factories as make

MARKER = "Zzforeign"
PUBLIC, SIGNED_IN = "public", "signed_in"


class Side:
    """One MDA with its people, officers, cohort and audit."""

    def __init__(self, house, key, name, mark):
        self.house, self.key, self.mark = house, key, mark
        self.mda = make.organisation(key.upper(), f"State Department for {name}", parent=house.ministry)
        self.centre = make.huduma_centre(f"HC-{key}", f"{name} Huduma Centre")
        self.campus = make.campus(f"KSG-{key}", f"KSG {name}")
        self.officer = make.officer(self.mda, f"Wanjiru {mark}", "Kamau")
        self.hats = {role: self.hat(role) for role in Role}
        self.officer.user = self.hats[Role.LEARNER].user
        self.officer.save()
        self.officer.postings.update(centre=self.centre)
        self.champion = self.hats[Role.SERVICE_CHAMPION]
        self.tokens = {role: self.token(role) for role in Role}
        self.invited = self.hat(Role.SERVICE_CHAMPION, "invited", password=None)

    def hat(self, role, who="", password="correct horse battery"):
        place = {}
        if role in ("hr_officer", "authorised_officer", "service_champion"):
            place = {"organisation": self.mda}
        elif role == Role.CENTRE_MANAGER:
            place = {"centre": self.centre}
        email = f"{who or role}@{self.key}.example"
        user = make.user(email, f"{who or role} {self.mark}".strip(), password)
        return make.member(role, email, user.name, of_user=user, **place)

    def token(self, role):
        expires = make.at(make.days_ahead(30))
        return ApiToken.objects.create(
            membership=self.hats[role], name=f"token {self.mark}", digest=f"{self.key}-{role}", expires_at=expires
        )


class House:
    def __init__(self):
        self.ministry = make.organisation("MIN", "Ministry above both", "ministry")
        self.ours = Side(self, "ours", "Livestock", "")
        self.theirs = Side(self, "theirs", "Immigration", MARKER)
        self.today = clock.today()
        self.clients = {role: self.client(hat) for role, hat in self.ours.hats.items()}
        self.clients[PUBLIC] = Client()
        self.clients[SIGNED_IN] = self.client(user=make.user("nobody@example.org", "No Role"))

    @staticmethod
    def client(hat=None, user=None):
        client = Client()
        client.force_login(user or hat.user)
        if hat:
            session = client.session
            session["hat"] = hat.pk
            session.save()
        return client
