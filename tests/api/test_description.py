"""The description of the API: complete, in English, and its page lets nothing foreign in."""

import base64
import hashlib
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from core.openapi import Document


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = Document().get_schema(request=None, public=True)["paths"]
    return [(path, method, what) for path, methods in paths.items() for method, what in methods.items()]


def test_every_operation_names_its_refusals() -> None:
    assert issubclass(Document, SchemaGenerator)
    operations = _operations()
    assert len(operations) > 40
    for path, method, what in operations:
        if path.endswith("/schema/"):
            continue
        answers = what["responses"]
        expected = {"401", "403", "503"} | ({"409", "400"} if method != "get" else set())
        expected |= {"404"} if "{id}" in path else set()
        assert expected <= set(answers), f"{method} {path}"
        assert set(answers["403"]["content"]) == {"application/problem+json"}


def test_every_act_but_deciding_takes_a_key() -> None:
    # Nobody signs twice, and a try that was refused stays counted, which one transaction with its key would undo;
    # a challenge is a new one each time; and a file that is taken out of a backup is told of each time.
    unique = (
        "/decide/", "/builds/{id}/agree/", "/stock-takes/{id}/sign/", "challenge/", "/backup-runs/{id}/take/",
    )  # fmt: skip
    for path, method, what in _operations():
        if method in ("post", "patch", "put", "delete"):
            keys = [p["name"] for p in what.get("parameters", []) if p["in"] == "header"]
            assert keys == ([] if path.endswith(unique) else ["Idempotency-Key"]), f"{method} {path}"


def test_the_description_is_the_same_in_every_language() -> None:
    with translation.override("id"):
        indonesian = Document().get_schema(request=None, public=True)
    assert indonesian == Document().get_schema(request=None, public=True)


@pytest.mark.django_db
def test_the_page_carries_one_style_and_no_script_inside() -> None:
    answer = Client().get("/api/v1/docs/")
    page = answer.content.decode()
    assert not [s for s in re.findall(r"<script(.*?)>", page) if "src=" not in s]
    styles = re.findall(r"<style[^>]*>(.*?)</style>", page, re.S)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in styles]
    policy = answer["Content-Security-Policy"]
    assert all(f"'sha256-{h}'" in policy for h in hashes)
    assert "unsafe" not in policy
    assert "script-src" not in policy
