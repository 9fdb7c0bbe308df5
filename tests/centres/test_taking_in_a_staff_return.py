"""What confirming a staff return does to the register, what it may not do, and what happens when things go wrong midway."""

import csv
import datetime as dt
import io
import json
import threading
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from kombu.exceptions import OperationalError

from centres import imports, staff_file, tasks
from centres.access import Scope
from centres.models import Officer, Posting, Roster
from centres.services import changes, merge, rosters, taking_in
from centres.staff_file import COLUMNS
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make

FILES = Path(__file__).parent.parent / "files"
HEADING = [column.heading for column in COLUMNS]
KEYS = {column.key: column.heading for column in COLUMNS}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reference(db, livestock, dairy_board, immigration):
    for code, _ in make.CADRES:
        make.cadre(code)
    make.county(), make.county("014", "Embu")
    for code in "JKL":
        make.job_group(code)


def row(personal_no="21000042", **cells):
    """A row of the file by key; what is not said is good, or empty where it may be."""
    given = {
        "personal_no": personal_no,
        "surname": "Kamau",
        "first_name": "Wanjiru",
        "organisation": "SDLD",
        "cadre": "FRT",
    } | cells
    return {KEYS[key]: value for key, value in given.items()}


def received(*rows, actor=None, as_at=None, organisation=None, headings=HEADING):
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    file = SimpleUploadedFile("staff.csv", text.getvalue().encode())
    actor = actor or Scope.system_task("test")
    return rosters.receive(actor, file=file, file_name="staff.csv", as_at=as_at or clock.today(), organisation=organisation)


def read(*rows, **more):
    roster = received(*rows, **more)
    imports.read_roster(roster.pk)
    roster.refresh_from_db()
    return roster


def take_in(*rows, **more):
    return taking_in.apply(Scope.system_task("test"), roster=read(*rows, **more))


def problem_of(roster):
    return roster.lines.get(outcome="rejected").problems[0]


def postings_of(officer):
    return [(p.cadre.code, p.organisation.code, p.during.lower, p.during.upper) for p in officer.postings.order_by("during")]


# --- who a row is ---


def test_leading_zeros_and_spaces_make_no_second_person_and_the_first_form_stays():
    take_in(row("0021 000 042"))
    assert take_in(row("21000042")).unchanged == 1
    assert Officer.objects.get().personal_no == "0021000042"


def test_upn_finds_the_officer_whatever_the_number(wanjiru):
    Officer.objects.update(upn="21200000098")
    roster = read(row("777777", upn="21200000098"))
    assert roster.lines.get().diff["personal_no"] == [wanjiru.personal_no, "777777"]
    taking_in.apply(Scope.system_task("test"), roster=roster)
    wanjiru.refresh_from_db()
    assert (wanjiru.personal_no, wanjiru.personal_key) == ("777777", "777777")
    assert take_in(row("777777", upn="21200000098")).unchanged == 1


def test_upn_and_number_of_two_officers_are_rejected_without_saying_whose_they_are(wanjiru, hassan):
    Officer.objects.filter(pk=hassan.pk).update(upn="21200000098")
    problem = problem_of(read(row(wanjiru.personal_no, upn="21200000098")))
    assert problem["code"] == "two_officers" and "Hassan" not in json.dumps(problem) and "Wanjiru" not in json.dumps(problem)


def test_a_number_with_another_upn_is_rejected_without_showing_the_other(wanjiru):
    Officer.objects.update(upn="21200000098")
    problem = problem_of(read(row(wanjiru.personal_no, upn="21200000099")))
    assert problem["code"] == "other_upn" and "21200000098" not in json.dumps(problem)


def test_a_upn_twice_in_one_file_is_rejected_the_second_time():
    problem = problem_of(read(row("1001", upn="21200000098"), row("1002", upn="212 0000 0098")))
    assert problem["code"] == "duplicate_upn" and "Line 2" in problem["remedy"]


def test_names_never_find_anyone(wanjiru):
    assert read(row("999999", surname=wanjiru.surname, first_name=wanjiru.first_name, email=wanjiru.email)).created == 1


# --- what a row changes, and when ---


def test_an_empty_cell_erases_nothing(wanjiru):
    take_in(row(wanjiru.personal_no, phone="0712345678", email="w@example.org", county="014", designation="Driver"))
    again = take_in(row(wanjiru.personal_no))
    assert (again.changed, again.unchanged) == (0, 1)
    wanjiru.refresh_from_db()
    assert (wanjiru.phone, wanjiru.email) == ("+254712345678", "w@example.org")


