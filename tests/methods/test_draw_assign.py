"""The draw of inspectors: found whenever it exists, truly blocking when not, even loads and pairs, same for any order."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import permutations

import pytest

from tests.methods.running import run

type Rows = list[dict[str, str]]


def _texts(objects: Rows, people: Rows, conflicts: Rows, groups: Rows) -> list[str]:
    heads = ("object,enterprise,field,departments", "inspector,department,certificates,capacity")
    heads += ("inspector,enterprise,reason", "enterprise,group")
    tables = (objects, people, conflicts, groups)
    return [
        "\n".join([head, *(",".join(row[name] for name in head.split(",")) for row in rows)])
        for head, rows in zip(heads, tables, strict=True)
    ]


def _town(seed: int, objects: int, people: int) -> tuple[Rows, Rows, Rows, Rows]:
    luck = random.Random(seed)
    firms, fields = [f"f{n}" for n in range(4)], ["food", "fire"]
    drawn = [
        {"object": f"o{n}", "enterprise": luck.choice(firms), "field": luck.choice(fields), "departments": "d"}
        for n in range(objects)
    ]
    staff = [
        {
            "inspector": f"i{n}", "department": "d", "capacity": str(luck.randint(1, 3)),
            "certificates": ";".join(f for f in fields if luck.random() < 0.5),
        }
        for n in range(people)
    ]  # fmt: skip
    barred = [
        {"inspector": luck.choice(staff)["inspector"], "enterprise": luck.choice(firms), "reason": "kin"}
        for _ in range(luck.randint(0, 3))
    ]
    groups = [{"enterprise": firm, "group": luck.choice("xy")} for firm in firms]
    return drawn, staff, barred, groups


def _allowed(objects: Rows, people: Rows, conflicts: Rows, groups: Rows) -> list[list[tuple[str, str]]]:
    """Of every object the pairs (lead, second) that may go."""
    group = {row["enterprise"]: row["group"] for row in groups}
    barred = {(row["inspector"], group[row["enterprise"]]) for row in conflicts}
    found = []
    for row in objects:
        able = [p for p in people if (p["inspector"], group[row["enterprise"]]) not in barred]
        found.append(
            [
                (a["inspector"], b["inspector"])
                for a, b in permutations(able, 2)
                if row["field"] in a["certificates"].split(";")
            ]
        )
    return found


def _served(pairs: list[list[tuple[str, str]]], capacity: dict[str, int]) -> bool:
    """Whether everything can be served, by trying every choice."""
    if not pairs:
        return True
    for one, two in {(min(p), max(p)) for p in pairs[0]}:
        if capacity[one] and capacity[two]:
            left = {**capacity, one: capacity[one] - 1, two: capacity[two] - 1}
            if _served(pairs[1:], left):
                return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_found_exactly_when_some_choice_serves_all(seed: int) -> None:
    town = _town(seed, 4, 5)
    capacity = {row["inspector"]: int(row["capacity"]) for row in town[1]}
    pairs = _allowed(*town)
    rows, outcome = run("draw-assign", *_texts(*town), seed=f"s{seed}")
    assert outcome.facts["feasible"] is _served(pairs, capacity)
    if not outcome.facts["feasible"]:
        assert rows == []
        places = [int(each["object"][1:]) for each in outcome.facts["blocking"]]
        assert not _served([pairs[p] for p in places], capacity), "what is named cannot be served together"
        for gone in places:
            assert _served([pairs[p] for p in places if p != gone], capacity), "nothing named is superfluous"
        return
    by: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        by[row["object"]][row["role"]] = row["inspector"]
    for place, choice in enumerate(pairs):
        assert (by[f"o{place}"]["lead"], by[f"o{place}"]["second"]) in choice
    assert all(n <= capacity[name] for name, n in Counter(row["inspector"] for row in rows).items())
    assert run("draw-assign", *_texts(*town), seed=f"s{seed}", shuffle=seed)[0] == rows


def test_loads_are_even_and_pairs_are_random() -> None:
    objects = [{"object": f"o{n}", "enterprise": "f", "field": "food", "departments": "d"} for n in range(300)]
    people = [{"inspector": f"i{n}", "department": "d", "certificates": "food", "capacity": "100"} for n in range(8)]
    texts = _texts(objects, people, [], [{"enterprise": "f", "group": "g"}])
    rows, _ = run("draw-assign", *texts, seed="even")
    loads = Counter(row["inspector"] for row in rows)
    assert max(loads.values()) - min(loads.values()) <= 1
    together: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        together[row["object"]].add(row["inspector"])
    counts = Counter(frozenset(pair) for pair in together.values())
    expected = 300 / 28
    chi2 = sum((counts.get(pair, 0) - expected) ** 2 / expected for pair in counts) + expected * (28 - len(counts))
    assert chi2 < 55, "27 degrees of freedom: one in a thousand lies above 55"
    assert run("draw-assign", *texts, seed="other")[0] != rows


def test_a_tight_class_is_paired_without_meeting_oneself() -> None:
    """One person is needed in every pair, so a random pairing alone would not end."""
    objects = [{"object": f"o{n}", "enterprise": "f", "field": "food", "departments": "d"} for n in range(12)]
    people = [{"inspector": "lead", "department": "d", "certificates": "food", "capacity": "12"}]
    people += [{"inspector": f"i{n}", "department": "d", "certificates": "", "capacity": "4"} for n in range(3)]
    rows, outcome = run("draw-assign", *_texts(objects, people, [], []), seed="t")
    assert outcome.facts["feasible"]
    assert {row["inspector"] for row in rows if row["role"] == "lead"} == {"lead"}


def _roles(told: Rows) -> dict[tuple[str, str], dict[str, str]]:
    """Role → who, by object and department."""
    found: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in told:
        found[row["object"], row["department"]][row["role"]] = row["inspector"]
    return found


@pytest.mark.parametrize("seed", range(12))
def test_strict_goes_with_mild_and_nobody_goes_more_often_for_it(seed: int) -> None:
    luck = random.Random(seed)
    objects, people, conflicts, groups = _town(seed, 14, 12)
    people = [row | {"capacity": "6", "certificates": "food;fire"} for row in people]
    conflicts = [] if seed % 2 else conflicts
    texts = _texts(objects, people, conflicts, groups)
    hand = {row["inspector"]: luck.choice("xy") for row in people}
    staffed = "\n".join(
        line + ("," + hand.get(line.split(",")[0], "hand")) for line in texts[1].splitlines()
    )  # the head becomes `…,hand`
    plain, before = run("draw-assign", *texts, seed="s")
    mixed, told = run("draw-assign", texts[0], staffed, *texts[2:], seed="s")
    assert Counter(row["inspector"] for row in mixed) == Counter(row["inspector"] for row in plain)
    allowed = {
        row["object"]: set(pairs)
        for row, pairs in zip(objects, _allowed(objects, people, conflicts, groups), strict=True)
    }
    pairs = _roles(mixed)
    assert all((roles["lead"], roles["second"]) in allowed[name] for (name, _), roles in pairs.items())
    unlike = sum(hand[roles["lead"]] != hand[roles["second"]] for roles in pairs.values())
    assert (told.facts["mixed"], before.facts["mixed"]) == (unlike, 0)
    assert unlike >= sum(hand[roles["lead"]] != hand[roles["second"]] for roles in _roles(plain).values())
    if not conflicts:  # two classes alike in people: what is left of like pairs is of one hand in each
        of_field = {row["object"]: row["field"] for row in objects}
        left = {(of_field[name], hand[roles["lead"]]) for (name, _), roles in pairs.items()
                if hand[roles["lead"]] == hand[roles["second"]]}  # fmt: skip
        assert len(left) == len({field for field, _ in left})
    assert run("draw-assign", texts[0], staffed, *texts[2:], seed="s", shuffle=3)[0] == mixed
