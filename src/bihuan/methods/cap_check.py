"""Which alert messages are sound, and the first rule that each of the others breaks.

In: any number of CAP 1.2 files. Rules in this order: `xml` (well formed, no document type or entities), `schema` (OASIS
schema), `identifier` (identifier and sender without blanks, commas, < and &), `times` (sent ≤ effective ≤ onset ≤
expires, those that are said), `polygon` (rings of `lat,lon` closed, of four points or more, not crossing themselves, in
range and not swapped; a circle's radius not negative), `references` (of updates and cancellations: sender,identifier,
sent), `scope` (a restricted message says its restriction, a private one its addresses).
Out: one row a file. JSON `ok`-files and rejected ones by rule. Positions are WGS 84; `bounds` is the country as
south,west,north,east in degrees: a shape wholly outside of it that lies inside once swapped is swapped. Growth: n.
Source: CAP-v1.2 (OASIS Standard, 2010-07-01).
Compared with: the schema by xmlschema, rings by a scan of all pairs of sides (tests/methods/test_broadcast.py).
"""

from __future__ import annotations

from collections import Counter

from bihuan.declare.fieldtype import Words
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.cap import RULES, CountryBounds, check_alerts

SAID = {
    "xml": Words("不是规范的XML，或含有DTD、实体", "not well formed, or with a document type or entities"),
    "schema": Words("不符合CAP 1.2结构", "not as the schema of CAP 1.2 says"),
    "identifier": Words("编号或发送方含空格、逗号、<或&", "identifier or sender with blanks, commas, < or &"),
    "times": Words("时间先后不对", "times are not in their order"),
    "polygon": Words("图形不对", "a shape is not well made"),
    "references": Words("引用不完整", "a reference is not whole"),
    "scope": Words("范围所需的内容没有写", "what the scope asks for is not said"),
}


def check_files(given: Given) -> Answer:
    """The verdict on each file. Source: CAP-v1.2 §3.2."""
    found = check_alerts((each.raw for each in given.many), bounds_of(given))
    rules = [each.rule for each in found]
    counts = Counter(rules)
    return Answer(
        {
            "file": [each.file for each in given.many],
            "verdict": ["reject" if rule else "ok" for rule in rules],
            "rule": rules,
        },
        facts={"sound": counts.pop("", 0), "broken": dict(sorted(counts.items()))},
    )


def bounds_of(given: Given) -> CountryBounds:
    """The country's bounds of the option.

    Raises:
        WrongCallError: they are not four numbers.

    Source: docs/topics/methods.md.
    """
    try:
        south, west, north, east = (float(each) for each in str(given.option("bounds")).split(","))
    except ValueError as error:
        said = f"bounds={given.option('bounds')}：须为四个数 · four numbers"
        raise WrongCallError(said, "bounds=SOUTH,WEST,NORTH,EAST") from error
    return CountryBounds(south, west, north, east)


BOUNDS = Option(
    "bounds", "国土范围（南,西,北,东）", "Bounds of the country: south,west,north,east", default="3,73,54,136"
)

METHOD = Method(
    name="cap-check",
    zh="预警消息核验",
    en="Soundness of alert messages",
    inputs=(Input("alerts", "CAP 1.2 消息", "CAP 1.2 messages", kind="bytes", many=True),),
    options=(BOUNDS,),
    output=(
        Column("file", "文件", "File"),
        Column("verdict", "结论", "Verdict", "choice", choices=one_of(ok="合格|Sound", reject="退回|Rejected")),
        Column("rule", "不符的规则", "Rule broken", "choice", required=False,
               choices=tuple((rule, SAID[rule]) for rule in RULES)),
    ),
    facts=(
        AnswerKey("sound", "合格", "Sound files", {"type": "integer"}),
        AnswerKey("broken", "各规则退回数", "Rejected files by rule", {"type": "object"}),
    ),
    key=("file",),
    run=check_files,
    source="CAP-v1.2 (OASIS Standard)",
    peer="xmlschema, capvalidator",
    cost="n",
)  # fmt: skip
