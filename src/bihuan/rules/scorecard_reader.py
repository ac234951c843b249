"""Reading and checking a scorecard: weights that do not add up, bands with gaps, impossible points are problems."""

from decimal import Decimal
from itertools import pairwise
from typing import Final

from bihuan.declare.reader import Reader
from bihuan.declare.source import Node
from bihuan.rules.bounds import Bounds, Cut, first_between
from bihuan.rules.fields import read_bounds
from bihuan.rules.meta import OPTIONAL, REQUIRED, Meta, read_meta
from bihuan.rules.quantities import Rounding, number_text, read_rounding
from bihuan.rules.scorecard_methods import (
    BandMethod,
    CappedDeduction,
    MedianOfSurvey,
    PiecewiseLinear,
    RatioWithExclusions,
    ScoringMethod,
)
from bihuan.rules.scorecards import Grade, Item, Scorecard, Veto

# Fields of each method: required, optional.
_FIELDS: Final[dict[str, tuple[set[str], set[str]]]] = {
    "capped_deduction": ({"points"}, {"cap"}),
    "band": ({"bands"}, {"rounding"}),
    "piecewise_linear": ({"corners"}, set()),
    "ratio_with_exclusions": (set(), {"zero_at", "full_at", "min_n"}),
    "median_of_survey": ({"scale"}, {"min_n"}),
}
_COMMON: Final = {"id", "name", "max", "method"}
_COMMON_OPTIONAL: Final = {"weight", "section", "too_few", "veto", "citation", "verified"}
_TOO_FEW: Final = ("full", "zero", "leave_out")


def read_scorecard(node: Node, reader: Reader) -> Scorecard:
    """The scorecard in the document `node`.

    Raises:
        DeclarationError: with every problem found in the document.

    Source: docs/topics/rules.md, "A scorecard"; docs/adr/0010 (3).
    """
    required = {"scorecard", "total", "rounding", "items"} | REQUIRED
    named = reader.fields(node, required, {"grades", "sections", "weights"} | OPTIONAL)
    meta = read_meta("scorecard", node, named, reader)
    full, rounding = reader.number(named.get("total")), read_rounding(named.get("rounding"), reader)
    items = tuple(_read_item(item, meta, reader) for item in reader.items(named.get("items")))
    grades = tuple(_read_grade(item, reader) for item in reader.items(named.get("grades")))
    to_enter = reader.choice(named.get("weights"), ("declared", "to_enter"), "declared") == "to_enter"
    reader.stop_if_wrong()
    _check_items(node, None if to_enter else full, items, reader)
    if not to_enter:
        _check_sections(node, named.get("sections"), items, reader)
    if grades:
        _check_grades(named["grades"], full, rounding, [grade.bounds for grade in grades], reader)
    reader.stop_if_wrong()
    return Scorecard(meta, full, rounding, items, grades, to_enter=to_enter)


def _read_item(node: Node, meta: Meta, reader: Reader) -> Item:
    kind = reader.choice((node.fields or {}).get("method"), tuple(_FIELDS), "band")
    required, optional = _FIELDS[kind]
    named = reader.fields(node, _COMMON | required, _COMMON_OPTIONAL | optional)
    maximum = reader.number(named.get("max"))
    weight = reader.number(named.get("weight"), Decimal(1))
    if maximum <= 0 or weight <= 0:
        reader.problem(node, "'max' and 'weight' must be more than 0.", "Give positive numbers.")
    method = _METHOD_READERS[kind](node, named, maximum, reader)
    too_few = reader.choice(named.get("too_few"), _TOO_FEW, "")
    if kind in ("ratio_with_exclusions", "median_of_survey") and not too_few:
        reader.problem(
            node, "The item does not say what holds with too few cases.", "Add 'too_few: full|zero|leave_out'."
        )
    return Item(
        id=reader.text(named.get("id")),
        name=reader.label(named.get("name")),
        section=reader.text(named.get("section")),
        maximum=maximum,
        weight=weight,
        method=method,
        too_few=too_few,
        veto=_read_veto(named["veto"], method, reader) if "veto" in named else None,
        citation=reader.text(named.get("citation"), meta.citation),
        verified=reader.flag(named.get("verified"), default=meta.verified),
    )