def test_names_and_phones_change_without_touching_the_posting(wanjiru):
    before = postings_of(wanjiru)
    take_in(row(wanjiru.personal_no, surname="Otieno"))
    wanjiru.refresh_from_db()
    assert wanjiru.surname == "Otieno" and postings_of(wanjiru) == before


def test_a_posting_that_began_on_the_as_at_day_is_corrected_in_place(wanjiru):
    today = clock.today()
    take_in(row(wanjiru.personal_no, cadre="SNR"))
    take_in(row(wanjiru.personal_no, cadre="TEC"))
    assert [(c, lower) for c, _o, lower, _u in postings_of(wanjiru)] == [("FRT", make.days_ago(400)), ("TEC", today)]


def test_a_planned_end_stays_planned(wanjiru):
    Posting.objects.update(during=DateRange(make.days_ago(400), make.days_ahead(60)), end_reason="contract ends")
    take_in(row(wanjiru.personal_no, cadre="SNR"))
    old, new = wanjiru.postings.order_by("during")
    assert (old.during.upper, new.during.upper) == (clock.today(), make.days_ahead(60))
    assert (new.end_reason, old.end_reason != "contract ends") == ("contract ends", True)


def test_who_had_left_and_is_back_gets_a_new_posting_from_the_as_at_day(wanjiru):
    Posting.objects.update(during=DateRange(make.days_ago(400), make.days_ago(100)), end_reason="left")
    take_in(row(wanjiru.personal_no, in_post_since=make.days_ago(300).isoformat()), as_at=make.days_ago(5))
    assert postings_of(wanjiru) == [
        ("FRT", "SDLD", make.days_ago(400), make.days_ago(100)),
        ("FRT", "SDLD", make.days_ago(5), None),
    ]


def test_a_new_officer_without_in_post_since_starts_on_the_as_at_day():
    take_in(row(), as_at=make.days_ago(9))
    assert Posting.objects.get().during == DateRange(make.days_ago(9), None)


def test_a_return_older_than_the_posting_is_rejected(wanjiru):
    take_in(row(wanjiru.personal_no, cadre="SNR"))
    Posting.objects.filter(cadre__code="FRT").delete()
    assert problem_of(read(row(wanjiru.personal_no, cadre="TEC"), as_at=make.days_ago(10)))["code"] == "later_change"


def test_in_post_since_may_not_come_after_the_as_at_day():
    roster = read(row(in_post_since=make.days_ago(3).isoformat()), as_at=make.days_ago(9))
    assert problem_of(roster)["code"] == "future_date"


def test_a_national_file_moves_an_officer_from_one_mda_to_another_on_its_day(hassan):
    roster = read(row(hassan.personal_no), as_at=make.days_ago(3))
    assert roster.lines.get().diff["organisation"] == ["SDICS", "SDLD"]
    taking_in.apply(Scope.system_task("test"), roster=roster)
    (_, old, _, ended), (_, new, begun, _) = postings_of(hassan)
    assert (old, ended, new, begun) == ("SDICS", make.days_ago(3), "SDLD", make.days_ago(3))


def test_accepted_rows_go_in_although_others_are_rejected():
    roster = take_in(row("1001"), row("1002", phone="07AB"), row("1003"))
    assert (roster.created, roster.rejected, Officer.objects.count()) == (2, 1, 2)
    assert roster.lines.filter(outcome="rejected").count() == 1, "rejected rows stay listed"


def test_one_bad_statement_takes_back_all(monkeypatch, wanjiru):
    roster = read(row("1001"), row(wanjiru.personal_no, surname="Otieno"))
    monkeypatch.setattr(merge, "FIRST_POSTINGS", "SELECT 1/0")
    with pytest.raises(Exception, match="division"):
        taking_in.apply(Scope.system_task("test"), roster=roster)
    wanjiru.refresh_from_db()
    assert (wanjiru.surname, Officer.objects.count()) == ("Kamau", 1)


def test_the_trail_names_each_officer_and_the_hook_is_told(wanjiru, monkeypatch):
    told = []
    monkeypatch.setattr(changes, "_postings_changed", [told.extend])
    roster = take_in(row("1001"), row(wanjiru.personal_no, surname="Otieno", cadre="SNR"))
    new = Officer.objects.get(personal_key="1001")
    assert sorted(told) == sorted([new.pk, wanjiru.pk])
    entries = Entry.objects.filter(kind="officer").order_by("ref")
    assert {(e.ref, e.verb) for e in entries} == {(new.ref, "officer added"), (wanjiru.ref, "officer changed")}
    assert entries.get(ref=wanjiru.ref).changes["surname"] == ["Kamau", "Otieno"]
    assert Entry.objects.filter(kind="roster", ref=roster.ref).count() == 2


