"""Levels, voices, links to confirmed firms, and the backtest, each beside a literal reading."""

from __future__ import annotations

from datetime import date, timedelta

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.methods.running import by, run

WEIGHTS = "indicator,low,high,weight,half_life_days\npromise,0,10,60,0\nspread,0,20,40,30\n"
SEEN = "entity,indicator,value,observed_on\n"
AT = "2026-03-31"
NAMES = tuple("abcdef")
DAYS = st.dates(date(2026, 1, 1), date(2026, 6, 30))


def test_levels_are_those_of_the_index_one_row_each() -> None:
    seen = (
        SEEN
        + "a,promise,10,2026-03-01\na,spread,20,2026-03-31\nb,promise,5,2026-03-01\nb,spread,0,2026-03-31\nc,spread,20,2026-03-31\n"
    )
    rows, outcome = run("composite-levels", seen, WEIGHTS, at=AT, bands="30,80")
    _, index = run("composite-index", seen, WEIGHTS, at=AT, bands="30,80")
    told = {name: (float(row["score"]), float(row["coverage"]), row["level"]) for name, row in _named(rows).items()}
    assert told == {name: tuple(each.values()) for name, each in index.facts["entities"].items()}
    assert by(rows, "entity", "level") == {"a": "high", "b": "medium", "c": "insufficient"}
    assert {name: outcome.facts[name] for name in ("high", "medium", "low", "insufficient")} == {
        "high": 1, "medium": 1, "low": 0, "insufficient": 1,
    }  # fmt: skip


def _named(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["entity"]: row for row in rows}


def test_forty_letters_of_one_customer_are_one_voice() -> None:
    letters = "".join(f"L{n},bank,complaint,angry,2026-03-{1 + n % 28:02d}\n" for n in range(40))
    others = "M1,firm,complaint,p,2026-03-01\nM2,firm,complaint,q,2026-03-09\nM3,firm,complaint,,2026-03-02\nM4,firm,complaint,,2026-03-02\n"
    old = "O1,firm,complaint,r,2025-12-31\nO2,firm,complaint,s,2026-04-01\n"
    rows, _ = run("lead-signals", "lead,entity,kind,reporter,told\n" + letters + others + old, at=AT, shuffle=4)
    assert by(rows, "entity", "value") == {"bank": "1", "firm": "4"}
    assert by(rows, "entity", "observed_on") == {"bank": "2026-03-28", "firm": "2026-03-09"}


@settings(max_examples=examples(100))
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from("xy"), st.sampled_from(("", "p", "q", "r")), DAYS),
        max_size=25,
    )
)
def test_voices_are_sets(told: list[tuple[str, str, str, date]]) -> None:
    text = "lead,entity,kind,reporter,told\n"
    text += "".join(f"L{n},{e},{k},{who},{day}\n" for n, (e, k, who, day) in enumerate(told))
    rows, _ = run("lead-signals", text, at=AT, days=60)
    first, last = date.fromisoformat(AT) - timedelta(days=60), date.fromisoformat(AT)
    wanted: dict[tuple[str, str], set[str]] = {}
    for n, (entity, kind, who, day) in enumerate(told):
        if first < day <= last:
            wanted.setdefault((entity, kind), set()).add(who or f"#{n}")
    assert {(row["entity"], row["indicator"]): int(row["value"]) for row in rows} == {
        key: len(each) for key, each in wanted.items()
    }


@settings(max_examples=examples(100))
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from("pqrst")), max_size=16),
    st.sets(st.sampled_from(NAMES), max_size=2),
    st.integers(1, 4),
)
def test_steps_are_shortest_paths(held: list[tuple[str, str]], confirmed: set[str], most: int) -> None:
    links = "entity,kind,value,from,to\n" + "".join(f"{e},phone,{v},2020-01-01,\n" for e, v in held)
    rows, _ = run("linked-firms", links, "entity\n" + "\n".join(sorted(confirmed)), at=AT, hub=3, steps=most, shuffle=1)
    graph = networkx.Graph()
    graph.add_nodes_from([*NAMES, *confirmed])
    for value in "pqrst":
        holders = sorted({entity for entity, v in held if v == value})
        if 1 < len(holders) <= 3:
            graph.add_edges_from((a, b) for a in holders for b in holders if a < b)
    wanted = {}
    for name in sorted(set(NAMES) - confirmed):
        ways = [
            (networkx.shortest_path_length(graph, name, each), each)
            for each in sorted(confirmed)
            if networkx.has_path(graph, name, each)
        ]
        if ways and min(ways)[0] <= most:
            wanted[name] = min(ways)
    assert {row["entity"]: (int(row["steps"]), row["confirmed"]) for row in rows} == wanted


