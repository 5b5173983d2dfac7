# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Software: versions in their order, found by title and version on the machines that one sees."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import actions as inventory
from inventory import versions
from inventory.models import Installation, SoftwareTitle, SoftwareVersion
from tests.api.client import Program
from tests.cast import Cast
from tests.inventory.stage import asset, told

IN_ORDER = [
    "", "0.9", "1.0~rc1", "1.0.dev3", "1.0-alpha", "1.0-beta.2", "1.0-beta.10", "1.0rc1", "1.0", "1.0a", "1.0.1", "1.1.1",
    "1.1.1v", "1.1.1w", "1.2", "1.9", "1.10", "1.10.0.1", "1.10.1", "2", "2.0.0-3ubuntu4", "2.0.0-10ubuntu1", "10",
    "120.0.6099.109", "120.0.6099.110", "20231231", "1:0.1",
]  # fmt: skip


def test_versions_stand_in_their_order() -> None:
    assert sorted(dict.fromkeys(IN_ORDER[::-1]), key=versions.key) == IN_ORDER
    assert len({versions.key(version) for version in IN_ORDER}) == len(IN_ORDER)


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1"), ("1.0.0", "1"), ("01.2", "1.2"), (" 1.2 ", "1.2"), ("V1", "v1")]
)
def test_what_says_the_same_is_the_same(one: str, other: str) -> None:
    assert versions.key(one) == versions.key(other)


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=5),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=5),
)
def test_numbers_are_compared_as_numbers(one: list[int], other: list[int]) -> None:
    def bare(numbers: list[int]) -> list[int]:
        while numbers and not numbers[-1]:
            numbers = numbers[:-1]
        return numbers

    keys = [versions.key(".".join(map(str, numbers))) for numbers in (one, other)]
    assert (keys[0] < keys[1]) == (bare(one) < bare(other))


@given(st.text(max_size=100))
def test_every_text_has_a_key_that_fits(text: str) -> None:
    assert len(versions.key(text)) <= versions.LONGEST_KEY
    versions.key(text).encode("ascii")


def machines(cast: Cast) -> SoftwareTitle:
    """Four machines with Chrome in four versions, one of them in Denpasar, and one that no longer has it."""
    for number, version in enumerate(("119.1", "120.10", "120.9", "", "118.0")):
        thing = asset(cast, "DPS" if number == 1 else "BDG", name=f"pc-{number}")
        told(thing, ("Google Chrome", "Google LLC", version), ("7-Zip 19.00 (x64)", "Igor Pavlov", "19.00"))
    told(thing, ("7-Zip 19.00 (x64)", "Igor Pavlov", "19.00"))
    return SoftwareTitle.objects.get(name="Google Chrome")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"pc-0", "pc-1", "pc-2", "pc-3"}), ("?how=below&version=120.10", {"pc-0", "pc-2"}),
        ("?how=from&version=120.9", {"pc-1", "pc-2"}), ("?how=is&version=120.10.0", {"pc-1"}),
        ("?how=below&version=", {"pc-0", "pc-1", "pc-2", "pc-3"}), ("?how=below&version=1", set()),
        ("?how=none", {"pc-3"}),
    ],
)  # fmt: skip
def test_machines_are_found_by_version(cast: Cast, page: Any, query: str, names: set[str]) -> None:
    found, browser = machines(cast), page(cast.agent)
    text = browser.get(f"/assets/software/{found.pk}/{query}").content.decode()
    assert {f"pc-{n}" for n in range(5) if f"pc-{n}<" in text} == names
    told_ = b"".join(
        browser.get(f"/assets/software/{found.pk}/export/csv/{query}").streaming_content
    ).decode()
    assert {f"pc-{n}" for n in range(5) if f"pc-{n}," in told_} == names


def test_each_version_leads_to_its_machines(cast: Cast, page: Any) -> None:
    found, browser = machines(cast), page(cast.agent)
    text = browser.get(f"/assets/software/{found.pk}/").content.decode()
    for query, name in (("how=is&amp;version=119.1", "pc-0"), ("how=none", "pc-3")):
        assert f'href="?{query}"' in text
        rows = browser.get(f"/assets/software/{found.pk}/?{query.replace('amp;', '')}").context["rows"]
        assert [row.asset.name for row in rows] == [name]


def test_titles_are_found_by_words_of_name_and_publisher(cast: Cast, page: Any) -> None:
    machines(cast)
    browser = page(cast.agent)
    for words, found in (
        ("chrom", True),
        ("google llc", True),
        ("GOO", True),
        ("zip", False),
        ("' :*", False),
        ("rome", False),
    ):
        assert (b"Google Chrome" in browser.get("/assets/software/", {"q": words}).content) is found, words
    assert b"7-Zip" in browser.get("/assets/software/", {"q": "7-zip"}).content
    assert page(cast.requester).get("/assets/software/").status_code == 404


def test_one_sees_the_machines_of_ones_branches(cast: Cast, page: Any) -> None:
    found = machines(cast)
    text = page(cast.foreign_agent).get(f"/assets/software/{found.pk}/").content.decode()
    assert "pc-1<" in text
    assert "pc-0<" not in text
    program = Program(cast.agent)
    assert [row["version"] for row in program.rows("installations/", title=found.pk, below="120.10")] == [
        "120.9",
        "119.1",
    ]
    assert len(program.rows("installations/", title=found.pk, at_least="120.9", branch=cast.denpasar.pk)) == 1
    assert program.rows("installations/", below="5") == []
    assert [row["name"] for row in program.rows("software-titles/", q="chrome")] == ["Google Chrome"]
    counted = {row["version"]: row["count"] for row in program.get(f"software-titles/{found.pk}/versions/")}
    assert counted == {"119.1": 1, "120.10": 1, "120.9": 1, "": 1}


def test_a_version_is_known_once_whoever_reports_it(cast: Cast) -> None:
    machines(cast)
    told(asset(cast), ("Google Chrome", "Google LLC", "120.9"))
    assert SoftwareVersion.objects.filter(version="120.9").count() == 1
    assert set(Installation.objects.values_list("title", "version")) == set(
        SoftwareVersion.objects.values_list("title", "version")
    )


def test_hostile_fields_of_agents_leave_as_text(cast: Cast, page: Any) -> None:
    told(asset(cast), ("=cmd|'/c calc'!A0", "<script>alert(1)</script>", "@SUM(1)"))
    found = SoftwareTitle.objects.get()
    browser = page(cast.agent)
    for address in ("/assets/software/", f"/assets/software/{found.pk}/"):
        assert b"<script>alert" not in browser.get(address).content
    told_ = b"".join(browser.get(f"/assets/software/{found.pk}/export/csv/").streaming_content)
    assert b",'@SUM(1)" in told_
    assert (
        io.BytesIO(b"".join(browser.get(f"/assets/software/{found.pk}/export/xlsx/").streaming_content)).read(
            2
        )
        == b"PK"
    )
    assert inventory.count_seats() == 0