def test_public_references_that_are_taken_are_drawn_again(wanjiru, monkeypatch):
    roster = read(row("1001"), row("1002"))
    monkeypatch.setattr(merge, "STAGE", merge.STAGE.replace(merge.DRAWN, f"'{wanjiru.ref}'"))
    taking_in.apply(Scope.system_task("test"), roster=roster)
    assert Officer.objects.values("ref").distinct().count() == 3


# --- who may ---


def test_hr_confirms_nothing_for_an_mda_that_is_no_longer_below(grace, scope_of, dairy_board):
    roster = read(row(organisation="KDB"), actor=scope_of(grace), organisation=grace.organisation)
    dairy_board.lines.all().delete()
    with pytest.raises(Refused, match="no longer under yours"):
        taking_in.apply(scope_of(grace), roster=roster)


def test_hr_files_for_nobody_else(grace, scope_of, immigration):
    with pytest.raises(Refused):
        received(row(), actor=scope_of(grace), organisation=immigration)


def test_an_empty_mda_cell_means_the_mda_that_files(grace, scope_of):
    take_in(row(organisation=""), actor=scope_of(grace), organisation=grace.organisation)
    assert Posting.objects.get().organisation.code == "SDLD"


# --- workers that die, people who change their mind ---


def test_a_reader_that_died_is_replaced_by_one_that_goes_on_where_it_had_come_to(monkeypatch):
    roster = received(*[row(str(number)) for number in range(1001, 1010)])
    monkeypatch.setattr(rosters, "BATCH", 4)
    stage, batches = rosters.stage, []

    def die_in_the_second_batch(held, batch, presumed):
        batches.append(batch)
        if len(batches) == 2:
            raise SystemExit
        stage(held, batch, presumed)

    monkeypatch.setattr(rosters, "stage", die_in_the_second_batch)
    with pytest.raises(SystemExit):
        tasks.read_roster(roster.pk)
    roster.refresh_from_db()
    assert (roster.state, roster.rows) == ("reading", 4), "whoever waits sees how far it is"
    tasks.read_waiting_rosters()
    roster.refresh_from_db()
    assert roster.state == "reading", "its worker may still be alive"

    Roster.objects.update(claimed_at=clock.now() - dt.timedelta(minutes=3))
    tasks.read_waiting_rosters()
    roster.refresh_from_db()
    assert (roster.state, roster.rows, roster.lines.count(), len(batches)) == ("read", 9, 9, 4)


def test_a_file_that_kills_its_readers_is_given_up():
    roster = received(row())
    Roster.objects.update(state="reading", attempts=5, claimed_at=clock.now() - dt.timedelta(minutes=3))
    tasks.read_waiting_rosters()
    roster.refresh_from_db()
    assert roster.state == "failed" and "begun 5 times" in roster.problem
    assert rosters.waiting_ids() == []


def test_a_reader_that_was_taken_for_dead_writes_nothing_more():
    roster = received(row())
    slow = rosters.claim(roster.pk)
    Roster.objects.update(claimed_at=clock.now() - dt.timedelta(minutes=3))
    tasks.read_waiting_rosters()
    rosters.preview(slow, ["x"], iter([]))
    rosters.cannot_be_read(slow, "late")
    roster.refresh_from_db()
    assert (roster.state, roster.lines.count()) == ("read", 1)


def test_put_aside_while_it_is_read():
    roster = received(row())
    claimed = rosters.claim(roster.pk)
    rosters.cancel(Scope.system_task("test"), roster=roster)
    rosters.preview(claimed, HEADING, iter([]))
    roster.refresh_from_db()
    assert (roster.state, roster.lines.count()) == ("cancelled", 0)


def test_an_upload_is_kept_when_the_broker_is_down(signed_in, grace, monkeypatch, django_capture_on_commit_callbacks):
    def down(_pk):
        raise OperationalError

    monkeypatch.setattr(tasks.read_roster, "delay", down)
    data = {
        "file": SimpleUploadedFile("staff.csv", b"x"),
        "as_at": clock.today().isoformat(),
        "organisation": grace.organisation_id,
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(grace).post(reverse("centres:roster_upload"), data)
    assert answer.status_code == 302 and rosters.waiting_ids() == [Roster.objects.get().pk]
    page = signed_in(grace).get(answer["Location"])
    assert page["Refresh"] and "waits to be read" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_returns_with_the_same_new_officer_make_one(livestock):
    make.job_group()
    pair = [read(row()), read(row())]
    said, together = [], threading.Barrier(2)

    def confirm(roster):
        together.wait()
        try:
            taking_in.apply(Scope.system_task("test"), roster=roster)
            said.append("applied")
        except Refused as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=[roster]) for roster in pair]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sorted(said) == ["applied", "register_changed"]
    assert (Officer.objects.count(), Posting.objects.count()) == (1, 1)
    loser = Roster.objects.get(state="read")
    assert (loser.created, loser.unchanged) == (0, 1), "its preview is new"


