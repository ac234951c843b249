"""A confirmed fault and the figures: its values are flagged, days are worked out anew, streets are ranked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.showing import values_between

if TYPE_CHECKING:
    from bihuan.programmes.city_brain.sample import Brain

DAY, HOUR = "brain-bin-day", "brain-bin"


def prove_ranking(brain: Brain) -> None:
    """Rank streets as it was believed and as it is known now; a stuck bin's days must have left."""
    play = brain.play
    stuck = sorted(each for each, fault in brain.faults.items() if fault.how == "stuck" and each in brain.of["bin"])
    district, catalogue = play.registers.district.code, current_catalogue()
    flagged: list[int] = []
    with in_district(district):
        for device in stuck:
            values = values_between(district, catalogue.get(HOUR), device, "", "")["values"]
            batches = [row["vintage"] for row in values if row["flag"] == "D"]
            if batches:
                play.find("restated", device, f"{len(batches)} values flagged")
            flagged += batches
        if not flagged:
            return
        before = _days(brain, min(flagged) - 1)
        days = {(row["device"], row["date"]) for row in before}
        now = [row for row in _days(brain, None) if (row["device"], row["date"]) in days]
    ranked = [_means(play.calc("place-ranking", rows, minimum="0.3")) for rows in (before, now)]
    play.prove("streets_restated", sum(ranked[1].get(place) != told for place, told in ranked[0].items()))


def _days(brain: Brain, vintage: int | None) -> list[dict[str, Any]]:
    """The days of every bin, as known at a vintage."""
    district, series = brain.play.registers.district.code, current_catalogue().get(DAY)
    rows = []
    for row in brain.devices:
        if row["kind"] == "bin":
            told = values_between(district, series, row["number"], "", "", vintage)["values"]
            rows += [
                {"device": row["number"], "place": row["street"], "date": each["time"][:10], "value": each["value"]}
                for each in told if each["value"] not in ("", None)
            ]  # fmt: skip
    return rows


def _means(outcome: Any) -> dict[str, Any]:
    return dict(
        zip(outcome.columns["place"], zip(outcome.columns["mean"], outcome.columns["rank"], strict=True), strict=True)
    )
