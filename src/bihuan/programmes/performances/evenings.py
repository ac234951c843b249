"""The evenings of a season: tickets given back, cancelled performances, doors, settlements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.books import intervals
from bihuan.books.balances import balances
from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.models import PassRow
from bihuan.books.passes import DoorScan, admit_scans, close_passes, end_pass, give_back, pass_of_code
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.waiting import leave_queue, queue_of
from bihuan.programmes.performances.refunds import CalledOff, due_of, money_of_refunds, pay_back, work_refunds
from bihuan.programmes.performances.season import RETURNED, Row, Season
from bihuan.programmes.performances.surveys import ask_audience, prove_surveys
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.rules.journal import Draft

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

BOOK, ACTOR = "seats", "play"
SETTLED = 9
"""Days after an evening on which it is settled: the audience answers for seven."""


def seats_book() -> Any:
    return book_named(BOOK).book


def post_entries(drafts: Sequence[Draft]) -> list[str]:
    """Post entries one by one in one transaction; the reason, `repeated`, or nothing for each."""
    if not drafts:
        return []
    with in_district(default_district()):
        answers = post_acts([Act((draft,), ACTOR) for draft in drafts])
    return [refused(verdicts) or ("repeated" if verdicts[0].state == "repeated" else "") for verdicts in answers]


def entry(kind: str, key: str, number: str, seats: int, day: date) -> Draft:
    return draft_kind(seats_book(), kind, key, day, {"amount": str(seats), "performance": number})


def play_evenings(play: Play, season: Season) -> None:
    luck = play.luck.stream("evenings")
    open_ones = [p for p in season.performances if p["case"].refusal is None]
    cancelled = luck.sample(open_ones, 3)
    play.to(play.day(RETURNED))
    counts = {"used": 0, "missed": 0, "returned": 0, "from_queue": 0, "told": 0}
    for each in open_ones:
        _returns(play, season, each, counts, luck)
    called_off = [_cancel(play, season, each, counts) for each in cancelled]
    work_refunds(play, called_off)
    for one in called_off:
        _close(play, one)
    for each in sorted((p for p in open_ones if p not in cancelled), key=lambda p: p["starts"]):
        _door(play, season, each, counts, luck)
        _settle(play, each, luck)
    play.prove("tickets", counts)
    play.to(play.now + timedelta(days=20))
    money_of_refunds(play)
    prove_surveys(play, seats_book())


def _returns(play: Play, season: Season, each: Row, counts: dict[str, int], luck: Luck) -> None:
    """Some give their tickets back; the queue gets them in its order."""
    number, tickets = each["number"], season.tickets[each["number"]]
    kind, starts = seats_book().passes["ticket"], datetime.fromisoformat(each["starts"])
    with in_district(default_district()):
        waiting = {party.key: party.amount for party in queue_of(BOOK, f"free:{number}")}
        for key in luck.sample(sorted(tickets), min(3, len(tickets))):
            held = pass_of_code(season.codes[key])
            assert held is not None
            tickets.pop(key)
            counts["returned"] += give_back(kind, held, starts, ACTOR, play.now).state == "back"
        left = {party.key for party in queue_of(BOOK, f"free:{number}")}
    served = sorted(waiting.keys() - left)
    tickets |= {key: waiting[key] for key in served}
    counts["from_queue"] += len(served)


def _cancel(play: Play, season: Season, each: Row, counts: dict[str, int]) -> CalledOff:
    """A cancellation cannot be submitted before every ticket is back and everything that was paid has arrived."""
    number, tickets = each["number"], season.tickets[each["number"]]
    start = (play.local(play.now) - play.on(0)).days + 1
    unit = play.unit("culture-tourism")
    handler, manager = play.person("handler", unit), play.person("season_manager")
    matter = play.report(
        "cancellation", play.day(start, 9), manager, key=f"cancel:{number}", title=f"{each['name']}取消",
        subject=number, fields={"why": "weather", "told": str(len(tickets))},
    )  # fmt: skip
    play.act(matter, "accept", play.day(start, 10), handler)
    play.plant("seats_not_returned", number, f"{len(tickets)} tickets are out")
    play.attempt(
        "seats_not_returned", number, matter, "submit", play.day(start, 11), handler, {"text": "已办结 · done"}
    )
    play.to(play.day(start, 12))
    season.told[number] = sorted(tickets)
    counts["told"] += len(tickets)
    with in_district(default_district()):
        for held in PassRow.objects.filter(book=BOOK, subject=number, key__in=sorted(tickets)).order_by("key"):
            end_pass(held, "back", "back", ACTOR, play.now)
    with in_district(default_district()):
        leave_queue(BOOK, f"free:{number}", [party.key for party in queue_of(BOOK, f"free:{number}")], ACTOR)
        _, withdrawn = _standing(number)
        intervals.give_back(BOOK, "hall", number, ACTOR)
    post_entries([entry("withdraw", f"withdraw:{number}", number, withdrawn, play.on(start))])
    each["cancelled"] = play.on(start).isoformat()
    each["refund_due"] = due_of(season, each)
    row = {name: value for name, value in each.items() if name != "case"}
    play.load("performance", [row], at=play.on(start), source="plan")
    pay_back(play, season, each, start)
    tickets.clear()
    return CalledOff(each, matter, start, handler)


def _close(play: Play, one: CalledOff) -> None:
    """Once everything has arrived, the cancellation is submitted, then the performance that was not held."""
    day = (play.local(play.now) - play.on(0)).days + 1
    for case, late in ((one.matter, 0), (one.each["case"], 1)):
        if case is not one.matter:
            play.act(case, "accept", play.day(day + late, 8), one.handler)
        play.act(
            case, "submit", play.day(day + late, 9), one.handler, {"text": "票款已退，观众已通知 · returned and told"}
        )
        play.act(case, "verify", play.day(day + late, 15), play.person("inspector"), result="passed")


def _standing(number: str) -> tuple[int, int]:
    """Taken and free seats of a performance."""
    held = {line.account: line.balance for line in balances(BOOK) if line.subject == number}
    return held.get("taken", 0), held.get("free", 0)


def _door(play: Play, season: Season, each: Row, counts: dict[str, int], luck: Luck) -> None:
    """Most come; some tickets are shown a second time, from a scanner that had no network."""
    number, tickets = each["number"], season.tickets[each["number"]]
    play.to(max(play.now, datetime.fromisoformat(each["starts"])))
    came = [key for key in sorted(tickets) if luck.chance(0.86)]
    again = luck.sample(came, 1) if number.endswith(("1", "4", "7")) and came else []
    for key in again:
        play.plant("second_scan", key, "shown twice")
    kind, starts = seats_book().passes["ticket"], datetime.fromisoformat(each["starts"])
    scans = [DoorScan(season.codes[key].lower(), starts) for key in [*came, *again]]
    with in_district(default_district()):
        told = admit_scans(kind, number, starts, scans, ACTOR)
        counts["missed"] += close_passes(kind, BOOK, number, ACTOR, starts + timedelta(hours=2))
    for verdict in told:
        if verdict.state == "again" and verdict.held is not None:
            play.find("second_scan", verdict.held.key, "known at the door")
    counts["used"] += sum(verdict.state == "admitted" for verdict in told)
    ask_audience(play, season, each, came, luck, seats_book())


def _settle(play: Play, each: Row, luck: Luck) -> None:
    day = (date.fromisoformat(each["starts_on"]) - play.on(0)).days + SETTLED
    unit, amount = play.unit("culture-tourism"), f"{luck.whole(20_000, 90_000)}.00"
    handler = play.person("handler", unit)
    values = {"amount": amount, "performance": each["number"], "season": each["season"]}
    with in_district(default_district()):
        post_acts([Act((draft_kind(seats_book(), "settle", f"settle:{each['number']}", play.on(day), values),), ACTOR)])
    at = max(play.day(day, 9), play.now)
    play.act(each["case"], "accept", at, handler)
    play.act(each["case"], "submit", at + timedelta(hours=1), handler, {"text": "演出结束，已结算 · settled"})
    if luck.chance(0.8):
        play.act(each["case"], "verify", at + timedelta(hours=5), play.person("inspector"), result="passed")
