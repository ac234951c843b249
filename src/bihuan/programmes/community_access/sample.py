"""Ten weeks of a list of admissions in six communities: tasks that fit, and tasks that go beyond it.

Planted: tasks over their minutes, tasks that ask for what was delivered, one of them under another name, plaques past
their sunset, items whose money does not come, work that is not on the list, arrears that are called paid.
Look-alikes: the task that fills the minutes exactly, one that asks again for less than four fifths, the same question
after ninety days, a plaque that was taken down in time, money that came on the thirtieth day.
Everything is drawn from the seed; names are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.simulator.luck import Luck
    from bihuan.simulator.plays.play import Play

LASTS = 84
"""The most days that the sample plays."""
BOOK = "community-task-money"
COMMUNITIES, ITEMS = 6, 8
BASIC = ("name", "flat", "phone", "birth", "work", "school", "health", "pet", "car", "heating")


@dataclass
class Communities:
    """Six communities, eight items, and what is sent, hung up, promised and refused."""

    play: Play
    luck: Luck = field(init=False)
    tasks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        play = self.play
        self.luck = play.luck.stream("communities")
        known = sorted(each.code for each in play.graph.units("department"))
        self.senders = self.luck.sample(known, ITEMS)
        numbers = self.luck.sample(range(90), 90)
        found = dict.fromkeys(play.district.spot("community", number).community for number in numbers)
        self.places = list(found)[:COMMUNITIES]

    def load(self) -> None:
        """Load the list: items with days, minutes and communities; who sends."""
        play = self.play
        rows = [
            {"number": f"IT-{n}", "name": f"准入事项{n + 1}", "sender": self.senders[n], "from": play.on(-200),
             "to": play.on(400) if n != 5 else play.on(20), "minutes_month": 240,
             "communities": "*" if n != 6 else ";".join(self.places[:3])}
            for n in range(ITEMS)
        ]  # fmt: skip
        play.load("access-item", rows, at=play.on(-200), source="decisions on applications")
        names = [{"code": code, "name": f"下达单位{n + 1}"} for n, code in enumerate(sorted(set(self.senders)))]
        play.load("access-sender", names, at=play.on(-200), source="decisions on applications")

    def send(self, key: str, item: int, place: int, day: int, minutes: int, fields: str = "", called: str = "") -> None:
        """A task reaches a community."""
        self.tasks.append({
            "number": key, "item": f"IT-{item}" if item < ITEMS else "IT-NONE", "called": called or f"任务{key}",
            "sender": self.senders[item % ITEMS], "community": self.places[place % len(self.places)],
            "day": self.play.on(day), "minutes": minutes, "fields": fields,
        })  # fmt: skip

    def month(self, ahead: int) -> int:
        """A day in the first week of a calendar month after the play began, counted from it."""
        first = self.play.on(0)
        day = 0
        while (self.play.on(day).month - first.month) % 12 < ahead:
            day += 1
        return day + 1


def play_sample(play: Play) -> None:
    """Play the ten weeks. Source: docs/topics/play.md."""
    here = Communities(play)
    here.load()
    _ordinary(here)
    _over_minutes(here)
    _asks_again(here)
    _off_the_list(here)
    play.load("access-task", here.tasks, at=play.on(1), source="platform of tasks")
    _hung_up(here)
    _money(here)
    _stamps(here)
    _apply(play)
    for day in (14, 42, 63):
        play.to(play.day(day, 8))
        play.meanwhile()
        _answer(here, day)
    play.to(play.day(80, 8))
    play.meanwhile()
    _find(play)
    _prove(here)


def _apply(play: Play) -> None:
    """Two items are applied for; one is approved and stands on the list, one is refused and does not."""
    by, arbiter = play.person("handler", play.unit("civil-affairs")), play.person("arbiter")
    for n, name in enumerate(("独居老人走访", "满意度抽样填报")):
        fields = {
            "item": name,
            "starts_on": str(play.on(50)),
            "minutes_per_month": str(90 + n),
            "funding": "随任务拨付",
        }
        made = play.report("item", play.day(2, 9), by, key=f"item/{n}", title=name, fields=fields, urgency="general",
                           dispatch=False)  # fmt: skip
        if n == 0:
            play.act(made, "approve", play.day(3, 9), arbiter, until=play.day(300).isoformat())
            play.plant("on_the_list", name, "approved: it stands on the list from then on")
        else:
            play.act(made, "reject", play.day(3, 9), arbiter, reason="与已有报表重复")
            play.look_alike("on_the_list", name, "refused")


def _ordinary(here: Communities) -> None:
    """Two tasks a month of every item in every community that it is for, well below the minutes."""
    for n in range(5):
        for place in range(len(here.places)):
            here.send(f"T-{n}-{place}", n, place, here.month(1) + here.luck.whole(0, 5), here.luck.whole(20, 60))


def _over_minutes(here: Communities) -> None:
    """Four go over the minutes of the month; two fill them exactly."""
    begins = here.month(1)
    for k in range(6):
        item, place = 7, k
        here.send(f"O-{k}-a", item, place, begins + 1, 180)
        here.send(f"O-{k}-b", item, place, begins + 8, 61 if k < 4 else 60)
        if k < 4:
            here.play.plant("over_minutes", f"O-{k}-b", "241 minutes of 240")
        else:
            here.play.look_alike("over_minutes", f"O-{k}-b", "exactly 240 minutes")


def _asks_again(here: Communities) -> None:
    """Five forms ask for what was delivered, one of them by another item's name; others ask for less, or much later."""
    play, begins = here.play, here.month(1)
    for k in range(6):
        here.send(f"A-{k}-a", 6 if k < 3 else 3, k, begins, 10, ";".join(BASIC))
    for k in range(4):
        here.send(f"A-{k}-b", 2, k, begins + 10, 10, ";".join(BASIC[:8]) + ";new1;new2")
        play.plant("asks_again", f"A-{k}-b", "eight of ten fields were delivered")
    here.send("A-4-b", 1, 4, begins + 10, 10, ";".join(BASIC), called="便民服务意愿登记")
    play.plant("asks_again", "A-4-b", "the same fields under another name")
    here.send("A-5-b", 2, 5, begins + 10, 10, ";".join(BASIC[:7]) + ";new1;new2;new3")
    play.look_alike("asks_again", "A-5-b", "seven of ten fields were delivered")


