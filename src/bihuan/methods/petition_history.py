"""What a letter is to the letters before it: the first, a new matter, sent again while open, after the end, repeated.

In: letters with the blind index of the person (never a name), matter, days received and closed, and whether that was
final. A person's letters are read by day received, then id; only letters on the same matter count, but for `first`.
Exact: whole days only. n log n.
Source: 信访工作条例 (2022) 第二十三、二十四条; DESIGN §14.
Compared with: the definition, pair by pair (tests/methods/test_petitions.py).
"""

from __future__ import annotations

from collections import defaultdict

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given


def tell_histories(given: Given) -> Answer:
    """The kind of every letter.

    Source: 信访工作条例 (2022) 第二十三、二十四条.
    """
    letters, within = given["letters"], given.option("days")
    ids, persons, matters = (letters[name].text() for name in ("id", "person", "matter"))
    received, closed = letters["received"].days().tolist(), letters["closed"].days().tolist()
    final = letters["final"].flags().tolist()
    earlier: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    kinds = {}
    for row in sorted(range(len(ids)), key=lambda row: (received[row], ids[row])):
        own = earlier[persons[row]]
        kinds[ids[row]] = _kind(
            row, own[matters[row]], bool(own.keys() - {matters[row]}), received, closed, final, within
        )
        own[matters[row]].append(row)
    return Answer({"id": list(kinds), "kind": list(kinds.values())})


def _kind(
    row: int, same: list[int], others: bool, received: list[int], closed: list[int], final: list[int], within: int
) -> str:
    if not same:
        return "new_matter" if others else "first"
    day = received[row]
    ended = [before for before in same if closed[before] != NO_DAY and closed[before] < day]
    if any(final[before] == 1 for before in ended):
        return "after_final"
    if len(ended) < len(same):
        return "while_open"
    return "repeat" if day - max(closed[before] for before in ended) <= within else "old_again"


METHOD = Method(
    name="petition-history",
    zh="来信与既往信访事项的关系",
    en="What each letter is to the letters before it",
    inputs=(
        Input(
            "letters", "来信", "Letters",
            (
                Column("id", "编号", "Number"), Column("person", "人员盲索引", "Blind index of the person"),
                Column("matter", "事项", "Matter"), Column("received", "收到日", "Day received", "date"),
                Column("closed", "办结日", "Day closed", "date", required=False),
                Column("final", "是否终结", "Whether that was final", "yes_no", required=False),
            ),
            unique=("id",),
        ),
    ),
    options=(Option("days", "重复期限", "Days after closing in which it is a repeat", "count", "365"),),
    output=(
        Column("id", "编号", "Number"),
        Column("kind", "类型", "Kind", "choice", choices=one_of(
            first="初次|First", new_matter="新事项|New matter", after_final="终结后|After the end",
            while_open="办理中再次|While open", repeat="重复|Repeat", old_again="旧事重提|Old matter again")),
    ),
    key=("id",),
    run=tell_histories,
    source="信访工作条例 (2022)",
    peer="the definition, pair by pair",
)  # fmt: skip
