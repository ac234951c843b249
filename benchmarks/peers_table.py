"""One table, one process: methods of the house beside programs of others on the same made data. Figures and seconds.

Run: make install-peers; .venv/bin/python benchmarks/peers_table.py [--large]
`--large` adds how the house's methods grow to a million rows. Two peers are GPL and lie in `.peers`, an environment of
their own that is put behind the house's; without it their lines say so. Why figures differ:
docs/adr/0434-peers-in-one-table.md.
"""

from __future__ import annotations

import csv
import io
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import Outcome, run_method

PEERS = Path(__file__).parents[1] / ".peers"
ALONE: list[float] = []
"""Seconds of the house's methods alone, without reading, since the last line."""
PATIENCE = 60
"""Seconds after which a peer is stopped."""


class TooLong(Exception):
    """A peer has not ended in time."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Stop what runs inside after so many seconds."""

    def stop(*_: object) -> None:
        raise TooLong(f"stopped after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def line(what: str, who: str, work: Callable[[], str]) -> None:
    """Print what one of them says, and its CPU seconds."""
    begun = time.process_time()
    try:
        with at_most(PATIENCE), redirect_stdout(io.StringIO()):
            said = work()
    except (TooLong, ImportError) as fault:
        said = str(fault)
    alone = f" ({sum(ALONE):.2f} without reading)" if ALONE else ""
    ALONE.clear()
    print(f"| {what} | {who} | {said} | {time.process_time() - begun:.2f}{alone} |", flush=True)


def ours(name: str, *texts: str, suffix: str = "csv", **options: Any) -> Outcome:
    """Run a method as the command does, on texts."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for n, text in enumerate(texts):
            paths.append(Path(folder) / f"{n}.{suffix}")
            paths[-1].write_text(text, encoding="utf-8")
        outcome = run_method(method_named(name), paths, {key: str(value) for key, value in options.items()})
    ALONE.append(outcome.seconds)
    return outcome


def table(head: str, rows: list[tuple[Any, ...]]) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows([head.split(","), *rows])
    return out.getvalue()


# -- E11: groups of opinion ---------------------------------------------------------------------------------


def votes(
    groups: int, seed: int, people: int = 240, statements: int = 40
) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Votes of planted groups, half of them missing; of one group every statement has its own share, shared by all."""
    rng = np.random.default_rng(seed)
    belongs = rng.integers(0, groups, people)
    share = np.where(rng.random((groups, statements)) < 0.5, 0.15, 0.85) if groups > 1 else rng.random((1, statements))
    seen = rng.random((people, statements)) < 0.5
    yes = rng.random((people, statements)) < share[belongs]
    found = [(p, s, 1 if yes[p, s] else -1) for p, s in zip(*np.nonzero(seen), strict=True)]
    return [(int(p), int(s), v) for p, s, v in found], belongs.tolist()


def opinions() -> None:
    """Sets without groups, and with two to five."""
    sets = [(1, seed) for seed in range(4)] + [(groups, 10 + groups) for groups in (2, 3, 4, 5)]
    made = {each: votes(*each) for each in sets}

    def house() -> str:
        told = {}
        for each, (rows, _) in made.items():
            outcome = ours("opinion-groups", table("participant,statement,vote", rows), seed=1)
            labels = dict(zip(outcome.columns["participant"], outcome.columns["group"], strict=True))
            told[each] = (int(outcome.facts["groups"]), {int(k): v for k, v in labels.items()})
        return _groups(made, told)

    def dwarf() -> str:
        from reddwarf.implementations.polis import run_pipeline

        told = {}
        for each, (rows, _) in made.items():
            asked = [{"participant_id": p, "statement_id": s, "vote": v, "modified": 0} for p, s, v in rows]
            frame = run_pipeline(votes=asked, random_state=1).participants_df["cluster_id"].dropna()
            told[each] = (frame.nunique(), dict(zip(frame.index.tolist(), frame.tolist(), strict=True)))
        return _groups(made, told)

    line("opinion groups", "bihuan", house)
    line("opinion groups", "red-dwarf 0.4.0", dwarf)


def _groups(made: dict[Any, Any], told: dict[Any, Any]) -> str:
    none = [told[each][0] for each in made if each[0] == 1]
    planted = [(each[0], told[each][0]) for each in made if each[0] > 1]
    rand = []
    for each, (_, belongs) in made.items():
        if each[0] > 1:
            people = [p for p, label in told[each][1].items() if label not in ("", None)]
            rand.append(adjusted_rand_score([belongs[p] for p in people], [str(told[each][1][p]) for p in people]))
    right = sum(a == b for a, b in planted)
    return f"groups where there are none: {none}; right number {right} of {len(planted)}, mean ARI {np.mean(rand):.2f}"


# -- E11: equal shares --------------------------------------------------------------------------------------


def budget(voters: int, projects: int, seed: int) -> str:
    """A Pabulib file of approvals."""
    luck = random.Random(seed)
    costs = [luck.randrange(20, 200) * 500 for _ in range(projects)]
    total = sum(costs) // 4
    text = [f"META\nkey;value\ndescription;made\nnum_projects;{projects}\nnum_votes;{voters}\nbudget;{total}",
            "vote_type;approval\nrule;greedy\nPROJECTS\nproject_id;cost"]  # fmt: skip
    text += [f"p{n:03d};{cost}" for n, cost in enumerate(costs)]
    text.append("VOTES\nvoter_id;vote")
    weights = [1 / (1 + n % 17) for n in range(projects)]
    for n in range(voters):
        chosen = dict.fromkeys(luck.choices(range(projects), weights, k=luck.randint(1, 6)))
        text.append(f"{n};{','.join(f'p{p:03d}' for p in chosen)}")
    return "\n".join(text) + "\n"


def shares(voters: int, *, beside: bool) -> None:
    """Equal shares by cost and by number of projects."""
    text = budget(voters, 60, 5)
    for satisfaction in ("cost", "count"):

        def house(by: str = satisfaction) -> str:
            facts = ours("equal-shares", text, suffix="pb", satisfaction=by).facts
            return f"{len(facts['selected'])} projects, {facts['cost']}, first {sorted(facts['selected'])[:4]}"

        def tools(by: str = satisfaction) -> str:
            from pabutools.election import Cardinality_Sat, Cost_Sat, parse_pabulib
            from pabutools.rules import method_of_equal_shares

            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "made.pb"
                path.write_text(text, encoding="utf-8")
                instance, profile = parse_pabulib(str(path))
            kind = Cost_Sat if by == "cost" else Cardinality_Sat
            found = method_of_equal_shares(instance, profile, sat_class=kind)
            names = sorted(project.name for project in found)
            return f"{len(names)} projects, {sum(project.cost for project in found)}, first {names[:4]}"

        line(f"equal shares by {satisfaction}, {voters:,} voters", "bihuan", house)
        if beside:
            line(f"equal shares by {satisfaction}, {voters:,} voters", "pabutools 1.2.3", tools)


# -- E11: a panel by lot ------------------------------------------------------------------------------------


def panel(people: int, size: int, *, beside: bool) -> None:
    """The greatest least chance under quotas, one for an address."""
    luck = random.Random(3)
    homes = people * 3 // 4
    rows = [(f"n{n:04d}", f"h{luck.randrange(homes)}", luck.choice("fm"), luck.choice("abc"), luck.choice("xyz"))
            for n in range(people)]  # fmt: skip
    quotas = [(name, value, size * 2 // 7, -(-size * 3 // 7)) for name, values in (("age", "abc"), ("part", "xyz"))
              for value in values] + [("sex", value, size * 2 // 5, -(-size * 3 // 5)) for value in "fm"]  # fmt: skip
    candidates, limits = table("id,address,sex,age,part", rows), table("feature,value,min,max", quotas)

    def house() -> str:
        facts = ours("sortition", candidates, limits, size=size, seed="public").facts
        return f"least chance {facts['min_probability']:.5f} of at most {facts['bound']:.5f} (dual)"

    def theirs(how: str) -> Callable[[], str]:
        def work() -> str:
            import sortition_algorithms as peer
            from sortition_algorithms.committee_generation.maximin import find_distribution_maximin

            kept = peer.Settings("id", ["address"], check_same_address=True, check_same_address_columns=["address"])
            features, *_ = peer.read_in_features(
                ["feature", "value", "min", "max"], list(csv.DictReader(io.StringIO(limits)))
            )
            known, _ = peer.read_in_people(["id", "address", "sex", "age", "part"],
                                           list(csv.DictReader(io.StringIO(candidates))), features, kept)  # fmt: skip
            if how == "legacy":
                found, _ = peer.find_random_sample(
                    features, known, size, ["address"], selection_algorithm="legacy", max_attempts=50
                )
                return f"one panel of {len(found[0])}, no chances told"
            panels, chances, _ = find_distribution_maximin(features, known, size, ["address"])
            each = {row[0]: 0.0 for row in rows}
            for members, chance in zip(panels, chances, strict=True):
                for member in members:
                    each[member] += chance
            return f"least chance {min(each.values()):.5f}"

        return work

    line(f"panel of {size} from {people:,}", "bihuan", house)
    if beside:
        line(f"panel of {size} from {people:,}", "sortition-algorithms 0.12.15 maximin", theirs("maximin"))
        line(f"panel of {size} from {people:,}", "sortition-algorithms 0.12.15 legacy", theirs("legacy"))


# -- E25: firms that share something ------------------------------------------------------------------------


def links(count: int, *, beside: bool) -> None:
    """Groups and PageRank over shared values; what more than twenty share links nobody."""
    luck, hub = random.Random(8), 20
    firms = count // 3
    rows = [
        (f"e{luck.randrange(firms):07d}", "phone", f"v{luck.randrange(firms)}", "2020-01-01", "") for _ in range(count)
    ]
    text = table("entity,kind,value,from,to", rows)
    kept: dict[str, Any] = {}

    def house() -> str:
        outcome = ours("association", text, at="2026-01-01", hub=hub)
        kept.update({key: list(values) for key, values in outcome.columns.items()})
        return f"{len(kept['entity']):,} firms, {len(set(kept['group'])):,} groups"

    def theirs() -> str:
        holders: dict[tuple[str, str], set[str]] = {}
        graph = nx.Graph()
        for entity, kind, value, _, _ in rows:
            holders.setdefault((kind, value), set()).add(entity)
            graph.add_node(entity)
        for found in holders.values():
            if len(found) <= hub:
                names = sorted(found)
                for n, one in enumerate(names):
                    for other in names[n + 1 :]:
                        weight = graph.get_edge_data(one, other, {"weight": 0})["weight"]
                        graph.add_edge(one, other, weight=weight + 1)
        ranks = nx.pagerank(graph, alpha=0.85, tol=1e-12, max_iter=500)
        apart = max(abs(float(c) - ranks[e]) for e, c in zip(kept["entity"], kept["centrality"], strict=True))
        return f"{len(graph):,} firms, {nx.number_connected_components(graph):,} groups; centrality apart {apart:.1e}"

    line(f"association, {count:,} links", "bihuan", house)
    if beside:
        line(f"association, {count:,} links", f"networkx {nx.__version__}", theirs)


# -- E19: which places first --------------------------------------------------------------------------------

STRICT = {"ash": 1.8, "elm": 0.9, "fir": 0.0, "oak": -0.9, "yew": -1.8}


def visits(rows: int, places: int, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Any]:
    """Visits of strict and mild inspectors, each with an own half of the town, and the true risk of each place."""
    rng = np.random.default_rng(seed)
    kind, age = rng.integers(0, 4, places), rng.gamma(2, 4, places)
    risk = -1.6 + np.array([0.0, 0.6, -0.6, 1.0])[kind] + 0.04 * age + rng.normal(0, 0.7, places)
    names, home = list(STRICT), rng.integers(0, 5, places)
    made = []
    for n in range(rows):
        place = int(rng.integers(0, places))
        who = names[home[place] if rng.random() < 0.6 else int(rng.integers(0, 5))]
        found = int(rng.random() < 1 / (1 + np.exp(-risk[place] - STRICT[who])))
        made.append({"id": f"v{n}", "place": f"p{place}", "date": "2025-01-01", "found": found, "inspector": who,
                     "kind": f"k{kind[place]}", "age": f"{age[place]:.2f}"})  # fmt: skip
    due = [{"id": f"d{p}", "place": f"p{p}", "date": "2025-06-01", "inspector": names[home[p]], "kind": f"k{kind[p]}",
            "age": f"{age[p]:.2f}"} for p in range(places)]  # fmt: skip
    return made, due, risk


def order(rows: int, places: int) -> None:
    """The order of places by the house and by logistic ridge with and without inspectors; who goes is no risk."""
    made, due, risk = visits(rows, places, 4)
    rng = np.random.default_rng(9)
    later = (rng.random(places) < 1 / (1 + np.exp(-risk - [STRICT[each["inspector"]] for each in due]))).astype(int)
    who = np.array([each["inspector"] for each in due])

    def judged(score: Any) -> str:
        within = [roc_auc_score(later[who == name], score[who == name]) for name in STRICT]
        rank = spearmanr(score, risk)[0]
        return f"rank correlation with the risk {rank:.3f}, AUC within inspectors {np.mean(within):.3f}"

    def house() -> str:
        head = list(made[0])
        texts = [table(",".join(keys), [tuple(each[k] for k in keys) for each in found])
                 for keys, found in ((head, made), ([k for k in head if k != "found"], due))]  # fmt: skip
        outcome = ours("inspection-order", *texts, inspector="inspector")
        score = dict(zip(outcome.columns["id"], map(float, outcome.columns["score"]), strict=True))
        return judged(np.array([score[each["id"]] for each in due]))

    def ridge(*, inspectors: bool) -> str:
        def columns(found: list[dict[str, Any]]) -> Any:
            parts = [[each["kind"] == f"k{n}" for n in range(1, 4)] + [float(each["age"])] for each in found]
            if inspectors:
                parts = [
                    row + [each["inspector"] == name for name in STRICT] for row, each in zip(parts, found, strict=True)
                ]
            return np.array(parts, dtype=float)

        model = LogisticRegression(max_iter=2000).fit(columns(made), [each["found"] for each in made])
        return judged(model.predict_proba(columns(due))[:, 1])

    what = f"order of {places:,} places, {rows:,} visits"
    line(what, "bihuan", house)
    line(what, "logistic ridge with inspectors", lambda: ridge(inspectors=True))
    line(what, "logistic ridge without inspectors", lambda: ridge(inspectors=False))


def main() -> None:
    """Print the table."""
    sys.path += [str(path) for path in PEERS.glob("lib/python3*/site-packages")]
    print("| what | who | says | CPU s |\n|---|---|---|---:|")
    opinions()
    shares(5_000, beside=True)
    panel(160, 20, beside=True)
    links(100_000, beside=True)
    order(9_000, 900)
    if "--large" in sys.argv:
        shares(1_000_000, beside=False)
        panel(5_000, 100, beside=False)
        links(1_000_000, beside=False)


main()
