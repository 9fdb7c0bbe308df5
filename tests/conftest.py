"""The known cast. Grace keeps the staff register of Livestock; Odhiambo that of Immigration, where Grace is a stranger."""

import gc

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from centres.access import Scope
from tests import database
from tests import factories as make

LONG = ("test_from_staff_file", "test_doors.py", "test_doors_of", "test_names_need_a_grant", "test_demonstration")


def pytest_collection_modifyitems(items):
    """The longest files first: begun last, one of them would keep a single process busy after the others are done."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if name in item.nodeid), len(LONG)))


def pytest_collection_finish():
    """What is loaded by now stays; looking through it again and again for garbage is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_keepdb(request, django_db_modify_db_settings, django_db_blocker):
    """The test database is a copy of a template, made before Django looks for it; `--reuse-db` takes the one that is there."""
    if not request.config.getvalue("reuse_db") or request.config.getvalue("create_db"):
        with django_db_blocker.unblock():
            database.made(connection.creation._get_test_db_name())
    return True


@pytest.fixture(scope="session")
def django_db_createdb():
    return False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database refuses to truncate the trail; tests with real transactions are cleaned by truncation, so here it may.
    Queries of a few rows are not compiled, their joins are taken as they are written, and no commit waits for the disk: that would
    be a third of the time."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        for setting in ("jit = off", "synchronous_commit = off", "join_collapse_limit = 1", "from_collapse_limit = 1"):
            cursor.execute(f'ALTER DATABASE "{name}" SET {setting}; SET {setting}')
        cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%no_truncate'")
        for trigger, table in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{trigger}" ON {table}')


@pytest.fixture(autouse=True)
def _files_of_their_own(settings, tmp_path):
    """Uploads of a test never meet those of another."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _english():
    """A page read in Kiswahili leaves no Kiswahili to the next test."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _second_factor_off(settings):
    """Switched on again by the tests of the second factor."""
    settings.MFA_REQUIRED = False


@pytest.fixture(autouse=True)
def _empty_cache():
    from django.core.cache import cache

    cache.clear()


# Places.
@pytest.fixture
def agriculture(db):
    return make.organisation("MOALD", "Ministry of Agriculture and Livestock Development", "ministry")


@pytest.fixture
def livestock(agriculture):
    return make.organisation("SDLD", "State Department for Livestock Development", parent=agriculture)


@pytest.fixture
def dairy_board(livestock):
    """Below Livestock, with personal numbers of its own."""
    return make.organisation("KDB", "Kenya Dairy Board", "state_corporation", parent=livestock)


@pytest.fixture
def immigration(db):
    return make.organisation("SDICS", "State Department for Immigration and Citizen Services")


@pytest.fixture
def gpo(db):
    return make.huduma_centre()


@pytest.fixture
def embu(db):
    return make.campus()


# Officers.
@pytest.fixture
def wanjiru(livestock):
    """A frontline officer of Livestock."""
    return make.officer(livestock, "Wanjiru", "Kamau")


@pytest.fixture
def hassan(immigration):
    """A frontline officer of Immigration: foreign to Grace."""
    return make.officer(immigration, "Hassan", "Mwakio", gender="M")


# People at work: each is a hat (membership). `scope_of` and `signed_in` turn a hat into a scope or a browser session.
@pytest.fixture
def grace(livestock):
    return make.member("hr_officer", "grace@livestock.go.ke", "Grace Njeri", livestock)


@pytest.fixture
def odhiambo(immigration):
    return make.member("hr_officer", "odhiambo@immigration.go.ke", "Peter Odhiambo", immigration)


@pytest.fixture
def principal_secretary(livestock):
    return make.member("authorised_officer", "ps@livestock.go.ke", "Jonathan Mueke", livestock)


@pytest.fixture
def champion(livestock):
    return make.member("service_champion", "champion@livestock.go.ke", "Ruth Chebet", livestock)


@pytest.fixture
def centre_manager(gpo):
    return make.member("centre_manager", "manager@gpo.example", "Salim Charo", centre=gpo)


@pytest.fixture
def coordinator(db):
    return make.member("coordinator", "coordinator@ksg.example", "Esther Wafula")


@pytest.fixture
def kiprono(db):
    return make.member("trainer", "kiprono@ksg.example", "David Kiprono")


@pytest.fixture
def amina(db):
    """An auditor in the register with valid assessor and lead certificates; she serves in no MDA."""
    return make.assessor(make.member("auditor", "amina@huduma.example", "Amina Noor"))


@pytest.fixture
def brian(db):
    """A second auditor, as qualified as the first."""
    return make.assessor(make.member("auditor", "brian@huduma.example", "Brian Lokwang"))


@pytest.fixture
def secretariat(db):
    return make.member("secretariat", "secretariat@huduma.example", "Faith Mwende")


@pytest.fixture
def panel(db):
    return make.member("panel", "panel@huduma.example", "Joseph Gitonga")


@pytest.fixture
def hops(db):
    return make.member("hops", "peter@hops.example", "Peter Simiyu")


@pytest.fixture
def administrator(db):
    return make.member("administrator", "admin@huduma.example", "Halima Abdi")


@pytest.fixture
def learner(wanjiru):
    """Wanjiru, signed in as herself."""
    hat = make.member("learner", "wanjiru@livestock.go.ke", "Wanjiru Kamau")
    wanjiru.user = hat.user
    wanjiru.save()
    return hat


@pytest.fixture
def scope_of():
    """scope_of(hat) -> Scope of that person acting under that hat."""
    return lambda hat: Scope(user=hat.user, membership=hat)


@pytest.fixture
def signed_in():
    """signed_in(hat) -> a browser session (Django test client) acting under that hat."""

    def sign_in(hat):
        client = Client()
        client.force_login(hat.user)
        session = client.session
        session["hat"] = hat.pk
        session.save()
        return client

    return sign_in


@pytest.fixture
def anyone():
    """A browser without an account."""
    return Client()
