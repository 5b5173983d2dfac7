"""Figures as forms keep them and as people read them."""

import pytest
from django.utils.translation import override

from core.numbers import rupiah, said


@pytest.mark.parametrize(
    ("kept", "indonesian", "english"),
    [
        ("24.5", "24,5", "24.5"),
        ("24", "24", "24"),
        ("", "", ""),
        (None, "", ""),
        ("about ten", "about ten", "about ten"),
    ],
)
def test_a_figure_is_written_as_its_reader_writes_it(kept: str | None, indonesian: str, english: str) -> None:
    with override("id"):
        assert said(kept) == indonesian
    with override("en"):
        assert said(kept) == english


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("12500000", "Rp\N{NO-BREAK SPACE}12.500.000"),
        ("0", "Rp\N{NO-BREAK SPACE}0"),
        ("", ""),
        (None, ""),
        ("ten", ""),
    ],
)
def test_money_is_whole_rupiah_in_one_piece(kept: str | None, read: str) -> None:
    assert rupiah(kept) == read