def _off_the_list(here: Communities) -> None:
    """Not on the list, after its end, in a community for which it is not; the last day before the end is all right."""
    play, luck = here.play, here.luck
    here.send("N-1", ITEMS, luck.whole(0, 5), here.month(1), 30)
    here.send("N-2", 5, 1, 20, 30)
    here.send("N-3", 6, 5, here.month(1) + 3, 30)
    here.send("N-4", 5, 2, 19, 30)
    for key, rule in (("N-1", "not_listed"), ("N-2", "ended"), ("N-3", "wrong_community")):
        play.plant(rule, key, rule)
    play.look_alike("ended", "N-4", "the last day on the list")


def _hung_up(here: Communities) -> None:
    """Plaques, accounts and stamps: three plaques and an account past their sunset; others were taken away in time."""
    play, luck = here.play, here.luck
    for kind, begun, ended, late in (("plaque", "put_up", "removed", 3), ("access-account", "opened", "closed", 1),
                                     ("stamp-request", "asked", "dropped", 1)):  # fmt: skip
        rows = []
        for n in range(8):
            past = n < late or n in (6, 7)
            rows.append({
                "number": f"{kind}-{n}", "words": f"{kind} {n + 1}", "item": f"IT-{n}", "sender": here.senders[n],
                "community": luck.pick(here.places), begun: play.on(-100), "sunset": play.on(30 if past else 300),
                ended: play.on(29) if n in (6, 7) else "",
            })  # fmt: skip
            if n < late:
                play.plant("past_sunset", f"{kind}-{n}", "its sunset has passed and it is still there")
            elif n in (6, 7):
                play.look_alike("past_sunset", f"{kind}-{n}", "taken away the day before")
        play.load(kind, rows, at=play.on(0), source="inventory of the community")


def _money(here: Communities) -> None:
    """Money for eight items: two do not pay for a month; one pays on the thirtieth day."""
    play, luck = here.play, here.luck
    for n in range(ITEMS):
        key, amount = f"MO-{n}", f"{luck.whole(4, 30) * 100}.00"
        row = {"number": key, "item": f"IT-{n}", "sender": here.senders[n], "community": here.places[n % COMMUNITIES],
               "due": play.on(10), "amount": amount}  # fmt: skip
        play.load("access-money", [row], at=play.on(0), source="admission")
        _post(play, f"promise-{key}", play.on(0), f"promised:{key}", "commitments", amount)
        if n in (2, 5):
            play.plant("arrears", key, "a month after its day nothing has come")
            continue
        on = 40 if n == 3 else luck.whole(5, 15)
        play.load("access-money", [{**row, "received": play.on(on)}], at=play.on(on), source="the bank's file")
        _post(play, f"receive-{key}", play.on(on), f"received:{key}", f"promised:{key}", amount)
        _post(play, f"spend-{key}", play.on(on + 5), f"spent:{key}", f"received:{key}", amount)
        if n == 3:
            play.look_alike("arrears", key, "it came on the thirtieth day")


