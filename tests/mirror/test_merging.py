"""The pure parts: one canonical form for both sides, and whose side counts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.monday import mapping
from integrations.monday.merge import Side, Verdict, judge

NOW = datetime(2026, 11, 30, tzinfo=UTC)
values = st.one_of(st.none(), st.sampled_from(["a", "b", "c"]))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "side", "conflict"),
    [("a", "a", "a", Side.SAME, False), ("a", "b", "b", Side.SAME, False), ("a", "b", "a", Side.OURS, False),
     ("a", "a", "b", Side.THEIRS, False), ("a", "b", "c", Side.OURS, True), (None, None, "c", Side.THEIRS, False)],
)  # fmt: skip
def test_three_ways(base: str, ours: str, theirs: str, side: Side, conflict: bool) -> None:
    assert judge(base=base, ours=ours, theirs=theirs) == Verdict(side, is_conflict=conflict)


def test_the_later_counts_and_in_doubt_ours() -> None:
    def side(seconds: float) -> Side:
        return judge(
            base="a", ours="b", theirs="c", ours_at=NOW, theirs_at=NOW + timedelta(seconds=seconds)
        ).side

    assert (side(-60), side(1), side(2), side(60)) == (Side.OURS, Side.OURS, Side.THEIRS, Side.THEIRS)


def test_our_own_word_without_an_answer_is_nobodys_change() -> None:
    assert judge(base="a", ours="c", theirs="b", echoes=["b"]) == Verdict(Side.OURS)


@given(base=values, ours=values, theirs=values)
def test_a_change_of_one_side_is_never_lost(base: str, ours: str, theirs: str) -> None:
    found = judge(base=base, ours=ours, theirs=theirs)
    kept = theirs if found.side == Side.THEIRS else ours
    if ours == base:
        assert kept == theirs
    if theirs == base:
        assert kept == ours
    assert found.is_conflict == (
        len({base, ours, theirs}) == 3 or (ours != base and theirs != base and ours != theirs)
    )


@given(st.decimals(min_value=0, max_value=9999, places=2, allow_nan=False))
def test_hours_are_alike_on_both_sides(hours: Decimal) -> None:
    there = mapping.hours(Decimal(str(float(hours))))
    assert mapping.hours(hours) == there


def test_canonical_forms() -> None:
    told = (None, Decimal("4.50"), Decimal(0), Decimal(100))
    assert [mapping.hours(v) for v in told] == [
        None,
        "4.5",
        "0",
        "100",
    ]
    assert [mapping.day(v) for v in (None, "", date(2026, 6, 5), "2026-06-05", "x")] == [
        None, None, "2026-06-05", "2026-06-05", "?x",
    ]  # fmt: skip
    assert [mapping.text(v) for v in (None, "  ", " a\n b ", "e\u0301")] == [None, None, "a b", "é"]


def _cell(*ids: str) -> list[dict[str, str]]:
    return [{"id": i, "kind": "person"} for i in ids]


@pytest.mark.parametrize(
    ("cell", "before", "others", "meant"),
    [(["1"], "1", [], "1"), (["1", "9"], "1", [], "1"), (["2"], "1", [], "2"), (["2", "9"], "1", ["9"], "2"),
     (["2", "3"], "1", [], "?2,3"), ([], "1", [], None), (["9"], "1", ["9"], None), (["9"], None, ["9"], None)],
)  # fmt: skip
def test_who_of_a_cell_is_meant(cell: list[str], before: str, others: list[str], meant: str) -> None:
    assert mapping.assignee(_cell(*cell), before=before, others=_cell(*others)) == meant


def test_teams_and_guests_stay_in_the_cell() -> None:
    cell = [*_cell("1", "9"), {"id": "5", "kind": "team"}]
    assert mapping.cell_of("2", before="1", cell=cell) == [*_cell("2", "9"), {"id": "5", "kind": "team"}]
    assert mapping.cell_of(None, before="1", cell=cell) == [*_cell("9"), {"id": "5", "kind": "team"}]
