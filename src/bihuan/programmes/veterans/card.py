"""The card of double support of a play: each item from what the house itself has on record, none typed in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bihuan.loop.store import current_facts

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

CARD, KINDS, NOTICE = "double-support", "office;posts;people;funds;support", 30


def prove_card(play: Play) -> None:
    """Tell the card with its items. Source: tables/double_support.yaml."""
    items = {
        "told_in_time": _told(play), "stations_whole": _stations(play), "visits_covered": _visits(play),
        "requests_solved": _requests(play), "education_month": _events(play),
    }  # fmt: skip
    found = current_facts(play.now).book.of(play.programme.id).scorecard(CARD, play.local(play.now))
    told = found.score(dict(items))
    play.prove("card", {"total": str(told.total), "measured": items})


def _told(play: Play) -> str:
    """Entitlements that ended or end within the notice: told at least thirty days before, in per cent."""
    today, told = play.local(play.now), []
    for _, held in play.subjects("veteran-grant"):
        ends = date.fromisoformat(held["ends"])
        if timedelta(-60) <= ends - today <= timedelta(NOTICE) and held.get("notified_on"):
            told.append((ends - date.fromisoformat(held["notified_on"])).days >= NOTICE)
    return _per_cent(sum(told), len(told))


def _stations(play: Play) -> str:
    open_ = [{"place": key} for key, held in play.subjects("service-station") if not held.get("closed")]
    known = {row["place"] for row in open_}
    proofs = [
        {"proof": key, "place": held["station"], "kind": held["kind"], "from": held["begins"], "to": held["ends"]}
        for key, held in play.subjects("station-proof")
        if held["station"] in known
    ]
    facts = play.calc("required-proofs", open_, proofs, at=play.local(play.now), kinds=KINDS).facts
    return _per_cent(int(facts["whole"]), int(facts["places"]))


def _visits(play: Play) -> str:
    held = [each for _, each in play.subjects("august-visit") if not each.get("declined")]
    return _per_cent(sum(bool(each.get("visited")) for each in held), len(held))


def _requests(play: Play) -> str:
    rows = play.cases(kind="family_request")
    return _per_cent(sum(row.state == "closed" for row in rows), len(rows))


def _events(play: Play) -> str:
    return str(sum(bool(held.get("evidence")) for _, held in play.subjects("defence-event")))


def _per_cent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "0"