# --- the file back ---


def sheet(client, roster, query=""):
    answer = client.get(reverse("centres:roster_rows", args=[roster.ref, "csv"]) + query)
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_file_comes_back_in_its_own_columns_and_can_be_filed_again(signed_in, administrator):
    headings = ["Station manager", *reversed(HEADING)]
    bad = row("1002", phone="07AB") | {"Station manager": "=cmd()"}
    roster = read(row("1001"), bad, headings=headings)
    lines = sheet(signed_in(administrator), roster, "?outcome=rejected")
    assert lines[0] == [*headings, "status", "error"]
    assert len(lines) == 2 and lines[1][0] == "'=cmd()" and lines[1][-2] == "Rejected" and lines[1][-1].startswith("Phone: Write")
    page = signed_in(administrator).get(reverse("centres:roster", args=[roster.ref])).content.decode()
    assert "were not read: Station manager" in page

    mended = dict(zip(lines[0], lines[1], strict=True)) | {"Phone": "0712345678"}
    assert read(mended, headings=lines[0]).created == 1


def test_a_short_first_row_does_not_narrow_the_file(signed_in, administrator):
    text = f"{','.join(HEADING)}\n1,2\n{','.join(['1001'] + [''] * 15)}\n"
    roster = rosters.receive(
        Scope.system_task("test"), file=SimpleUploadedFile("s.csv", text.encode()), file_name="s.csv", as_at=clock.today()
    )
    imports.read_roster(roster.pk)
    lines = sheet(signed_in(administrator), roster)
    assert [len(line) for line in lines] == [18, 18, 18]


def test_only_csv_and_xlsx_are_handed_out(signed_in, administrator):
    roster = read(row())
    answers = [
        signed_in(administrator).get(reverse("centres:roster_rows", args=[roster.ref, k])).status_code for k in ("xlsx", "pdf")
    ]
    assert answers == [200, 404]


def test_the_template_can_be_filled_in_and_filed(signed_in, grace, tmp_path):
    answer = signed_in(grace).get(reverse("centres:roster_template"))
    path = tmp_path / "template.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    with pytest.raises(Refused, match="a heading but no rows"):
        roster = Roster(as_at=clock.today())
        headings, rows = imports.read(imports.tabular.table(path, staff_file.OUR_SHEETS)[1], imports.catalogue(roster), roster.as_at)
        assert headings == HEADING
        list(imports._counted(rows))


# --- the command ---


def load_all():
    """All of the reference files; the places of the cast are theirs too."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM centres_reportingline; DELETE FROM centres_standing; DELETE FROM centres_organisation")
    call_command("load_reference", verbosity=0, stdout=io.StringIO())


def run(*arguments):
    out = io.StringIO()
    call_command("import_roster", *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.slow
def test_the_messy_file_is_taken_in_once():
    load_all()
    truth = json.loads((FILES / "messy_5000.truth.json").read_text())
    preview = run(FILES / "messy_5000.csv")
    assert set(preview) == {"rows", "created", "changed", "unchanged", "rejected"}
    assert {str(r["row"]): r["code"] for r in preview["rejected"]} == truth["bad"] and preview["rows"] == truth["rows"]
    assert all(set(r) == {"row", "column", "value", "code", "remedy"} for r in preview["rejected"])
    assert not Officer.objects.exists() and not Roster.objects.exists(), "a preview leaves nothing behind"
    assert run(FILES / "messy_5000.csv", "--apply")["created"] == 4893
    again = run(FILES / "messy_5000.csv", "--apply")
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 4893)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv"], "no file"),
        ([FILES / "bom_200.csv", "--organisation", "ZZZ"], "No MDA has the code"),
        ([FILES / "bom_200.csv", "--as-at", "2999-01-01"], "in the future"),
        ([FILES / "messy_5000.truth.json"], "Missing"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, says):
    with pytest.raises(CommandError, match=says):
        run(*arguments)