def _post(play: Play, entry: str, day: Any, debit: str, credit: str, amount: str) -> None:
    told = play.post(BOOK, [
        {"entry": entry, "date": day, "account": debit, "debit": amount, "credit": ""},
        {"entry": entry, "date": day, "account": credit, "debit": "", "credit": amount},
    ])  # fmt: skip
    assert told.posted == 1, told.rejects


def _stamps(here: Communities) -> None:
    """Four ask a community for a certificate; two of them it must not issue."""
    play = here.play
    for n, kind in enumerate(("live_here", "hardship_visit", "kinship", "no_crime")):
        spot = play.district.spot("stamp", n)
        made = play.report("stamp", play.day(3, 9), play.person("operator"), key=f"stamp/{n}", title="盖章申请",
                           spot=spot, fields={"kind": kind, "asked_by": "bank"}, channel="counter",
                           may_be_refused=n >= 2)  # fmt: skip
        if n < 2:
            by = play.person("handler", play.office(spot.street))
            play.act(made, "accept", play.day(3, 10), by)
            play.act(made, "submit", play.day(4, 10), by, {"text": "已出具居住情况说明"})
            play.act(made, "verify", play.day(5, 10), play.person("inspector"), result="passed")


def _answer(here: Communities, day: int) -> None:
    """Senders withdraw what goes beyond the list, refusals are entered; one sender pays, one is still asked."""
    play = here.play
    inspector, asked = play.person("inspector"), []
    for row in play.cases(kind="beyond", state="dispatched"):
        key = str(row.fold["subject"])
        task = next(each for each in here.tasks if each["number"] == key)
        by, matter = play.person("handler", play.unit(task["sender"])), play.matter(row)
        play.act(matter, "accept", play.day(day, 10), by)
        play.act(matter, "submit", play.day(day + 1, 10), by, {"text": "已撤回"})
        play.act(matter, "verify", play.day(day + 2, 10), inspector, result="passed")
        reason = "asks_again" if key.startswith("A") else "over_minutes" if key.startswith("O") else "not_listed"
        refusal = {"number": f"REF-{key}", "called": task["called"], "sender": task["sender"],
                   "community": task["community"], "day": play.on(day), "reason": reason}  # fmt: skip
        play.load("access-refusal", [refusal], at=play.on(day), source="community")
    for row in play.cases(kind="arrears", state="dispatched"):
        key = str(row.fold["subject"])
        money = dict(play.subjects("access-money"))[key]
        by, matter = play.person("handler", play.unit(str(money["sender"]))), play.matter(row)
        play.act(matter, "accept", play.day(day, 10), by)
        play.plant("still_promised", key, "handed in although the book says that nothing came")
        play.attempt("still_promised", key, matter, "submit", play.day(day, 11), by, {"text": "已安排"})
        asked.append((key, matter, by, str(money["amount"])))
    if not asked:
        return
    play.to(play.day(day, 12))
    for key, matter, by, amount in asked:
        if key == "MO-2":
            _post(play, f"receive-{key}", play.on(day), f"received:{key}", f"promised:{key}", amount)
            play.act(matter, "submit", play.day(day + 1, 10), by, {"text": "已拨付"})
            play.act(matter, "verify", play.day(day + 2, 10), inspector, result="passed")


def _find(play: Play) -> None:
    """Ask the engine: what the method said when a watch opened a case, incidents of inventories, arrears."""
    for incident in play.incidents():
        if incident.watch == "task_beyond_list":
            play.find(incident.part, incident.subject, "task_beyond_list")
        elif incident.watch.endswith("_expired"):
            play.find("past_sunset", incident.subject, incident.watch)
    for _, told in play.subjects("access-item"):
        if told.get("applied"):
            play.find("on_the_list", str(told["name"]), str(told["applied"]))
    for row in play.cases(kind="arrears"):
        play.find("arrears", str(row.fold["subject"]), row.number)


def _prove(here: Communities) -> None:
    """Minutes of a month by community, refusals by sender, what a community still has on its walls."""
    play = here.play
    minutes: dict[str, int] = {}
    for _, told in play.subjects("access-task"):
        minutes[str(told["community"])] = minutes.get(str(told["community"]), 0) + int(told["minutes"])
    play.prove("minutes_least_most", [min(minutes.values()), max(minutes.values())])
    play.prove("plaques_standing", sum(not told.get("removed") for _, told in play.subjects("plaque")))
    play.prove("refusals", len(play.subjects("access-refusal")))
    play.prove("certificates_refused", len(play.cases(kind="stamp")) and 4 - len(play.cases(kind="stamp")))
    play.prove("beyond", len(play.cases(kind="beyond")))
    play.prove("letters", len(play.letters()))