def test_an_incubators_address_links_nobody() -> None:
    links = "entity,kind,value,from,to\n" + "".join(f"f{n},address,hub,2020-01-01,\n" for n in range(30))
    links += "f1,phone,7,2020-01-01,\nz,phone,7,2020-01-01,2026-03-31\ny,phone,7,2020-01-01,2026-04-01\n"
    rows, outcome = run("linked-firms", links, "entity\nf1\n", at=AT)
    assert by(rows, "entity", "value") == {"y": "7"}
    assert outcome.facts == {"confirmed": 1, "reached": 1}


BACK = "entity,indicator,value,observed_on,recorded_on\n"


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES), st.sampled_from(("promise", "spread")), st.integers(0, 20), DAYS, st.integers(0, 60)
        ),
        max_size=20,
    ),
    st.dictionaries(st.sampled_from(NAMES), DAYS, max_size=4),
    st.integers(1, 3),
)
def test_a_backtest_is_the_index_on_what_was_known(
    told: list[tuple[str, str, int, date, int]], events: dict[str, date], most: int
) -> None:
    text = BACK + "".join(f"{e},{i},{v},{day},{day + timedelta(days=late)}\n" for e, i, v, day, late in told)
    happened = "entity,happened_on\n" + "".join(f"{name},{day}\n" for name, day in events.items())
    options = {"from": "2026-03-01", "to": "2026-05-30", "every": 45, "k": most, "horizon": 60}
    rows, outcome = run("index-backtest", text, WEIGHTS, happened, **options)
    assert [row["day"] for row in rows] == ["2026-03-01", "2026-04-15", "2026-05-30"]
    foreseen = set()
    for row in rows:
        at = date.fromisoformat(row["day"])
        known = SEEN + "".join(
            f"{e},{i},{v},{day}\n" for e, i, v, day, late in told if day + timedelta(days=late) <= at
        )
        levels, _ = run("composite-levels", known, WEIGHTS, at=at)
        # Ties within six digits of the printed score are possible; the sum decides, so equal ones are told apart by name.
        ranked = sorted(
            (-float(each["score"]), each["entity"])
            for each in levels
            if each["level"] != "insufficient" and not (each["entity"] in events and events[each["entity"]] <= at)
        )
        right = [
            name for _, name in ranked[:most] if name in events and events[name] <= at + timedelta(days=60)
        ]  # fmt: skip
        if len({score for score, _ in ranked}) == len(ranked):
            assert (int(row["alarms"]), int(row["right"])) == (len(ranked[:most]), len(right))
        assert int(row["alarms"]) == min(most, len(ranked))
        foreseen |= set(right)
    assert outcome.facts["events"] == len(events)


def test_weights_that_foresee_more_are_seen_to() -> None:
    text = BACK + "".join(
        f"{name},promise,{10 if name == 'a' else 1},2026-01-05,2026-01-06\n{name},spread,{20 if name == 'b' else 0},2026-01-05,2026-01-06\n"
        for name in NAMES
    )
    happened = "entity,happened_on\na,2026-05-01\n"
    options = {"from": "2026-02-01", "to": "2026-03-01", "every": 28, "k": 1}
    good, told = run("index-backtest", text, WEIGHTS, happened, **options)
    poor, worse = run("index-backtest", text, WEIGHTS.replace("60", "10").replace("30\n", "0\n"), happened, **options)
    assert [row["right"] for row in good] == ["1", "1"]
    assert [row["right"] for row in poor] == ["0", "0"]
    assert (told.facts["lead_days"], worse.facts["lead_days"]) == (89, None)
