"""Loads and weighings matched: which arrived, which are late, light, lent, somewhere else, on the way, or lost.

In: LOADS (number, plate, from, to, instant, kg), ARRIVALS (ticket, number as read, plate, site, instant, kg), VEHICLES
with permits. Only what happened up to `at` counts. The first arrival (instant, then ticket) with a load's number, not
before it, is its own; later ones are `duplicate`. Then loads in order of departure take the earliest free arrival of
their plate whose number is empty or unknown and that came within the hours (`inferred`). What has none is `missing` when
the hours have passed, else `en_route`. `weight`: |in − out| > tolerance · out, decided on fractions; `unlicensed`: no
permit on the day of departure. Left-over arrivals are rows of their own.
Out: `matched` alone, or a set joined by `|`. JSON: counts and kilograms; kg_out = matched + missing + en route, always.
Exact. n log n.
Source: 北京市建筑垃圾处置管理规定 (市政府令第293号) on electronic waybills; DESIGN §14 (handover).
Compared with: a matcher that scans all pairs (tests/methods/test_manifests.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from bihuan.methods.declared.cells import NO_DAY, ZONE
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.two_sides import GivenSide, ReceivedSide, bring_together

_HOUR, _DAY, _BEIJING = 3600, 86400, 8 * 3600


def match_loads(given: Given) -> Answer:
    """The state of every load and of every arrival that is left over.

    Source: DESIGN §14 (handover); 市政府令第293号.
    """
    at = _second(given.option("at"))
    hours, tolerance = Fraction(given.option("within_hours")) * _HOUR, Fraction(given.option("tolerance"))
    loads = sorted(load for load in _loads(given["loads"]) if load.time <= at)
    arrivals = sorted(each for each in _arrivals(given["arrivals"]) if each.time <= at)
    permits = _permits(given["vehicles"])
    taken, inferred, doubled = together = bring_together(loads, arrivals, hours)
    out: list[tuple[str, str, str]] = []
    kilos: dict[str, Fraction] = {name: Fraction(0) for name in ("matched_out", "in", "missing", "en_route")}
    counts: Counter[str] = Counter()
    for load in loads:
        found = together.of(load.number)
        flags = set() if _licensed(permits[load.carrier], load.time) else {"unlicensed"}
        if found is None:
            state = "missing" if at - load.time > hours else "en_route"
            kilos[state] += load.kg
            counts[state] += 1
            flags.add(state)
        else:
            counts["matched"] += 1
            kilos["matched_out"] += load.kg
            kilos["in"] += found.kg
            flags |= {"inferred"} if load.number in inferred else set()
            flags |= {"late"} if found.time - load.time > hours else set()
            flags |= {"weight"} if abs(found.kg - load.kg) > tolerance * load.kg else set()
            flags |= {"wrong_site"} if found.place != load.to else set()
            flags |= {"plate"} if found.carrier != load.carrier else set()
        out.append((load.number, found.ticket if found else "", "|".join(sorted(flags)) or "matched"))
    used = {each.ticket for each in (*taken.values(), *inferred.values())}
    known = {load.number for load in loads}
    for each in arrivals:
        if each.ticket not in used:
            state = "duplicate" if each.ticket in doubled else "unannounced"
            counts[state] += 1
            out.append((each.number if each.number in known else "", each.ticket, state))
    columns = list(zip(*out, strict=True)) or [(), (), ()]
    facts = {name: counts[name] for name in ("matched", "missing", "en_route", "duplicate", "unannounced")}
    weights = {f"kg_{name}": _kg(value) for name, value in kilos.items()}
    total = {"departures": len(loads), "kg_out": _kg(sum((load.kg for load in loads), Fraction(0)))}
    return Answer(
        dict(zip(("manifest", "ticket", "status"), map(list, columns), strict=True)), facts=total | facts | weights
    )


def _loads(table: Table) -> list[GivenSide]:
    columns = (table[name].text() for name in ("manifest", "plate", "to", "net_kg"))
    cells = zip(table["time"].seconds().tolist(), *columns, strict=True)
    return [GivenSide(second, number, plate, to, Fraction(kg)) for second, number, plate, to, kg in cells]


def _arrivals(table: Table) -> list[ReceivedSide]:
    columns = (table[name].text() for name in ("ticket", "manifest", "plate", "site", "net_kg"))
    cells = zip(table["time"].seconds().tolist(), *columns, strict=True)
    return [
        ReceivedSide(at, ticket, number, plate, site, Fraction(kg)) for at, ticket, number, plate, site, kg in cells
    ]


def _permits(table: Table) -> defaultdict[str, list[tuple[int, int]]]:
    permits: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    spans = zip(table["from"].days().tolist(), table["to"].days().tolist(), strict=True)
    for plate, span in zip(table["plate"].text(), spans, strict=True):
        permits[plate].append(span)
    return permits


def _licensed(spans: list[tuple[int, int]], second: int) -> bool:
    day = (second + _BEIJING) // _DAY
    return any(first <= day and (last == NO_DAY or day <= last) for first, last in spans)


def _second(text: str) -> int:
    at = datetime.fromisoformat(text)
    return (at.replace(tzinfo=at.tzinfo or ZONE) - datetime(1970, 1, 1, tzinfo=ZONE)) // timedelta(seconds=1) - _BEIJING


def _kg(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(Decimal(value.numerator) / Decimal(value.denominator))


def _kilo(name: str, zh: str, en: str) -> AnswerKey:
    return AnswerKey(name, zh, en, {"type": "number"})


METHOD = Method(
    name="manifests",
    zh="电子运单匹配",
    en="Waybills matched with weighings",
    inputs=(
        Input(
            "loads", "出场", "Departures",
            (
                Column("manifest", "运单", "Waybill"), Column("plate", "车牌", "Plate"),
                Column("from", "工地", "From"), Column("to", "消纳场", "To"), Column("time", "时间", "Instant", "instant"),
                Column("net_kg", "净重", "Net weight", "decimal", unit="kg"),
            ),
            unique=("manifest",),
        ),
        Input(
            "arrivals", "进场", "Arrivals",
            (
                Column("ticket", "磅单", "Ticket"), Column("manifest", "运单", "Waybill", required=False),
                Column("plate", "车牌", "Plate"), Column("site", "场所", "Site"),
                Column("time", "时间", "Instant", "instant"), Column("net_kg", "净重", "Net weight", "decimal", unit="kg"),
            ),
            unique=("ticket",),
        ),
        Input(
            "vehicles", "车辆准运", "Permits",
            (
                Column("plate", "车牌", "Plate"), Column("permit", "准运证", "Permit", required=False, absent=True),
                Column("from", "起", "From", "date"), Column("to", "止", "To", "date", required=False),
            ),
        ),
    ),
    options=(
        Option("tolerance", "容差", "Share of the weight out", "decimal", "0.05"),
        Option("within_hours", "时限", "Hours a load may take", "decimal", "6", unit="h"),
        Option("at", "截至时间", "Up to the instant", "instant"),
    ),
    output=(
        Column("manifest", "运单", "Waybill", required=False), Column("ticket", "磅单", "Ticket", required=False),
        Column("status", "状态", "State", note="matched, or inferred|late|weight|wrong_site|plate|missing|en_route|unlicensed|duplicate|unannounced"),
    ),
    facts=(
        AnswerKey("departures", "出场车次", "Departures", {"type": "integer"}),
        AnswerKey("matched", "匹配", "Matched", {"type": "integer"}), AnswerKey("missing", "失踪", "Missing", {"type": "integer"}),
        AnswerKey("en_route", "在途", "On the way", {"type": "integer"}),
        AnswerKey("duplicate", "重复", "Doubled arrivals", {"type": "integer"}),
        AnswerKey("unannounced", "无单进场", "Unannounced arrivals", {"type": "integer"}),
        _kilo("kg_out", "出场", "Kilograms out"), _kilo("kg_matched_out", "匹配出场", "of these matched"),
        _kilo("kg_in", "匹配进场", "Kilograms in of matched loads"), _kilo("kg_missing", "失踪", "Kilograms missing"),
        _kilo("kg_en_route", "在途", "Kilograms on the way"),
    ),
    key=("manifest", "ticket"),
    run=match_loads,
    source="市政府令第293号",
    peer="a matcher that scans all pairs",
)  # fmt: skip
