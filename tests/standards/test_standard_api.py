"""Programs read editions, take them away and bring them back, compare, clone, publish, retire and map."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from standards import edition_file
from standards.models import Edition

pytestmark = pytest.mark.django_db
JSON = "application/json"


def url(edition, act=""):
    return f"/api/v1/standards/{edition.pk}/{act}"


def upload(held, **more):
    document = edition_file.document(held) | more
    return SimpleUploadedFile("edition.yaml", edition_file.to_yaml(document).encode())


def test_the_way_of_an_edition(client, signed_in, secretariat, edition):
    assert client.get(url(edition)).json()["mapping"] == []
    text = client.get(url(edition, "file/yaml/"))
    assert edition_file.from_yaml(text.content.decode()).said["edition"] == "test 1"
    assert client.get(url(edition, "file/xlsx/")).status_code == 200
    keeper = signed_in(secretariat)
    looked = keeper.post("/api/v1/standards/import/", {"file": upload(edition), "version": "2.0-draft"})
    assert looked.status_code == 200 and not looked.json()["taken"] and not Edition.objects.filter(version="2.0-draft").exists()
    taken = keeper.post("/api/v1/standards/import/", {"file": upload(edition, source="Another"), "version": "2.0-draft", "take": "true"}).json()
    draft = Edition.objects.get(pk=taken["id"])
    since = keeper.get(url(draft, f"since/{edition.pk}/")).json()
    assert since["facts"]["source"][1] == "Another" and since["elements"]["changed"] == {}
    body = {"edition": "test 1", "old": "1.1.1", "new": ["1.1.1", "1.1.2"], "note": "Divided"}
    assert len(keeper.post(url(draft, "map/"), body, content_type=JSON).json()) == 2
    assert keeper.post(url(draft, "map/"), body | {"new": ["9"]}, content_type=JSON).status_code == 400
    made = keeper.post(url(draft, "publish/"), {"version": "2.0", "transition_until": "2999-01-01"}, content_type=JSON)
    assert made.status_code == 201 and made.json()["state"] == "published" and made.json()["in_force_on"]
    second = Edition.objects.get(version="2.0")
    assert [row["new"] for row in client.get(url(second)).json()["mapping"]] == ["1.1.1", "1.1.2"]
    assert keeper.post(url(second, "clone/"), {"version": "3"}, content_type=JSON).json()["drawn_from"] == "2.0"
    assert keeper.post(url(second, "retire/"), {"reason": "Faulty"}, content_type=JSON).json()["state"] == "retired"


def test_a_bad_file_is_409_with_every_sentence(signed_in, secretariat, edition):
    bad = upload(edition, edition="bad", criteria=[])
    answer = signed_in(secretariat).post("/api/v1/standards/import/", {"file": bad, "take": "true"})
    assert answer.status_code == 409 and answer.json()["code"] == "bad_edition" and len(answer.json()["fields"]["file"]) > 3
    assert not Edition.objects.filter(version="bad").exists()


def test_others_read_only(client, signed_in, amina, edition):
    draft = edition.drawn_from
    assert client.get(url(draft)).status_code == client.get(url(draft, "file/yaml/")).status_code == client.get(url(edition, f"since/{draft.pk}/")).status_code == 404
    auditor = signed_in(amina)
    assert auditor.post("/api/v1/standards/import/", {"file": upload(edition)}).status_code == 403
    for act in ("clone", "retire", "map"):
        assert auditor.post(url(edition, f"{act}/"), {}, content_type=JSON).status_code == 403
