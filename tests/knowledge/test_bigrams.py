"""Terms of a text: pairs of Han characters, words of other scripts, and their PostgreSQL forms."""

from __future__ import annotations

import pytest

from bihuan.knowledge.bigrams import search_terms, tsquery_text, tsvector_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("暖气不热", ["暖气", "气不", "不热"]),
        ("冷", ["冷"]),
        ("ＷｉＦｉ 断了", ["wifi", "断了"]),  # full-width forms are the same word
        ("Lifts and a lift, HJ-212", ["lift", "lift", "hj-212"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert search_terms(text) == expected


def test_a_quote_cannot_break_out_of_the_query() -> None:
    assert tsquery_text(["o'neil", "a\\b"]) == "'o''neil' | 'a\\\\b'"


def test_title_terms_weigh_more_and_positions_run_on() -> None:
    assert tsvector_text(["停水"], ["停水", "阀门"]) == "'停水':1A,2 '阀门':3"
