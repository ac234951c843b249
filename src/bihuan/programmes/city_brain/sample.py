"""A week of a district's two hundred devices, with incidents, faults and a bad model planted in it. See README.md.

Planted: thirty incidents (water, covers, bins, what cameras see), ten devices that fall silent or stick, two platforms
that fail (one for some hours, both when the week is over), two devices that drift, a model that is less right than its
card says, a release by its own owner, one that misses its card, faults whose values have to leave the ranking.
Look-alikes: values that flap about the limit, peaks that a correction takes away, reports that come late and the wrong
way round, dips that are no end, signals that two gateways bring within milliseconds, gaps of some hours, devices silent
with their platform, dry gauges that always say nought, signals of a model that is suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.store import history
from bihuan.programmes.city_brain.cameras import load_signals, plant_signals
from bihuan.programmes.city_brain.desk import handle_cases
from bihuan.programmes.city_brain.feeds import feed_rows, find_outages, plant_outage, plant_the_end
from bihuan.programmes.city_brain.models import decide_releases, model_cards
from bihuan.programmes.city_brain.street_order import prove_ranking

if TYPE_CHECKING:
    from bihuan.simulator.model_district import Spot
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
LASTS = 9
"""The most days that the sample plays."""
DAYS, STEP, BEAT = 7, 24, 2
"""Days played, hours between two looks, hours between two reports of a quiet device."""
COUNTS = {"waterlog": 50, "manhole": 40, "bin": 70, "camera": 40}
EVENTS = {"waterlog": 6, "manhole": 5, "bin": 7}
NAMES = {"waterlog": "积水监测", "manhole": "井盖监测", "bin": "垃圾桶监测", "camera": "摄像机"}
HIGH = {"waterlog": (22, 60), "manhole": (25, 80), "bin": (93, 110)}


@dataclass
class Episode:
    """What a device says otherwise than usual: from when to when, which value (None: nothing), how it comes.

    Args:
        how: `high`, `dips`, `flaps`, `late`, `corrected`, `silent`, `stuck` or `drift`.
    """

    begins: datetime
    ends: datetime
    value: float | None
    how: str = "high"


class Brain:
    """The sample: devices, what they say, who reacts."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("brain")
        self.spots: dict[str, Spot] = {}
        self.devices = [self._device(kind, n) for kind, count in COUNTS.items() for n in range(count)]
        self.of = {kind: [row["number"] for row in self.devices if row["kind"] == kind] for kind in COUNTS}
        self.left = {kind: self.luck.sample(keys, len(keys)) for kind, keys in self.of.items()}
        self.episodes: dict[str, list[Episode]] = {}
        self.faults: dict[str, Episode] = {}
        self.corrections: list[tuple[datetime, str]] = []
        self.signals: list[tuple[datetime, Row]] = []
        self.untrue: set[str] = set()
        self.repeated: set[str] = set()
        self.unheard: set[str] = set()
        self.done: set[str] = set()

    def _device(self, kind: str, number: int) -> Row:
        key = f"{kind[0].upper()}{number:03d}"
        spot = self.play.district.spot(f"brain/{kind}", number)
        self.spots[key] = spot
        model = {"camera": "litter-2" if number % 2 else "stall-1"}.get(kind, f"rule-{kind}-1")
        return {
            "number": key, "name": f"{spot.name}{number + 1}号{NAMES[kind]}", "kind": kind, "owner": "urban-management",
            "keeper": self.play.district.enterprise(number % 5)["credit_code"], "answers": "urban-management",
            "feed": "platform-b" if kind == "bin" and number >= 45 else "platform-a", "model": model,
            "product": f"{kind}-{1 + number % 3}", "street": spot.street, "position": spot.text(),
            "crs": "EPSG:4490", "calibrated": self.play.on(-200), "calibrate_by": self.play.on(165),
            "begun": self.play.on(-400),
        }  # fmt: skip

    def take(self, kind: str) -> str:
        """A device of a kind that nothing was planted at yet."""
        return str(self.left[kind].pop())

    def load(self) -> None:
        """Load the registers as files."""
        play, on = self.play, self.play.on(-400)
        play.load("enterprise", [play.district.enterprise(n) for n in range(5)], at=on)
        for kind, rows in (
            ("feed", feed_rows(play)),
            ("brain-model", model_cards(play)),
            ("brain-device", self.devices),
        ):
            loaded = play.load(kind, rows, at=on, source="operations centre")
            assert not loaded.rejected, loaded.rejects

    def put(self, kind: str, how: str, day: int, hours: float, lasts: float, value: float | None) -> str:
        """Let a device of its own do something from a local hour of a day on."""
        device, begins = self.take(kind), self.play.day(day, hours)
        self.episodes[device] = [Episode(begins, begins + timedelta(hours=lasts), value, how)]
        return device


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E15; docs/topics/play.md."""
    brain = Brain(play)
    plant_incidents(brain)
    plant_look_alikes(brain)
    plant_faults(brain)
    plant_signals(brain)
    plant_outage(brain)
    brain.load()
    decide_releases(brain)
    for look in range(1, DAYS * 24 // STEP + 1):
        first, last = play.day(0, (look - 1) * STEP), play.day(0, look * STEP)
        play.to(last)
        report(brain, first, last)
        load_signals(brain, first, last)
        play.meanwhile()
        handle_cases(brain)
    play.to(play.day(DAYS, 6))
    play.meanwhile()
    plant_the_end(brain)
    find_everything(brain)
    prove_ranking(brain)
    play.prove("letters", len(play.letters()))


def plant_incidents(brain: Brain) -> None:
    """Incidents that sensors see; some of them dip without ending, some are told late and the wrong way round."""
    play, luck = brain.play, brain.luck
    number = 0
    for kind, count in EVENTS.items():
        for _ in range(count):
            how = ("high", "dips", "late")[min(2, number % 4)] if number % 4 < 3 else "high"
            low, high = HIGH[kind]
            device = brain.put(kind, how, luck.whole(0, 4), luck.whole(1, 9), luck.whole(9, 14), luck.whole(low, high))
            play.plant("incident", device, f"{kind} above its limit for hours ({how})")
            if how != "high":
                told = {"dips": "dips between clear and limit are no end", "late": "told late and the wrong way round"}
                play.look_alike("second_case", device, told[how])
            number += 1


def plant_look_alikes(brain: Brain) -> None:
    """What only looks like an incident or a fault."""
    play, luck = brain.play, brain.luck
    for n in range(10):
        kind = ("waterlog", "bin")[n % 2]
        device = brain.put(kind, "flaps", luck.whole(0, 3), luck.whole(1, 9), 14, HIGH[kind][0] + 1)
        play.look_alike("incident", device, "flaps about the limit, never twice in a row above it")
    for n in range(8):
        kind = ("waterlog", "manhole")[n % 2]
        device = brain.put(kind, "corrected", 1 + luck.whole(0, 2), 3, 5, HIGH[kind][1])
        episode = brain.episodes[device][0]
        at = episode.ends if n < 4 else episode.ends + timedelta(hours=20)
        brain.corrections.append((at, device))
        play.look_alike("incident", device, f"corrected {'before' if n < 4 else 'after'} anybody looked")
    for n in range(4):
        device = brain.put(("waterlog", "manhole", "bin", "bin")[n], "silent", 1 + n, 2, 6, None)
        play.look_alike("dead", device, "a gap of six hours")
    for device in brain.left["waterlog"][:4]:
        play.look_alike("dead", device, "a dry gauge says nought all week")


def plant_faults(brain: Brain) -> None:
    """Devices that fall silent, that stick, that drift."""
    play, luck = brain.play, brain.luck
    for n in range(5):
        device = brain.put(
            ("waterlog", "manhole", "bin", "manhole", "bin")[n], "silent", n % 3, luck.whole(5, 9), 200, None
        )
        brain.faults[device] = brain.episodes[device][0]
        play.plant("dead", device, "says nothing any more")
    for n in range(5):
        kind = ("bin", "waterlog", "manhole", "bin", "bin")[n]
        value = {"bin": 88, "waterlog": 4.5, "manhole": 3.5}[kind]
        device = brain.put(kind, "stuck", n % 2, luck.whole(2, 9), 200, value)
        brain.faults[device] = brain.episodes[device][0]
        play.plant("dead", device, f"says {value} all the time")
        if kind == "bin":
            play.plant("restated", device, "its values have to leave the ranking")
    for _ in range(2):
        device = brain.put("bin", "drift", 1, luck.whole(8, 12), 200, 0)
        brain.faults[device] = brain.episodes[device][0]
        play.plant("drifting", device, "half a point less every hour: it overflows unseen")


# -- what devices say -----------------------------------------------------------------------------------------


def report(brain: Brain, first: datetime, last: datetime) -> None:
    """Everything that was said since the last look: what came late comes in a second file; then corrections."""
    play = brain.play
    luck = play.luck.stream(f"report/{last.isoformat()}")
    for kind in EVENTS:
        rows: list[Row] = []
        late: list[Row] = []
        for device in brain.of[kind]:
            for when, row in _said(brain, kind, device, first, last, luck):
                (late if _held_back(brain, device, when) else rows).append(row)
        play.observe(f"brain-{kind}", rows, source="platform", follow=False)
        if late:  # the newest first, as a buffer that is emptied from its end
            play.observe(f"brain-{kind}", late[::-1], source="platform", follow=False)
        wrong = [device for at, device in brain.corrections if first < at <= last and device in brain.of[kind]]
        if wrong:
            play.observe(
                f"brain-{kind}", [row for each in wrong for row in _corrected(brain, kind, each)], source="platform"
            )


def _said(
    brain: Brain, kind: str, device: str, first: datetime, last: datetime, luck: Any
) -> list[tuple[datetime, Row]]:
    episodes = brain.episodes.get(device, [])
    found, when, number = [], first, 0
    while when < last:
        odd = next((each for each in episodes if each.begins <= when < each.ends), None)
        step = (
            timedelta(hours=BEAT)
            if odd is None or kind == "bin" or odd.how in ("silent", "stuck", "drift")
            else timedelta(minutes=30)
        )
        when = min(when + step, last)
        odd = next((each for each in episodes if each.begins <= when < each.ends), None)
        value = _value(kind, when, odd, number, luck)
        number += 1
        if value is not None:
            arrived = when + timedelta(seconds=5)
            found.append((when, {"subject": device, "time": when.isoformat(), "value": value, "flag": "ok",
                                 "arrived": arrived.isoformat()}))  # fmt: skip
    return found


def _value(kind: str, when: datetime, odd: Episode | None, number: int, luck: Any) -> str | None:
    usual = {"waterlog": 0.0, "manhole": luck.whole(0, 24) / 10, "bin": _fill(when) + luck.whole(0, 9)}[kind]
    if odd is None:
        value = usual
    elif odd.value is None:
        return None
    elif odd.how == "stuck":
        value = odd.value
    elif odd.how == "drift":
        value = max(2.0, usual - (when - odd.begins).total_seconds() / 7_200)
    elif odd.how == "flaps":
        value = odd.value if number % 2 else usual
    elif odd.how == "dips" and number % 5 == 3:
        value = {"waterlog": 12.0, "manhole": 11.0, "bin": 80.0}[kind]
    else:
        value = odd.value + luck.whole(0, 20) / 10
    return f"{value:.0f}" if kind == "bin" else f"{value:.1f}"


def _fill(when: datetime) -> float:
    """A bin fills over the day and is emptied every morning at five."""
    return 18 + 2.1 * ((when.hour + 8 - 5) % 24)


def _held_back(brain: Brain, device: str, when: datetime) -> bool:
    return any(each.how == "late" and each.begins <= when < each.ends for each in brain.episodes.get(device, []))


def _corrected(brain: Brain, kind: str, device: str) -> list[Row]:
    """The same instants once more, as the instrument should have said them."""
    episode, luck = brain.episodes[device][0], brain.luck.stream(f"right/{device}")
    usual = "0.0" if kind == "waterlog" else "1.2"
    span = timedelta(days=1)
    said = _said(
        brain, kind, device, _look_before(brain, episode.begins), _look_before(brain, episode.begins) + span, luck
    )
    now = brain.play.now.isoformat()
    return [row | {"value": usual, "arrived": now} for when, row in said if episode.begins <= when < episode.ends]


def _look_before(brain: Brain, at: datetime) -> datetime:
    steps = int((at - brain.play.day(0)).total_seconds() // (STEP * 3600))
    return brain.play.day(0, steps * STEP)


# -- what the engine found ------------------------------------------------------------------------------------


def find_everything(brain: Brain) -> None:
    """Cases that people confirmed, faults, the model that is to be suspended, values that left the figures."""
    play = brain.play
    seen: dict[str, int] = {}
    for row in play.cases(kind="event"):
        name = str(history(row.id)[0].data["fields"].get("signal", "")).rpartition("-")[0]
        if name in brain.unheard:
            play.find("unheard", name, f"case {row.number}")
        if row.outcome in ("invalid", "merged"):
            continue
        device = str(row.about).partition("/")[2]
        seen[device] = seen.get(device, 0) + 1
        play.find("incident" if seen[device] == 1 else "second_case", device, f"case {row.number}")
    for row in play.cases(kind="device_fault"):
        device = str(row.about).partition("/")[2]
        play.find("drifting" if row.category == "device.drift" else "dead", device, f"case {row.number}")
    find_outages(brain)
    for row in play.cases(kind="suspension"):
        play.find("below_its_card", str(row.about).partition("/")[2], f"case {row.number}")
    answers: dict[str, int] = {}
    for label in play.register("brain-label", "label"):
        answers[label["label"] or "open"] = answers.get(label["label"] or "open", 0) + 1
    play.prove("answers", dict(sorted(answers.items())))
