"""People of the sample: owners prove and mend, other departments look, another unit decides on the filing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow
from bihuan.loop.store import history
from bihuan.methods.parts.proofs import months_later

if TYPE_CHECKING:
    from bihuan.programmes.safe_city.sample import Campaign

RULES = {"gap": "short", "claim": "above", "veto": "veto"}
"""Kinds of cases, and what the sample calls what they are about."""
PROVEN = {"safe.stale": "stale", "safe.unproven": "unproven"}
EPOCH = date(1970, 1, 1)
MENDED = 8
"""Days until what a veto rests on is mended."""
CHECKERS = ("government-office", "science")
"""Units that look at proofs; none of them owns an item."""


def renew_in_time(city: Campaign) -> None:
    """Owners who were reminded hand in a new proof before the old one runs out."""
    play = city.play
    for n, item in enumerate(city.renewed):
        owner = play.person("handler", play.unit(city.items[item]["owner"]))
        play.report(
            "proof", play.day(2, 9 + n), owner, key=f"renew-{item}", title="续报证明材料", subject=item,
            urgency="general", category="safe.stale", fields={"document": f"续报材料{item}号"},
        )  # fmt: skip


def handle_open(city: Campaign, day: int) -> None:
    """Whoever holds a case does what it asks; a look by the owner's own unit is tried twice, and refused."""
    for number, row in enumerate(city.play.cases(ended_at__isnull=True, state="dispatched")):
        if row.kind == "filing" or row.number in city.taken:
            continue
        city.taken.add(row.number)
        _handle(city, row, day + (MENDED if row.kind == "veto" else number % 3))


def _handle(city: Campaign, row: CaseRow, day: int) -> None:
    play: Any = city.play
    matter, by = play.matter(row), play.person("handler", row.fold["lead"])
    spot = play.district.spot("safe", len(city.taken))
    play.act(matter, "accept", play.day(day, 9), by)
    play.photo(matter, play.day(day, 10), by, spot, picture=f"{play.seed}/{row.number}")
    play.act(matter, "submit", play.day(day, 14), by, words={"text": "已补齐或整改 · proven or mended"})
    if len(city.taken) in (2, 5):
        key = f"own-look-{len(city.taken)}"
        play.plant("own_look", key, "somebody of the owner's own unit looks at it")
        own = play.person("safe_checker", row.fold["lead"])
        play.attempt("own_look", key, matter, "verify", play.day(day + 1, 9), own, result="passed")
    looks = play.person("safe_checker", play.unit(CHECKERS[len(city.taken) % 2]))
    play.act(matter, "verify", play.day(day + 1, 10), looks, result="passed")


def decide_filing(city: Campaign, day: int) -> None:
    """While a veto is open nothing is filed; the organiser never decides on its own year."""
    play = city.play
    officer = play.person("safe_officer", play.unit("emergency"))
    own = play.person("safe_approver", play.unit("emergency"))
    other = play.person("safe_approver", play.unit("government-office"))
    key, until = f"filing-{day}", play.day(900).isoformat()
    matter = play.report(
        "filing", play.day(day, 9), officer, key=key, title="年度申报", subject="Y1", urgency="general", dispatch=False,
        fields={"remark": "附模拟评分"},
    )  # fmt: skip
    rule, by = {6: ("veto_open", other), 34: ("own_year", own)}.get(day, ("", other))
    if rule:
        play.plant(rule, key, "proposed so")
        play.attempt(rule, key, matter, "approve", play.day(day, 11), by, until=until)
        play.act(matter, "reject", play.day(day, 12), other, reason="与规则不符")
    else:
        for each in ("veto_open", "own_year"):
            play.look_alike(each, key, "no veto is open, and another unit decides")
        play.act(matter, "approve", play.day(day, 14), other, until=until)


def find_everything(city: Campaign) -> None:
    """What the watches opened, on which night, and in which order."""
    play = city.play
    for case in play.cases():
        about = str(case.about).partition("/")[2]
        by_watch = history(case.id)[0].actor.startswith("system:")
        rule = RULES.get(case.kind) or (PROVEN.get(str(case.category)) if by_watch else None)
        if rule is not None:
            play.find(rule, about, case.number)
    nights = {each.subject: play.local(each.opened_at) for each in play.incidents() if each.watch == "safe_stale"}
    ended = {
        each["item"]: months_later((each["dated"] - EPOCH).days, 6)
        for each in city.proofs
        if each["item"] in city.stale
    }
    same = sum(nights.get(item) == EPOCH + timedelta(days=last + 1) for item, last in ended.items())
    play.prove("lost_the_same_night", f"{same}/{len(ended)}")
    play.prove("reminded", sum(each.watch == "safe_ending" for each in play.incidents()))
    play.prove("letters", len(play.letters()))
