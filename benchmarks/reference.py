"""The reference work R1 to R3 that everything else is a ratio of."""

import io

from django.db import connection

from .measure import median_ms, rows, seconds


def copies(tables, where):
    """Seconds that raw COPY of these very rows takes into the same constrained tables, indexes and foreign keys and all.

    `tables`: {table: (order, "filter with %s")}; the rows go out to memory, into a twin of the table, which is then dropped."""
    total = 0
    for table, (order, condition) in tables.items():
        sheet = io.StringIO()
        columns = ", ".join(f'"{c}"' for (c,) in rows(COLUMNS, [table]))
        twin = f"bench_{table}"[:63]
        with connection.cursor() as cursor:
            query = cursor.mogrify(f"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {order}", where).decode()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", sheet)
            cursor.execute(f"DROP TABLE IF EXISTS {twin}; CREATE TABLE {twin} (LIKE {table} INCLUDING ALL)")
            for n, (definition,) in enumerate(rows(FOREIGN_KEYS, [table])):
                cursor.execute(
                    f"ALTER TABLE {twin} ADD CONSTRAINT bench_{table[:40]}_{n} {definition.replace('DEFERRABLE INITIALLY DEFERRED', '')}"
                )
            sheet.seek(0)
            total += seconds(lambda: cursor.copy_expert(f"COPY {twin} ({columns}) FROM STDIN", sheet))  # noqa: B023
            cursor.execute(f"DROP TABLE {twin}")
    return total


COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
FOREIGN_KEYS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"


def empty_page_ms(client):
    """R2: the smallest signed-in page: session, user, role, base template."""
    return median_ms(lambda: client.get("/account/tokens/"), times=25, warm=3)


def round_trip_ms():
    """R3: SELECT 1."""
    return median_ms(lambda: rows("SELECT 1"), times=200, warm=20)
