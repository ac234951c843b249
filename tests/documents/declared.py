"""A toy letter, and facts for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

LETTER = """
letter: toy-order
name: {zh: 责令限期整改通知书, en: Order to put right}
authority: {zh: 示范区应急管理局, en: Model District Emergency Office}
facts:
  firm: {name: {zh: 单位, en: Firm}, type: text, from: {given: true}}
  found: {name: {zh: 检查日期, en: Day of the visit}, type: date, from: {given: true}}
  fine: {name: {zh: 罚款, en: Fine}, type: money, required: false, from: {given: true}}
  grade:
    name: {zh: 等级, en: Grade}
    type: choice
    from: {given: true}
    choices: [{code: major, zh: 重大, en: major}, {code: general, zh: 一般, en: general}]
  days:
    name: {zh: 整改天数, en: Days}
    type: count
    from: {table: petition.term, output: days, inputs: {clock: "=ask_review", extended: "=false"}}
  hazards:
    name: {zh: 隐患清单, en: Hazards found}
    type: table
    from: {given: true}
    columns:
      place: {name: {zh: 部位, en: Place}}
      count: {name: {zh: 数量, en: Count}, type: count}
  officer: {name: {zh: 经办人, en: Officer}, type: text, from: {given: true}}
basis:
  - law: {zh: 安全生产法, en: Work Safety Law}
    article: {zh: 第六十五条, en: Article 65}
    edition: "2021"
    citation: "安全生产法（2021修正）第六十五条"
    verified: true
  - {table: days}
decision: {zh: "责令{firm}于{days}日内整改完毕。", en: "{firm} is to put this right within {days} days."}
officer: officer
remedies:
  - kind: review
    name: {zh: 行政复议, en: administrative review}
    to: {zh: 示范区人民政府, en: the Model District Government}
    term:
      {amount: 60, unit: days, moves: true, citation: 行政复议法（2023修订）第二十条, edition: "2023", verified: true}
  - kind: court
    name: {zh: 行政诉讼, en: judicial review}
    to: {zh: 示范区人民法院, en: the Model District Court}
    term: {amount: 6, unit: months, citation: 行政诉讼法（2017修正）第四十六条, edition: "2017", verified: true}
number: {zh: "示应急责改〔{year}〕{count}号", en: "Model Emergency ({year}) No. {count}"}
texts:
  zh: |
    经{found}检查，{firm}存在下列{grade}事故隐患：

    {table hazards}

    {if fine}
    并处罚款{fine:capitals}（{fine}）。
    {end}
  en: |
    On {found} the following {grade} hazards were found at {firm}:

    {table hazards: place, count}

    {if fine}
    A fine of {fine} is imposed.
    {end}
"""
FACTS: dict[str, Any] = {
    "dated": "2026-03-02",
    "count": 12,
    "addressee": ["北京某某酒店管理有限公司", "北京市海淀区示范路1号"],
    "code": "K7QM-2X9D",
    "facts": {
        "firm": {"zh": "某某酒店", "en": "Hotel Somewhere"},
        "found": "2026-02-27",
        "fine": "10050.00",
        "grade": "major",
        "hazards": [{"place": "配电间<b>", "count": 2}, {"place": "厨房 & 库房", "count": 1}],
        "officer": "王某（执法证 110108001）",
    },
}


def write_letter(home: Path, text: str = LETTER) -> Path:
    """Declare the toy letter in the city's own folder."""
    from bihuan.documents.letters.catalogue import forget_letters

    folder = home / "programmes" / "toy" / "letters"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "order.yaml").write_text(text, encoding="utf-8")
    forget_letters()
    return folder / "order.yaml"


RECEIPT = """
letter: toy-receipt
name: {zh: 受理告知书, en: Notice of acceptance}
authority: {zh: 示范区政务服务中心, en: Model District Service Centre}
occasion: {event: opened, cases: [request]}
addressee: {to: reporter}
facts:
  number_of_case: {name: {zh: 事项编号, en: Case}, type: text, from: {case: number}}
  area: {name: {zh: 地点, en: Place}, type: area, from: {case: area}}
  opened: {name: {zh: 收到日期, en: Day received}, type: date, from: {case: opened}}
  channel: {name: {zh: 渠道, en: Channel}, type: text, from: {event: channel}}
  officer: {name: {zh: 经办人, en: Officer}, type: text, from: {case: programme}}
basis:
  - law: {zh: 政务服务便民热线条例, en: Hotline Ordinance}
    article: {zh: 第九条, en: Article 9}
    edition: "2021"
    citation: 第九条
remedies:
  - kind: complain
    name: {zh: 申诉, en: complaint}
    to: {zh: 示范区人民政府, en: the Model District Government}
    term: {amount: 15, unit: working_days, citation: 工作规定第三条, edition: "2021"}
informs: true
number: {zh: "示热受〔{year}〕{count}号", en: "Hotline ({year}) No. {count}"}
delivery: [page, mail, post, webhook]
texts:
  zh: "您于{opened}经{channel}反映的{area}事项已受理，编号{number_of_case}。"
  en: "Your report of {opened} about {area} was accepted as {number_of_case} ({channel})."
"""
