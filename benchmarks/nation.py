"""The synthetic nation: the demonstration at full size, in a database of its own."""

import io
import os
from urllib.parse import urlsplit, urlunsplit

import psycopg2


def own_database(officers):
    """Makes an empty database beside the configured one, and names it in the environment. Before Django is set up."""
    from cse_portal.lib import embedded

    embedded.ensure_environment()
    given = urlsplit(os.environ["DATABASE_URL"])
    name = f"cse_bench_{officers}"
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    os.environ["DATABASE_URL"] = urlunsplit(given._replace(path=f"/{name}"))
    return name


def drop(name):
    """Removes what own_database made."""
    from django.db import connections

    connections.close_all()
    at = urlsplit(os.environ["DATABASE_URL"])
    connection = psycopg2.connect(urlunsplit(at._replace(path="/postgres")))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    connection.close()


def load(officers, say):
    from django.core.management import call_command
    from django.db import connection

    from cse_portal.lib import clock
    from cse_portal.oversight import demo

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    demo.load(officers, 2026, clock.today(), say=say)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
