"""Means of what people say and their intervals: scipy thing by thing, few answers, scores outside of the scale, growth."""

from __future__ import annotations

import random
import time
from collections import defaultdict

import pytest
from scipy.stats import t

from tests.methods.running import by, run

HEAD = "answer,about,score\n"


def answers(count: int, things: int, seed: int = 3) -> str:
    """So many answers about so many things, a tenth of them empty."""
    luck = random.Random(seed)
    return HEAD + "".join(
        f"a{n},t{luck.randrange(things):05},{'' if luck.random() < 0.1 else f'{luck.uniform(1, 5):.1f}'}\n"
        for n in range(count)
    )


def test_it_says_what_scipy_says() -> None:
    text = answers(2_000, 40)
    rows, outcome = run("feedback-means", text, shuffle=2)
    scores = defaultdict(list)
    for line in text.splitlines()[1:]:
        _, about, score = line.split(",")
        if score:
            scores[about].append(float(score))
    assert [row["about"] for row in rows] == sorted(scores)
    everything = [each for some in scores.values() for each in some]
    whole = sum(everything) / len(everything)
    for row in rows:
        said = scores[row["about"]]
        mean = sum(said) / len(said)
        spread = (sum((each - mean) ** 2 for each in said) / (len(said) - 1) / len(said)) ** 0.5
        low, high = t.interval(0.95, len(said) - 1, mean, spread)
        assert int(row["answers"]) == len(said)
        assert [float(row[name]) for name in ("mean", "low", "high")] == pytest.approx(
            [mean, max(low, 1), min(high, 5)], abs=6e-5
        )
        assert (row["about"] in outcome.facts["above"]) == (low > whole)


@pytest.mark.parametrize(
    ("scores", "interval"),
    [
        (["4"] * 5, ("4.0000", "4.0000")),
        (["4"] * 4, ("", "")),
        (["1", "5"] * 3, ("1.0000", "5.0000")),
        (["3"], ("", "")),
    ],
)
def test_few_answers_have_no_interval_and_none_leaves_the_scale(scores: list[str], interval: tuple[str, str]) -> None:
    rows, _ = run("feedback-means", HEAD + "".join(f"{n},x,{score}\n" for n, score in enumerate(scores)))
    assert (rows[0]["low"], rows[0]["high"]) == interval


def test_a_score_outside_of_the_scale_is_rejected_and_the_rest_is_done() -> None:
    rows, outcome = run("feedback-means", HEAD + "1,x,4\n2,x,6\n3,x,0\n4,y,abc\n5,z,\n6,x,2\n")
    assert by(rows, "about", "mean") == {"x": "3.0000"}
    assert sorted(each.row for each in outcome.rejects) == [3, 4, 5]
    rows, _ = run("feedback-means", HEAD + "1,x,9\n", highest="10")
    assert rows[0]["mean"] == "9.0000"


def test_nobody_answered() -> None:
    rows, outcome = run("feedback-means", HEAD)
    assert rows == []
    assert outcome.facts == {"above": [], "below": []}


@pytest.mark.slow
def test_its_time_grows_like_its_rows() -> None:
    spent = []
    for count in (50_000, 200_000):
        text = answers(count, count // 50)
        begun = time.process_time()
        run("feedback-means", text)
        spent.append(time.process_time() - begun)
    assert spent[1] < 8 * spent[0], spent