def _read_veto(node: Node, method: ScoringMethod, reader: Reader) -> Veto:
    named = reader.fields(node, {"total"}, {"when", "codes"})
    codes = frozenset(reader.text(code) for code in reader.items(named.get("codes")))
    known = set(method.points) if isinstance(method, CappedDeduction) else set()
    if unknown := sorted(codes - known):
        reader.problem(node, f"Veto codes {', '.join(unknown)} are not among the item's points.", "Add or remove them.")
    if not codes and "when" not in named:
        reader.problem(node, "The veto never strikes.", "Give 'when' (bounds of the measure) or 'codes'.")
    when = read_bounds(named["when"], reader) if "when" in named else None
    return Veto(when, codes, reader.number(named.get("total")))


def _read_capped(node: Node, named: dict[str, Node], maximum: Decimal, reader: Reader) -> ScoringMethod:
    points: dict[str, Decimal] = {}
    for code, value in (named["points"].fields or {}).items() if "points" in named else ():
        points[code] = reader.number(value)
        if points[code] <= 0:
            reader.problem(value, f"{points[code]} points off is no deduction.", "Give a positive number.")
    if not points:
        reader.problem(node, "There is nothing to deduct for.", "Give 'points: {code: number, …}'.")
    cap = reader.number(named.get("cap")) if "cap" in named else None
    if cap is not None and not 0 < cap <= maximum:
        reader.problem(named["cap"], f"A cap of {cap} does not fit a maximum of {maximum}.", "Give 0 < cap ≤ max.")
    return CappedDeduction(points, cap)


def _read_band(node: Node, named: dict[str, Node], maximum: Decimal, reader: Reader) -> ScoringMethod:
    bands: list[tuple[Bounds, Decimal]] = []
    rounding = read_rounding(named.get("rounding"), reader)
    for item in reader.items(named.get("bands")):
        fields = reader.fields(item, {"bounds", "points"}, set())
        points = reader.number(fields.get("points"))
        bounds = read_bounds(fields["bounds"], reader) if "bounds" in fields else None
        if not 0 <= points <= maximum:
            reader.problem(item, f"{points} points lie outside 0–{maximum}.", "Mend the points or 'max'.")
        if bounds is not None:
            bands.append((bounds, points))
    _check_chain(node, [bounds for bounds, _ in bands], rounding, reader)
    return BandMethod(tuple(bands), rounding)


def _read_corners(node: Node, named: dict[str, Node], maximum: Decimal, reader: Reader) -> ScoringMethod:
    corners: list[tuple[Decimal, Decimal]] = []
    for item in reader.items(named.get("corners")):
        pair = reader.items(item)
        if len(pair) != 2:
            reader.problem(item, "A corner is a pair of numbers.", "Write [value, points].")
            continue
        corners.append((reader.number(pair[0]), reader.number(pair[1])))
        if not 0 <= corners[-1][1] <= maximum:
            reader.problem(item, f"{corners[-1][1]} points lie outside 0–{maximum}.", "Mend the points or 'max'.")
    if len(corners) < 2:
        reader.problem(node, "A line needs two corners.", "Give at least two.")
    for (left, _), (right, _) in pairwise(corners):
        if left >= right:
            reader.problem(
                node, f"Corner {right} does not lie above {left}.", "List corners from low to high.", "corners"
            )
    return PiecewiseLinear(tuple(corners))


def _read_ratio(node: Node, named: dict[str, Node], maximum: Decimal, reader: Reader) -> ScoringMethod:
    zero_at = reader.number(named.get("zero_at"), Decimal(0))
    full_at = reader.number(named.get("full_at"), Decimal(1))
    if zero_at == full_at:
        reader.problem(node, "No points and full points at the same ratio.", "Give 'zero_at' and 'full_at' apart.")
    return RatioWithExclusions(zero_at, full_at, reader.integer(named.get("min_n"), 1))


