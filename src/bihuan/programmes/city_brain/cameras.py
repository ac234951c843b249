"""Signals of the sample's cameras: of true and untrue events, brought by two gateways, and of a suspended model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.programmes.city_brain.sample import Brain

Row = dict[str, Any]
TRUE_OF = {"stall-1": 7, "litter-2": 5}
UNTRUE_OF = {"stall-1": 1, "litter-2": 12}
REPEATED, AFTERWARDS, LOW = 2, 3, 4
SUSPENDED_BY = 5
"""The day from which on the bad model is surely suspended."""


def plant_signals(brain: Brain) -> None:
    """Plant what cameras see, each at a camera of its own: several signals an event, each from two gateways."""
    play, luck = brain.play, brain.luck.stream("signals")
    cameras = {model: [row["number"] for row in brain.devices if row["model"] == model] for model in TRUE_OF}
    for model, count in TRUE_OF.items():
        for n in range(count):
            camera = cameras[model].pop()
            at = play.day(luck.whole(0, 2), luck.whole(1, 21))
            _tell(brain, camera, model, at, luck.whole(2, 4), f"{model}-T{n}")
            play.plant("incident", camera, f"{model} saw it, and it was there")
            play.look_alike("second_case", camera, "each signal by two gateways within milliseconds")
            if model == "stall-1" and n < REPEATED:
                _tell(brain, camera, model, at + timedelta(hours=3), 1, f"{model}-R{n}")
                brain.repeated.add(f"{model}-R{n}")
        for n in range(UNTRUE_OF[model]):
            camera = cameras[model].pop()
            at = play.day(luck.whole(0, 2), luck.whole(1, 21))
            _tell(brain, camera, model, at, luck.whole(1, 2), f"{model}-F{n}")
            brain.untrue.add(f"{model}-F{n}")
            play.look_alike("incident", camera, "nothing of it was there; a person says so")
    play.plant("below_its_card", "litter-2", f"right in {TRUE_OF['litter-2']} of 17, its card says 0.80")
    play.look_alike("below_its_card", "stall-1", "right in 7 of 8, its card says 0.70")
    for model in ("rule-waterlog-1", "rule-manhole-1", "rule-bin-1"):
        play.look_alike("below_its_card", model, "right, but for what a correction took away")
    for n in range(AFTERWARDS):
        _tell(brain, cameras["litter-2"].pop(), "litter-2", play.day(SUSPENDED_BY, 3 + 4 * n), 2, f"litter-2-S{n}")
        brain.unheard.add(f"litter-2-S{n}")
        play.look_alike("unheard", f"litter-2-S{n}", "its model is suspended")
    for n in range(LOW):
        _tell(brain, cameras["stall-1"].pop(), "stall-1", play.day(1, 4 + n), 1, f"stall-1-L{n}", score="0.31")
        brain.unheard.add(f"stall-1-L{n}")
        play.look_alike("unheard", f"stall-1-L{n}", "its score is too low")


def _tell(brain: Brain, camera: str, model: str, at: datetime, count: int, name: str, score: str = "") -> None:
    """Signals of one event, some minutes apart; each arrives by two gateways, the later one of them first at times."""
    luck, spot = brain.luck.stream(f"signals/{name}"), brain.spots[camera]
    kind = "sensed.stall" if model == "stall-1" else "sensed.litter"
    for n in range(count):
        when = at + timedelta(minutes=11 * n, milliseconds=luck.whole(0, 900))
        for gateway in ("A", "B"):
            seen = when + timedelta(milliseconds=luck.whole(3, 40) if gateway == "B" else 0)
            row = {
                "number": f"{name}-{n}{gateway}", "device": camera, "model": model, "kind": kind,
                "at": seen.isoformat(), "received": (seen + timedelta(milliseconds=luck.whole(80, 900))).isoformat(),
                "gateway": f"gateway-{gateway}", "lon": f"{spot.lon / 1e6:.6f}", "lat": f"{spot.lat / 1e6:.6f}",
                "score": score or f"0.{luck.whole(61, 97)}",
            }  # fmt: skip
            brain.signals.append((seen, row))


def load_signals(brain: Brain, first: datetime, last: datetime) -> None:
    """Bring the signals since the last look, in an order that is nobody's."""
    luck = brain.luck.stream(f"order/{last.isoformat()}")
    rows = [row for at, row in brain.signals if first < at <= last]
    if rows:
        loaded = brain.play.load("brain-signal", luck.sample(rows, len(rows)), source="gateways")
        assert not loaded.rejected, loaded.rejects
