"""Rows in bulk: ids taken from the sequence, rows by COPY. For invented data only; nothing else writes past the services."""

import csv
import io
import json

from django.db import connection


def ids(model, n):
    """`n` fresh primary keys of the model."""
    if not n:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, n])
        return [row[0] for row in cursor.fetchall()]


def copy(model, fields, rows):
    """Writes `rows` (tuples in the order of `fields`: attnames) by COPY; a column that is not named gets its field's default."""
    others = [f for f in model._meta.concrete_fields if f.attname not in fields and not f.primary_key and not f.has_db_default()]
    rest = tuple(_text(f.get_db_prep_save(f.get_default(), connection)) for f in others)
    columns = ", ".join(f'"{model._meta.get_field(name).column}"' for name in fields) + "".join(f', "{f.column}"' for f in others)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    for row in rows:
        writer.writerow([*map(_text, row), *rest])
    sheet.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {model._meta.db_table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", sheet)


def days(start, end=None):
    """A half-open range of dates as PostgreSQL reads it."""
    return f"[{start},{end or ''})"


def _text(value):
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, list):
        return "{" + ",".join(json.dumps(str(one), ensure_ascii=False) for one in value) + "}"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if hasattr(value, "adapted"):
        return json.dumps(value.adapted, ensure_ascii=False)
    return value
