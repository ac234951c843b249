"""The estates of the sample: parts, owners, what they vote and through which channel; who may be drawn onto a panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from bihuan.boxes.putting import SealedEnvelope

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

BOX = "owners-vote"
NAMES = ("清河苑", "学知里", "双榆家园", "西山庭院")
VOTING_DAYS = 12
HEADS, BIG = 36, 3
"""Owners of an estate; those that own many shops."""


class Leaning(NamedTuple):
    """How an item is voted on: of ten owners so many for, so many abstain; how the owners of many shops vote."""

    agree: int
    abstain: int
    shops: str = "for"


@dataclass
class Item:
    """One item of a vote: its number, the estate, its days, and what is to come of it."""

    number: str
    estate: str
    begins: int
    leaning: Leaning
    issue: str
    matter: str
    title: str

    @property
    def ends(self) -> int:
        """The last day of the vote."""
        return self.begins + VOTING_DAYS


@dataclass
class Estates:
    """Parts and owners of four estates, and the votes that are put in."""

    play: Play
    luck: Luck = field(init=False)
    owners: dict[str, list[str]] = field(default_factory=dict)
    spots: dict[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    barred_at_the_door: int = 0

    def __post_init__(self) -> None:
        self.luck = self.play.luck.stream("estates")

    def load(self) -> None:
        """Load estates, owners and parts; in one estate a single owner holds twenty-five shops."""
        play, parts, owners = self.play, [], []
        numbers = self.luck.sample(range(60), len(NAMES))
        for n, name in enumerate(NAMES):
            key, spot = f"EST-{n + 1}", play.district.spot("estate", numbers[n])
            self.spots[key] = spot
            self.owners[key] = [f"OW-{n + 1}-{each:03d}" for each in range(HEADS)]
            owners += [{"code": code, "since": play.on(-900)} for code in self.owners[key]]
            parts += self._parts(key)
            self._estate(key, name, spot)
        play.load("owner", owners, at=play.on(-900), source="real estate register")
        play.load("part", parts, at=play.on(-900), source="real estate register")

    def _estate(self, key: str, name: str, spot: Any) -> None:
        row = {
            "number": key,
            "name": name,
            "street": spot.street,
            "community": spot.community,
            "manager": f"{name}物业",
        }
        self.play.load("estate", [row], at=self.play.on(-900), source="property register")

    def _parts(self, estate: str) -> list[dict[str, Any]]:
        """A flat for everybody, a place for a car for some; the first owners hold shops, one of them twenty-five."""
        luck, rows = self.luck, []
        for n, owner in enumerate(self.owners[estate]):
            rows.append((owner, f"{luck.whole(5600, 12900) / 100:.2f}", "dwelling"))
            if n % 5 == 0:
                rows.append((owner, f"{luck.whole(1150, 1400) / 100:.2f}", "parking"))
            shops = 25 if (n, estate) == (0, "EST-2") else 12 if n < BIG and estate == "EST-3" else 0
            rows += [(owner, f"{luck.whole(4200, 9800) / 100:.2f}", "shop") for _ in range(shops)]
        return [
            {"number": f"{estate}-P{n:03d}", "estate": estate, "owner": owner, "area": area, "use": use}
            for n, (owner, area, use) in enumerate(rows)
        ]

    # -- votes --------------------------------------------------------------------------------------------

    def announce(self, item: Item) -> None:
        """Enter an item of a vote."""
        self.items.append(item)
        row = {
            "number": item.number, "issue": item.issue, "estate": item.estate, "title": item.title,
            "matter": item.matter, "vote_from": self.play.on(item.begins), "vote_until": self.play.on(item.ends),
        }  # fmt: skip
        self.play.load("vote-item", [row], at=self.play.on(0), source="meeting of residents")

    def voting(self, day: int) -> None:
        """Put in what is put in on a day: everybody once within the first five days, by page, paper or counter."""
        for item in self.items:
            if item.begins <= day <= item.begins + 4 and (day - item.begins) % 2 == 0:
                told = [each for n, each in enumerate(self._everybody(item)) if n % 3 == (day - item.begins) // 2]
                _, refused = self.play.put(BOX, item.number, told)
                assert not refused, refused

    def _everybody(self, item: Item) -> list[SealedEnvelope]:
        luck, found = self.play.luck.stream(f"votes/{item.number}"), []
        owners = self.owners[item.estate]
        with_shops = [owners[0]] if item.estate == "EST-2" else owners[:BIG] if item.estate == "EST-3" else []
        rest = [owner for owner in owners if owner not in with_shops]
        order = luck.sample(rest, len(rest))
        agree, abstain = (len(rest) * share // 10 for share in (item.leaning.agree, item.leaning.abstain))
        for n, owner in enumerate([*order[:-2], *with_shops]):
            vote = "for" if n < agree else "abstain" if n < agree + abstain else "against"
            vote = item.leaning.shops if owner in with_shops else vote
            found.append(SealedEnvelope(owner, luck.pick(("page", "paper", "counter")), {"vote": vote}))
        return found

    def again(self, item: Item, owner: str, vote: str) -> None:
        """Somebody votes by paper who has voted already."""
        self.play.put(BOX, item.number, [SealedEnvelope(owner, "paper", {"vote": vote})])

    def try_barred(self, item: Item, owner: str) -> None:
        """Somebody puts in a ballot in the name of an owner who is entered as dead: it is refused at the door."""
        _, refused = self.play.put(BOX, item.number, [SealedEnvelope(owner, "paper", {"vote": "for"})])
        self.barred_at_the_door += sum(each.code == "deceased" for each in refused)

    def voted(self, item: Item, vote: str) -> str:
        """An owner without shops who votes so on an item."""
        found = [each.voter for each in self._everybody(item) if each.values["vote"] == vote]
        shops = self.owners[item.estate][:BIG]
        return next(owner for owner in found if owner not in shops)

    # -- a panel ------------------------------------------------------------------------------------------

    def panel(self) -> None:
        """Load sixty candidates and the quotas of twelve seats; the draw stands on the page and in the book."""
        play, luck = self.play, self.luck
        people = [
            {"number": f"CAND-{n:03d}", "address": f"H-{n // 2:03d}", "gender": ("woman", "man", "man")[n % 3],
             "age": luck.weighted((("young", 0.4), ("middle", 0.4), ("old", 0.2))),
             "tenure": luck.weighted((("owner", 0.7), ("tenant", 0.3)))}
            for n in range(60)
        ]  # fmt: skip
        quotas = [("gender", "woman", 5, 7), ("gender", "man", 5, 7), ("age", "young", 3, 5), ("age", "middle", 3, 5),
                  ("age", "old", 3, 4), ("tenure", "owner", 6, 9), ("tenure", "tenant", 3, 6)]  # fmt: skip
        rows = [
            {"number": f"Q-{n}", "feature": feature, "value": value, "least": least, "most": most}
            for n, (feature, value, least, most) in enumerate(quotas)
        ]
        play.load("panel-candidate", people, at=play.on(0), source="those who agreed to be drawn")
        play.load("panel-quota", rows, at=play.on(0), source="rules of deliberation")
        tables = [{"id": each.pop("number"), **each} for each in people]
        limits = [{"feature": each[0], "value": each[1], "min": each[2], "max": each[3]} for each in quotas]
        first, again = (
            play.calc("sortition", tables if n == 0 else tables[::-1], limits, size=12, seed="2026-owners-panel")
            for n in range(2)
        )
        play.prove("panel_feasible", bool(first.facts["feasible"]))
        play.prove("panel_least_of_bound", round(first.facts["min_probability"] / first.facts["bound"], 4))
        play.prove("panel_seats", sum(int(each) for each in first.columns["chosen"]))
        play.prove("panel_again_differs", int(again.columns["chosen"] != first.columns["chosen"]))