def _read_survey(node: Node, named: dict[str, Node], maximum: Decimal, reader: Reader) -> ScoringMethod:
    scale = reader.items(named.get("scale"))
    low, high = (reader.number(scale[0]), reader.number(scale[1])) if len(scale) == 2 else (Decimal(0), Decimal(0))
    if low >= high:
        reader.problem(node, "The scale has no two ends.", "Write 'scale: [1, 5]'.", "scale")
    return MedianOfSurvey(low, high, reader.integer(named.get("min_n"), 1))


_METHOD_READERS: Final = {
    "capped_deduction": _read_capped,
    "band": _read_band,
    "piecewise_linear": _read_corners,
    "ratio_with_exclusions": _read_ratio,
    "median_of_survey": _read_survey,
}


def _read_grade(node: Node, reader: Reader) -> Grade:
    named = reader.fields(node, {"code", "name", "bounds"}, set())
    bounds = read_bounds(named["bounds"], reader) if "bounds" in named else None
    stand_in = Bounds.parse("0")  # never used: a document with problems is refused
    return Grade(reader.text(named.get("code")), reader.label(named.get("name")), bounds or stand_in)


def _check_items(node: Node, full: Decimal | None, items: tuple[Item, ...], reader: Reader) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            reader.problem(node, f"Item '{item.id}' appears twice.", "Give each item its own id.", "items")
        seen.add(item.id)
    worth = sum((item.maximum * item.weight for item in items), Decimal(0))
    if full is not None and worth != full:
        reader.problem(
            node,
            f"Σ max × weight is {number_text(worth)}, the declared total {number_text(full)}.",
            "Make them equal.",
            "total",
        )


def _check_sections(document: Node, node: Node | None, items: tuple[Item, ...], reader: Reader) -> None:
    if node is None:
        for name in sorted({item.section for item in items if item.section}):
            rule = f"Section '{name}' is not declared."
            reader.problem(document, rule, "Add 'sections: {id: points, …}'.", "sections")
        return
    declared = {name: reader.number(value) for name, value in (node.fields or {}).items()}
    worth: dict[str, Decimal] = {}
    for item in items:
        worth[item.section] = worth.get(item.section, Decimal(0)) + item.maximum * item.weight
    for name in sorted(declared.keys() | worth.keys()):
        want, have = declared.get(name), worth.get(name, Decimal(0))
        if want != have:
            told = "not declared" if want is None else number_text(want)
            rule = f"Section '{name}' is {told}, its items are worth {number_text(have)}."
            reader.problem(node, rule, "Make them equal.")


def _check_grades(node: Node, full: Decimal, rounding: Rounding, bounds: list[Bounds], reader: Reader) -> None:
    if rounding.step is None:
        reader.problem(node, "Grades need a rounded total.", "Declare 'rounding: {method: half_even, digits: …}'.")
    ordered = sorted(bounds, key=lambda one: one.lower)
    _check_chain(node, ordered, rounding, reader)
    ends: list[tuple[Cut, Cut]] = [((Decimal(0), 0), ordered[0].lower), (ordered[-1].upper, (full, 1))]
    for lower, upper in ends:
        missing = first_between(lower, upper, rounding.step)
        if missing is not None:
            reader.problem(node, f"No grade holds a total of {number_text(missing)}.", "Widen the grades.")


def _check_chain(node: Node, bounds: list[Bounds], rounding: Rounding, reader: Reader) -> None:
    for before, after in pairwise(bounds):
        if before.overlaps(after) or after.lower < before.lower:
            reader.problem(node, f"{after} overlaps or precedes {before}.", "List bands from low to high, apart.")
            continue
        missing = first_between(before.upper, after.lower, rounding.step)
        if missing is not None:
            rule = f"Nothing holds {number_text(missing)}, between {before} and {after}: a gap."
            reader.problem(node, rule, "Close the gap, or declare the rounding that makes it empty.")
