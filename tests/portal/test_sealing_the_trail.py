"""The trail is only added to; seals show any change made behind its back."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from centres.access import Scope
from cse_portal.activity import seals, trail
from cse_portal.activity.models import Entry, Seal

NIGHT = Scope.system_task("night")


@pytest.fixture
def acts(livestock):
    """Five acts on Livestock, sealed."""
    rows = [trail.record(NIGHT, "corrected", livestock, {"name": (f"Livestock {n}", livestock.name)}) for n in range(5)]
    assert seals.seal() == 5
    return rows


def behind_its_back(sql, *values):
    """Direct SQL by the tables' owner, who can switch the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for verb in ("DISABLE", "ENABLE"):
            for table in ("activity_entry", "activity_seal"):
                cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER USER")
            if verb == "DISABLE":
                cursor.execute(sql, values)


def verify_trail():
    out = StringIO()
    try:
        call_command("verify_trail", "--json", stdout=out)
        code = 0
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue())


def test_an_untouched_trail_verifies_and_tells_its_unsealed_tail(acts, livestock):
    trail.record(NIGHT, "corrected", livestock)
    code, found = verify_trail()
    assert code == 0
    assert found["sound"] and found["rows"] == 5 and found["unsealed"] == 1


def test_seals_chain_and_cover_a_thousand_rows_each(livestock):
    trail.record_many([trail.entry(NIGHT, "corrected", livestock) for _n in range(2100)])
    assert seals.seal() == 2100
    assert seals.seal() == 0
    made = list(Seal.objects.order_by("id"))
    assert [len(s.entry_ids) for s in made] == [1000, 1000, 100]
    assert [s.previous_id for s in made] == [None, made[0].pk, made[1].pk]
    assert verify_trail()[0] == 0


def test_a_row_changed_by_direct_sql_is_found(acts):
    behind_its_back("UPDATE activity_entry SET actor = 'someone@else.example' WHERE id = %s", acts[2].pk)
    code, found = verify_trail()
    assert code == 1
    assert found["changed"] == [acts[2].pk] and not found["missing"] and not found["broken"]


def test_a_change_inside_the_recorded_values_is_found(acts):
    behind_its_back("""UPDATE activity_entry SET changes = '{"name": ["x", "y"]}' WHERE id = %s""", acts[0].pk)
    assert verify_trail()[1]["changed"] == [acts[0].pk]


def test_a_row_deleted_by_direct_sql_is_found(acts):
    behind_its_back("DELETE FROM activity_entry WHERE id = %s", acts[4].pk)
    code, found = verify_trail()
    assert code == 1
    assert found["missing"] == [acts[4].pk] and not found["changed"]


def test_a_row_taken_out_of_its_seal_is_found(acts):
    behind_its_back("UPDATE activity_entry SET seal_id = NULL, verb = 'nothing' WHERE id = %s", acts[1].pk)
    code, found = verify_trail()
    assert code == 1 and found["changed"] == [acts[1].pk]


def test_a_row_slipped_under_an_old_seal_is_found(acts, livestock):
    late = trail.record(NIGHT, "corrected", livestock)
    behind_its_back("UPDATE activity_entry SET seal_id = (SELECT min(id) FROM activity_seal) WHERE id = %s", late.pk)
    code, found = verify_trail()
    assert code == 1 and found["foreign"] == [late.pk]


def test_a_forged_seal_is_found(acts, livestock):
    """Someone changes a row and rewrites the seal over it to fit: the next seal no longer follows from it."""
    trail.record(NIGHT, "corrected", livestock)
    seals.seal()
    behind_its_back("UPDATE activity_entry SET note = 'forged' WHERE id = %s", acts[0].pk)
    first, second = Seal.objects.order_by("id")
    content = b"".join(seals.row_digest(e) for e in Entry.objects.filter(seal=first).order_by("id"))
    behind_its_back(
        "UPDATE activity_seal SET content = %s, digest = %s WHERE id = %s",
        content,
        seals.seal_digest(None, first.entry_ids, content),
        first.pk,
    )
    code, found = verify_trail()
    assert code == 1
    assert found["broken"] == [second.pk] and not found["changed"]


def test_a_seal_whose_digest_was_overwritten_is_found(acts):
    seal = Seal.objects.get()
    behind_its_back("UPDATE activity_seal SET digest = %s WHERE id = %s", "0" * 64, seal.pk)
    assert verify_trail()[1]["broken"] == [seal.pk]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity_entry SET note = 'x'",
        "UPDATE activity_entry SET seal_id = NULL",
        "DELETE FROM activity_entry",
        "UPDATE activity_seal SET digest = 'x'",
        "DELETE FROM activity_seal",
    ],
)
def test_the_database_refuses_to_change_the_trail(acts, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 5 and verify_trail()[0] == 0


@pytest.mark.parametrize("table", ["activity_entry", "activity_seal"])
def test_the_database_refuses_to_empty_the_trail(acts, table):
    """The test database alone allows it, to be cleaned between tests; here the portal's own trigger is put back first."""
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"CREATE TRIGGER put_back BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION activity_refuse_change()"
        )
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db(transaction=True)
def test_two_long_transactions_append_at_once_without_waiting(livestock):
    """Each holds its transaction open until the other has written; a lock between them would time out."""
    both_wrote, failures = threading.Barrier(2, timeout=10), []

    def write():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '3s'")
                trail.record(NIGHT, "corrected", livestock)
                both_wrote.wait()
                trail.record(NIGHT, "corrected", livestock)
                both_wrote.wait()
        except Exception as error:
            failures.append(error)
            both_wrote.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _n in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failures
    assert seals.seal() == 4


@pytest.mark.django_db(transaction=True)
def test_sealing_neither_waits_for_an_open_transaction_nor_misses_it_later(livestock):
    trail.record(NIGHT, "corrected", livestock)
    wrote, go = threading.Event(), threading.Event()

    def write_slowly():
        with transaction.atomic():
            trail.record(NIGHT, "corrected", livestock)
            wrote.set()
            go.wait(10)
        connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert wrote.wait(10)
    trail.record(NIGHT, "corrected", livestock)  # a later id, committed earlier
    assert seals.seal() == 2
    go.set()
    slow.join()
    assert seals.seal() == 1
    assert verify_trail()[0] == 0
