"""Dated editions of the shipped rules that give no clock its time: what of the product shows that they were asked.

| kind | asked by | what is observed |
|---|---|---|
| `table` that no clock names | the report: residents of a place | the figure per ten thousand residents |
| `scorecard` | the monthly ranking | points, and the edition cited beside them |
| `classes` | the monthly ranking | which unit is in which class, and the edition cited |

None of them touches an open case: a month asks for the edition of its first day. No shipped programme has a `decision`;
one that comes is found here, and whoever brings it says what it decides (duty, category, route).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.source import read_all
from bihuan.loop.facts import LoopFacts
from bihuan.loop.indicator_files import definitions
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.numbers.cube import Cube, CubeCell
from bihuan.numbers.periods import Cut, Month
from bihuan.numbers.ranking import MonthRanking, rank_month
from bihuan.numbers.report import RESIDENTS, Report
from bihuan.rules.book import RuleBook
from tests.loop.dated import CITED, LATER, Declared, fed, shipped, with_later
from tests.loop.district import book, facts, registers

pytestmark = pytest.mark.slow

BEFORE, AFTER = Month.parse("2026-09"), Month.parse("2026-10")
BEGINS = date(2026, 10, 1)
CLOCKS = {each.table for each in fed()}
OTHERS = [(programme, e.meta.kind, e.meta.id) for programme, e in shipped() if e.meta.id not in CLOCKS]


def counted(programme: str, month: Month) -> Cube:
    """A month in which every unit of the kind that is ranked has cases of every indicator."""
    known, declared = definitions(month.first), all_programmes()[programme]
    units = sorted(o.code for o in registers().organisations if o.kind == declared.ranks)
    cells = [
        CubeCell(name, programme, "", unit, "50" if d.kind == "survey" else "cleanliness", "", 20 + n, 60 + n)
        for n, unit in enumerate(units) for name, d in known.items()
    ]  # fmt: skip
    return Cube(
        str(month), Cut(0, "2026-11-09T00:00:00Z", ""), known, dict.fromkeys(known, ""), tuple(cells), {"unit": str}
    )


def ranked(programme: str, month: Month, rules: RuleBook) -> MonthRanking:
    return rank_month(counted(programme, month), None, registers(), rules, programme=programme)


def points(programme: str, month: Month, rules: RuleBook) -> list[Decimal | None]:
    return [line.score.total if line.score else None for line in ranked(programme, month, rules).lines]


def doubled(card: Declared) -> None:
    """Twice as many points for everything."""
    card["total"] *= 2
    card["sections"] = {name: 2 * most for name, most in card.get("sections", {}).items()} or None
    if card["sections"] is None:
        del card["sections"]
    for item in card["items"]:
        item["max"] *= 2
        if "points" in item:
            item["points"] = {code: 2 * off for code, off in item["points"].items()}


SCORED = {
    "civil-district": "scored by the programme at the end of a round, from sites and questionnaires",
    "double-support": "scored by the programme of services from what it has on record",
    "hj774_source": "scored by the command over a file, with weights that are entered",
    "safe-city": "scored by a method from proofs, findings and kept numbers",
    "two_mountain_index": "scored by the command over a file, with weights that are entered",
}
"""Cards that rank no units: what they give is asked on files (tests/programmes/test_water_sources.py,
test_civil_district.py, test_safe_city.py)."""


def scorecard(programme: str, rule: str) -> None:
    if rule in SCORED:
        changed = with_later("scorecard", rule, BEGINS, "new", lambda card: None)
        first, later = (changed.scorecard(rule, BEGINS + timedelta(days=days), "110108") for days in (-2, 0))
        assert (first.meta.edition != LATER, later.meta.edition, later.meta.citation) == (True, LATER, CITED)
        return
    changed = with_later("scorecard", rule, BEGINS, "new", doubled)
    assert points(programme, BEFORE, changed) == points(programme, BEFORE, book())
    pairs = list(zip(points(programme, AFTER, book()), points(programme, AFTER, changed), strict=True))
    assert any(before for before, _ in pairs)
    assert all(after == pytest.approx(2 * before, abs=Decimal("0.2")) for before, after in pairs if before and after)
    assert all((before is None) == (after is None) for before, after in pairs)
    cited = ranked(programme, AFTER, changed).to_json()["rules"]["scorecard"]
    assert (cited["edition"], cited["citation"]) == (LATER, CITED)


def classes(programme: str, rule: str) -> None:
    def larger(document: Declared) -> None:
        for row in document["rows"]:
            row["count"] += 1

    def sizes(month: Month, rules: RuleBook) -> list[int]:
        lines = ranked(programme, month, rules).lines
        names = [row["id"] for row in _rows("classes", rule)]
        return [sum(c.class_id == name for line in lines for c in line.classes) for name in names]

    changed = with_later("classes", rule, BEGINS, "new", larger)
    assert sizes(BEFORE, changed) == sizes(BEFORE, book())
    assert sum(sizes(AFTER, changed)) > sum(sizes(AFTER, book())) > 0
    cited = ranked(programme, AFTER, changed).to_json()["rules"]["classes"]
    assert (cited["edition"], cited["citation"]) == (LATER, CITED)


def table(programme: str, rule: str) -> None:
    if rule != RESIDENTS and asked_elsewhere(programme, rule):
        return
    assert rule == RESIDENTS, f"nobody asks for table {rule!r}: say here who does, and what can be observed"

    def halved(document: Declared) -> None:
        for row in document["rows"]:
            row["residents"] //= 2

    def per_10000(month: Month, rules: RuleBook) -> Any:
        known = LoopFacts(registers(), rules, facts().now, "seed")
        return Report(month, counted(programme, month), None, known).numbers("volume")["*"].to_json()["per_10000"]

    changed = with_later("table", rule, BEGINS, "new", halved)
    assert per_10000(BEFORE, changed) == per_10000(BEFORE, book())
    assert Decimal(per_10000(AFTER, changed)) == pytest.approx(
        2 * Decimal(per_10000(AFTER, book())), abs=Decimal("0.02")
    )


READ = {
    "air_limit": "the limits that people read on the page of rules; days are judged by the method",
    "carbon_grid_factor": "the factors that people read on the page of rules; statements go by the register",
    "air_road_dust": "the grades that people read on the page of rules",
}
"""Tables that people read and no declaration asks."""


def asked_elsewhere(programme: str, rule: str) -> bool:
    """Whether a file of the programme names the table, or people read it; then each day gets its own edition.

    Demands, letters, series, draws, effects and samples name a table by its id.
    """
    if not (rule in READ or named_in(folder_of(programme), rule)):
        return False
    last = _last(rule)
    begins = max(BEGINS, date.fromisoformat(str(last["effective_from"])) + timedelta(days=400))
    changed = with_later("table", rule, begins, "new", lambda document: None)
    given = {item["name"]: _some(item, last["rows"][0].get(item["name"], "*")) for item in last["inputs"]}
    first, later = (changed.table(rule, begins + timedelta(days=days), "110108").lookup(**given) for days in (-2, 0))
    assert (first.edition, later.edition, later.citation) == (last["edition"], LATER, CITED)
    return True


def _some(item: Declared, value: Any) -> Any:
    """A value that a row takes."""
    text = str(value)
    if item["kind"] in ("number", "integer"):
        low = text[1:].partition(",")[0] if text[:1] in "[(" else text
        return Decimal("0" if low in ("*", "") else low) + (text[:1] == "(")
    if text != "*":
        return value
    return item["values"][0] if item.get("values") else "x"


def named_in(folder: Path, rule: str) -> bool:
    """Whether a declaration or the sample of a programme names a table."""
    files = (file for kind in ("*.yaml", "*.py") for file in folder.rglob(kind) if file.parent.name != "tables")
    return any(re.search(rf"\b{rule}\b", file.read_text(encoding="utf-8")) for file in files)


def _last(rule: str) -> Declared:
    """The last edition of a table, as it is written."""
    own = [edition for _, edition in shipped() if (edition.meta.kind, edition.meta.id) == ("table", rule)]
    return read_all(Path(own[0].meta.file).read_text(encoding="utf-8"))[-1]


def _rows(kind: str, rule: str) -> list[Declared]:
    found: list[Declared] = []
    with_later(kind, rule, BEGINS, "new", lambda document: found.extend(document["rows"]))
    return found


OBSERVED: dict[str, Callable[[str, str], None]] = {"scorecard": scorecard, "classes": classes, "table": table}


@pytest.mark.parametrize(("programme", "kind", "rule"), OTHERS, ids=[f"{k}-{r}" for _, k, r in OTHERS])
def test_an_edition_counts_from_its_first_month_on_and_is_cited(programme: str, kind: str, rule: str) -> None:
    assert kind in OBSERVED, f"{kind} {rule!r} of {programme}: say what it decides and how that is seen"
    OBSERVED[kind](programme, rule)
