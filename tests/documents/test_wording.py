"""The closed language of letters' texts: what it reads, what it refuses, and that nothing in it is ever run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.documents.letters.catalogue import all_letters
from bihuan.documents.letters.pure.wording import (
    FactCondition,
    Placeholder,
    TextBlock,
    WordingError,
    facts_of,
    parse_line,
    parse_wording,
)
from tests.examples import examples

ODD = st.text(st.sampled_from("{}ab_:# -\n,%$`'\"()[].ifendtable 中文"), max_size=80)


def test_paragraphs_headings_items_tables_and_conditions() -> None:
    text = "# 事实\n经{found:long}检查，\n发现：\n\n- {a}\n{if fine}\n并处{fine}。\n{end}\n{table rows: x, y}\n"
    assert parse_wording(text) == (
        TextBlock("heading", ("事实",), line=1),
        TextBlock("paragraph", ("经", Placeholder("found", "long"), "检查，发现："), line=2),
        TextBlock("item", (Placeholder("a"),), line=5),
        TextBlock("paragraph", ("并处", Placeholder("fine"), "。"), FactCondition("fine"), line=7),
        TextBlock("table", (), None, "rows", ("x", "y"), 9),
    )
    assert [each.fact for _, each in facts_of(parse_wording(text))] == ["found", "a", "fine", "fine", "rows"]


def test_lines_of_a_paragraph_are_joined_by_a_space_only_between_latin_words() -> None:
    assert parse_wording("one\ntwo\n中文\n续")[0].parts == ("one two中文续",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ok\n\n{", 3),
        ("a } b", 1),
        ("{A}", 1),
        ("{a.b}", 1),
        ("{a()}", 1),
        ("{if a}\nx", 1),
        ("{end}", 1),
        ("{if a}\n{if b}\n{end}\n{end}", 2),
        ("{table }", 1),
        ("{if a} words", 1),
        ("{a!r}", 1),
        ("{0}", 1),
    ],
)
def test_what_is_not_of_the_language_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(WordingError) as refused:
        parse_wording(text)
    assert refused.value.line == line
    assert refused.value.remedy


def test_braces_are_written_twice() -> None:
    assert parse_line("{{a}} {b}") == ("{a} ", Placeholder("b"))


@settings(max_examples=examples(400))
@given(ODD)
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    try:
        blocks = parse_wording(text)
    except WordingError as error:
        blocks, lines = (), (error.line, text.count("\n") + 1)
        assert lines[0] in range(1, lines[1] + 1)
    for block in blocks:
        for part in block.parts:
            assert isinstance(part, str) or part.fact.replace("_", "").isalnum()


@settings(max_examples=examples(200))
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_doubled_braces_give_any_words_back(words: str) -> None:
    line = words.replace("{", "{{").replace("}", "}}")
    assert "".join(str(part) for part in parse_line(line)) == words


def test_what_a_letter_of_an_event_says_needs_nobody_to_write_it() -> None:
    """The worker writes it: a required fact that only a writer could give would set every such event aside."""
    waiting = {
        f"{name}.{fact}"
        for name, each in all_letters().items()
        if each.letter.occasion.event is not None
        for fact, asked in each.letter.facts.items()
        if asked.required and asked.origin.kind == "given"
    }
    assert waiting == set()
