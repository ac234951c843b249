"""Chimneys of the chain of air: one whose logger repeats a value beside a hot cell, others that are honest or far."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.programmes.pollution_sources.plants import Plant

if TYPE_CHECKING:
    from bihuan.programmes.shared.worlds.air_chain.stations import ChainedAir
    from bihuan.simulator.model_district import Spot

LIMIT, FIRST = 100, 600
"""mg/m³ of NOx; number of the first firm in the model district."""


class Chimneys:
    """Three plants and their loggers."""

    def __init__(self, chain: ChainedAir) -> None:
        self.chain, self.play = chain, chain.play
        self.plants: dict[str, Plant] = {}

    def plant(self) -> None:
        """One with flat data beside the hot cell of the three reasons; two honest ones beside other hot cells."""
        chain, play = self.chain, self.play
        beside = (chain.chimney, chain.smelled, *chain.by_site.values())
        for n, station in enumerate(beside[:3]):
            key = f"DA{n:03d}"
            self.plants[key] = Plant(key, LIMIT, play.luck.stream(f"chimney/{n}"))
            chain.air.spots[key] = chain.air.spots[station].moved(-2_500, 1_800)
        self.plants["DA000"].tampers = "flat"
        play.plant("tamper", "DA000", "fifty hours of one value")
        for key in ("DA001", "DA002"):
            play.look_alike("tamper", key, "honest, beside a hot cell")

    def load(self) -> None:
        """Load firms, permits and outlets."""
        play, on = self.play, self.play.on(-300)
        firms = [play.district.enterprise(FIRST + n) for n in range(len(self.plants))]
        spots = {key: self.chain.spot_of(key) for key in self.plants}
        permits = [
            {"number": f"PW{key[2:]}", "name": f"{spots[key].name}厂", "holder": firm["credit_code"],
             "begins": play.on(-600), "ends": play.on(700), "ended": "", **_place(spots[key])}
            for key, firm in zip(self.plants, firms, strict=True)
        ]  # fmt: skip
        outlets = [
            {"number": key, "name": f"{spots[key].name}废气口", "kind": "gas", "permit": f"PW{key[2:]}",
             "holder": firm["credit_code"], "keeper": firm["credit_code"], "mn": f"110108{n:08d}",
             "verified_until": play.on(200), "limit_nox": LIMIT, "begun": play.on(-600), **_place(spots[key])}
            for n, (key, firm) in enumerate(zip(self.plants, firms, strict=True))
        ]  # fmt: skip
        for kind, rows in (("enterprise", firms), ("discharge-permit", permits), ("discharge-outlet", outlets)):
            loaded = play.load(kind, rows, at=on, source="source desk")
            assert not loaded.rejected, loaded.rejects

    def observe(self, hours: range) -> None:
        """What loggers and meters say of some hours."""
        play, begin = self.play, self.play.day(0)
        rows = [row for each in self.plants.values() for row in each.rows(begin, hours)]
        play.observe("nox-raw", rows, source="logger", follow=False)
        power = [
            {"subject": key, "time": (begin + timedelta(hours=hour)).isoformat(), "value": f"{each.power(hour):.1f}"}
            for key, each in self.plants.items()
            for hour in hours
        ]
        play.observe("power-hour", power, source="meter", follow=False)


def _place(spot: Spot) -> dict[str, Any]:
    return {"street": spot.street, "position": spot.text()}
