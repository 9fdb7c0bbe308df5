"""The demonstration's people who sign in: one for each role, all with one password."""

from typing import NamedTuple

from django.contrib.auth.hashers import make_password

from centres.models import Membership, Role
from cse_portal.accounts.models import User

from .bulk import days

PASSWORD = "karibu-huduma-2026"
LIVESTOCK = "SDLD"
CENTRE = "HC-047-01"
# role, email, name, MDA, centre
PEOPLE = [
    (Role.HR_OFFICER, "hr@demo.example", "Grace Njeri", LIVESTOCK, None),
    (Role.AUTHORISED_OFFICER, "authorised@demo.example", "Jonathan Muriuki", LIVESTOCK, None),
    (Role.SERVICE_CHAMPION, "champion@demo.example", "Ruth Chebet", LIVESTOCK, None),
    (Role.LEARNER, "learner@demo.example", "Wanjiku Kamau", None, None),
    (Role.COORDINATOR, "coordinator@demo.example", "Esther Wafula", None, None),
    (Role.COORDINATOR, "coordinator2@demo.example", "Moses Kimani", None, None),
    (Role.TRAINER, "trainer@demo.example", "David Rotich", None, None),
    (Role.AUDITOR, "auditor@demo.example", "Amina Noor", None, None),
    (Role.AUDITOR, "auditor2@demo.example", "Brian Lokwang", None, None),
    (Role.SECRETARIAT, "secretariat@demo.example", "Faith Mwende", None, None),
    (Role.SECRETARIAT, "secretariat2@demo.example", "Lydia Atieno", None, None),
    (Role.PANEL, "panel@demo.example", "Joseph Gitonga", None, None),
    (Role.PANEL, "panel2@demo.example", "Mary Chepkoech", None, None),
    (Role.PANEL, "panel3@demo.example", "Ali Hassan", None, None),
    (Role.PANEL, "panel4@demo.example", "Beatrice Nduta", None, None),  # without a part in any decision: for appeals
    (Role.CENTRE_MANAGER, "manager@demo.example", "Lilian Jepkosgei", None, CENTRE),
    (Role.HOPS, "hops@demo.example", "Peter Simiyu", None, None),
    (Role.ADMINISTRATOR, "admin@demo.example", "Halima Abdi", None, None),
]
# Trainers who teach but are not handed out.
OTHER_TRAINERS = ["Mary Musyoka", "Samuel Kiplagat", "Fatuma Hassan", "Charles Otieno"]
# Auditors of the register; the first two are handed out above, the others are named to teams only.
AUDITORS = [
    ("auditor@demo.example", "Amina Noor"), ("auditor2@demo.example", "Brian Lokwang"), ("auditor3@demo.example", "Nancy Awuor"),
    ("auditor4@demo.example", "Daniel Kipchumba"), ("auditor5@demo.example", "Rose Nyaboke"),
]  # fmt: skip


class Account(NamedTuple):
    role: str
    email: str
    password: str


def accounts():
    """[(role, email, password)] of the demonstration accounts that exist."""
    there = set(User.objects.filter(email__in=[email for _role, email, *_rest in PEOPLE]).values_list("email", flat=True))
    return [Account(role.label, email, PASSWORD) for role, email, *_rest in PEOPLE if email in there]


def make(world):
    """Users with their hats: {email: User}; `world.trainers`: all trainers."""
    secret = make_password(PASSWORD, salt=f"demonstration{world.seed}")
    users, hats = {}, []
    start = world.on - world.years(5)  # before the first decision: who decided was in office
    people = PEOPLE + [(Role.TRAINER, f"trainer{i}@demo.example", name, None, None) for i, name in enumerate(OTHER_TRAINERS, 2)]
    people += [(Role.AUDITOR, email, name, None, None) for email, name in AUDITORS[2:]]
    for role, email, name, _mda, _centre in people:
        users[email] = User(
            email=email,
            name=name,
            password=secret,
            mfa_required=role in Membership.NEEDS_SECOND_FACTOR,
            date_joined=world.at(start),
        )
    User.objects.bulk_create(users.values())
    for role, email, _name, mda, centre in people:
        hats.append(
            Membership(
                user=users[email],
                role=role,
                organisation=world.organisations.get(mda),
                centre=world.centres.get(centre),
                during=days(start),
            )
        )
    Membership.objects.bulk_create(hats)
    world.trainers = [users[email] for role, email, *_rest in people if role == Role.TRAINER]
    return users
