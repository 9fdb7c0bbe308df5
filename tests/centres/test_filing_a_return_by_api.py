"""A payroll system files a staff return by API: upload, preview, correction, confirming; the same rules as the pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from centres import tasks
from centres.models import Officer, Roster
from tests import factories as make
from tests.centres.test_filing_a_staff_return import HEADING, line, reference  # noqa: F401

pytestmark = pytest.mark.usefixtures("reference")


@pytest.fixture
def upload(signed_in, grace, django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)

    def post(*lines, hat=None, **more):
        file = SimpleUploadedFile("staff.csv", "\n".join([HEADING, *lines]).encode())
        with django_capture_on_commit_callbacks(execute=True):
            return signed_in(hat or grace).post(reverse("api:rosters-list"), {"file": file} | more)

    return post


def test_from_upload_to_register(upload, signed_in, grace):
    answer = upload(line(), line("21000043", phone="07AB"), as_at=make.days_ago(1).isoformat(), full=True)
    assert answer.status_code == 201
    ref, client = answer.json()["ref"], signed_in(grace)
    said = client.get(reverse("api:rosters-detail", args=[ref])).json()
    assert (said["state"], said["created"], said["rejected"], said["full"]) == ("read", 1, 1, True)

    url = reverse("api:rosters-fix", args=[ref, 3])
    wrong = client.post(url, {"cells": {"Shoe size": "44"}}, content_type="application/json")
    assert wrong.status_code == 400 and "Shoe size" in str(wrong.json()["fields"])
    row = client.post(url, {"cells": {"Phone": "0712345679"}}, content_type="application/json").json()
    assert (row["outcome"], row["problems"]) == ("created", [])

    said = client.post(reverse("api:rosters-confirm", args=[ref])).json()
    assert (said["state"], Officer.objects.count()) == ("applied", 2)


def test_rejected_rows_follow_their_return(upload):
    first = upload(line("123"), as_at=make.days_ago(5).isoformat()).json()
    second = upload(line("21000043"), follows=first["ref"]).json()
    assert (second["follows"], second["as_at"]) == (first["ref"], first["as_at"])


def test_a_refusal_has_the_shape_of_errors(upload, odhiambo, livestock):
    answer = upload(line(), hat=odhiambo, organisation=livestock.code)
    assert answer.status_code == 409 and "your own MDA" in answer.json()["detail"]
    assert not Roster.objects.exists()


def test_a_stranger_confirms_nothing(upload, signed_in, odhiambo):
    ref = upload(line()).json()["ref"]
    for act in ("confirm", "cancel"):
        assert signed_in(odhiambo).post(reverse(f"api:rosters-{act}", args=[ref])).status_code == 404
