"""The API's schema: complete, valid, and readable in a browser without a foreign script."""

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema


def test_the_schema_is_valid_and_leaves_nothing_to_guess():
    GENERATOR_STATS.reset()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    assert not GENERATOR_STATS._warn_cache and not GENERATOR_STATS._error_cache
    assert schema["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}


@pytest.mark.django_db
def test_its_page_is_ours_alone(client):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"https://" not in page.content and b"<style" not in page.content


@pytest.mark.django_db
def test_an_unknown_address_answers_in_the_shape_of_errors(client):
    answer = client.get("/api/v1/nothing/")
    assert answer.status_code == 404 and set(answer.json()) == {"code", "detail", "fields"}
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")
