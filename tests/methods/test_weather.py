"""The effect of a measure without the weather: planted steps are found under contrary weather, little is refused."""

from __future__ import annotations

import random
from datetime import date, timedelta
from math import cos, exp, pi

from tests.methods.running import run


def _series(seed: int, step: float, days: int = 1100, change: int = 600) -> tuple[str, str]:
    luck, noise, lines = random.Random(seed), 0.0, ["date,pm25,temp,wind,wd"]
    for n in range(days):
        day = date(2021, 1, 1) + timedelta(n)
        temp = 12 - 14 * cos(2 * pi * n / 365) + luck.gauss(0, 4)
        wind = max(0.2, luck.gauss(2.2 - 0.5 * (n >= change), 0.8))  # still air comes with the measure
        way = luck.choice("NESW")
        noise = 0.4 * noise + luck.gauss(0, 0.2)
        value = exp(3.8 - 0.35 * wind - 0.01 * temp + 0.2 * (way == "S") + step * (n >= change) - 0.0001 * n + noise)
        lines.append(f"{day},{value:.2f},{temp:.2f},{wind:.2f},{way}")
    return "\n".join(lines), (date(2021, 1, 1) + timedelta(change)).isoformat()


def test_planted_steps_are_found_although_the_means_say_otherwise() -> None:
    covered = 0
    for seed, step in enumerate((-0.2, -0.1, 0.0, -0.15)):
        text, change = _series(seed, step)
        _, outcome = run("weather-normalise", text, value="pm25", weather="temp,wind,wd", change=change, shuffle=seed)
        planted = 100 * (exp(step) - 1)
        found = outcome.facts
        assert abs(found["effect_pct"] - planted) < 7
        assert found["raw_pct"] > planted + 3, "the weather hides it"
        covered += found["low"] <= planted <= found["high"]
    assert covered >= 3


def test_too_few_days_are_refused_with_a_reason() -> None:
    text, _ = _series(1, 0.0, 400, 300)
    _, outcome = run("weather-normalise", text, value="pm25", weather="temp,wind,wd", change="2021-10-28")
    assert outcome.facts["effect_pct"] is None
    assert "180" in outcome.facts["refused"]
