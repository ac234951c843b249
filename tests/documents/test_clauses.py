"""Clauses of articles and of numbered paragraphs, spans and hashes, and what changed between two texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.documents.versions.pure.clauses import clauses_of, hash_of_text, normal_text, number_of
from bihuan.documents.versions.pure.differences import compare_clauses

LAW = """某某办法

第一章 总则

第一条 为了规范管理，制定本办法。
第二条　本办法适用于本区。
  前款规定的单位，按第一条办理。

第二章 监督
第十条 违反本办法第二条规定的，责令改正。
第十条之一 处罚由主管部门决定。
第一百零二条 本办法自公布之日起施行。
"""
NOTICE = """关于做好工作的通知
各单位：
一、总体要求
坚持问题导向。
二、主要任务
（一）加强检查
1. 每月一次。
2.记录结果。
（二）及时整改
三、附则
"""


def numbers(text: str) -> list[str]:
    return [each.number for each in clauses_of(normal_text(text))]


@pytest.mark.parametrize(
    ("written", "value"),
    [("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("两百", 200), ("一千二百三十四", 1234), ("37", 37)],
)
def test_numbers_are_read_as_they_are_written(written: str, value: int) -> None:
    assert number_of(written) == value


def test_articles_with_their_chapters_and_what_is_only_named_is_no_clause() -> None:
    text = normal_text(LAW)
    found = clauses_of(text)
    assert [each.number for each in found] == ["0", "1", "2", "10", "10-1", "102"]
    assert [each.under for each in found] == ["", "1章", "1章", "2章", "2章", "2章"]
    second = found[2]
    assert text[second.start : second.end].strip().endswith("按第一条办理。"), "a named article begins no clause"
    assert "第二章" not in text[second.start : second.end]


def test_numbered_paragraphs_have_paths() -> None:
    assert numbers(NOTICE) == ["0", "1", "2", "2/1", "2/1/1", "2/1/2", "2/2", "3"]
    assert numbers("没有条款的文本") == ["0"]
    assert numbers("1. a\n1. b") == ["1", "1#2"], "one number names one clause"


def test_layout_does_not_change_the_hash_and_words_do() -> None:
    assert hash_of_text(normal_text(LAW)) == hash_of_text(normal_text("\ufeff" + LAW.replace("\n", "  \r\n")))
    assert hash_of_text(normal_text(LAW)) != hash_of_text(normal_text(LAW.replace("责令", "可以责令")))


def changes(old: str, new: str) -> list[tuple[str, str, str]]:
    a, b = normal_text(old), normal_text(new)
    found = compare_clauses(clauses_of(a), a, clauses_of(b), b)
    return [
        (each.kind, each.before.number if each.before else "", each.after.number if each.after else "")
        for each in found
    ]


def test_what_changed_is_told_clause_by_clause() -> None:
    new = LAW.replace("责令改正", "责令限期改正").replace("第一百零二条", "第一百零三条")
    new = new.replace("第十条之一", "第十一条 新增的规定，另行公布实施细则。\n第十二条")
    new = new.replace("第二条　本办法适用于本区。\n  前款规定的单位，按第一条办理。\n", "")
    told = changes(LAW, new)
    assert ("same", "1", "1") in told
    assert ("removed", "2", "") in told
    assert ("changed", "10", "10") in told
    assert ("added", "", "11") in told
    assert ("renumbered", "10-1", "12") in told
    assert ("renumbered", "102", "103") in told
    a, b = normal_text(LAW), normal_text(new)
    (parts,) = [each.parts for each in compare_clauses(clauses_of(a), a, clauses_of(b), b) if each.kind == "changed"]
    assert parts == (("", "限期"),)


PIECES = st.lists(
    st.sampled_from(["第一条 甲", "第二条 乙乙", "第三条 丙", "一、天", "（一）地", "1. 人", "话", "", "第一章 总"]),
    max_size=12,
)


@given(PIECES.map("\n".join))
def test_every_word_but_headings_lies_in_one_clause(text: str) -> None:
    said = normal_text(text)
    found = clauses_of(said)
    assert len({each.number for each in found}) == len(found)
    ends = [0]
    for each in found:
        assert ends[-1] <= each.start < each.end <= len(said)
        ends.append(each.end)
    covered = "".join(said[each.start : each.end] for each in found)
    outside = "".join(said.split())
    for line in covered.split("\n"):
        assert "".join(line.split()) in outside
    headings = sum(
        1 for line in said.split("\n") if line.startswith("第一章") and any("条" in x for x in said.split("\n"))
    )
    assert len("".join(said.split())) - len("".join(covered.split())) == headings * len("第一章总")


@given(PIECES.map("\n".join), PIECES.map("\n".join))
def test_each_clause_of_both_texts_is_told_once(old: str, new: str) -> None:
    a, b = normal_text(old), normal_text(new)
    before, after = clauses_of(a), clauses_of(b)
    told = compare_clauses(before, a, after, b)
    assert sorted(each.before.number for each in told if each.before) == sorted(each.number for each in before)
    assert [each.after.number for each in told if each.after] == [each.number for each in after]
    if a == b:
        assert {each.kind for each in told} <= {"same"}
