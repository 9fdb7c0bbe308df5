"""Test databases from a template: migrated once for all processes and for later runs, until a migration changes."""

import hashlib
import zlib
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection


def template():
    """Its name says which migrations made it."""
    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for path in sorted(Path(app.path).glob("migrations/*")):
            if path.suffix in (".py", ".sql"):
                digest.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return f"{family()}{digest.hexdigest()[:12]}"


def family():
    return f"template_{connection.settings_dict['NAME']}_"


def made(name):
    """Makes the database `name` anew. Processes that begin together wait for the one that migrates."""
    source = template()
    lock = zlib.crc32(source.encode())
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        try:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [source])
            if cursor.fetchone() is None:
                _migrated(cursor, source)
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def _migrated(cursor, source):
    """Under another name until it is whole: a process that is killed leaves no half template."""
    begun = f"{source}_begun"
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family()])
    for (old,) in cursor.fetchall():
        cursor.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{begun}"')
    name = connection.settings_dict["NAME"]
    try:
        connection.close()
        connection.settings_dict["NAME"] = begun
        call_command("migrate", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    cursor.execute(f'ALTER DATABASE "{begun}" RENAME TO "{source}"')
