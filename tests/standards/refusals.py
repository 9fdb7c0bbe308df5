"""What a rule or the database says no to."""

import pytest
from django.db import DatabaseError, connection, transaction

from cse_portal.lib.errors import Refused


def refused(code, act, /, *args, **kwargs):
    """The refusal of that code by which the act ends."""
    with pytest.raises(Refused) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == code, refusal.value
    return refusal.value


def refused_by_the_database(sql, *args):
    """What it says against the statement, at once or when the transaction ends."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, args)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return str(refusal.value)
