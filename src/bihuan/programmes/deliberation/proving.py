"""What the sample proves beside findings: sealed votes recounted, opinions, a budget that adds up, letters."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bihuan.books.balances import balances
from bihuan.boxes.catalogue import box_named
from bihuan.boxes.opening import opened
from bihuan.boxes.pure.record import BoxRecord, BoxRefused, verify_record
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method
from bihuan.programmes.deliberation.estates import BOX, Estates
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district

if TYPE_CHECKING:
    from bihuan.programmes.deliberation.talks import Talks
    from bihuan.simulator.plays.play import Play

BOOK = "participatory-budget"
PARTICIPANTS, STATEMENTS = 44, 14
WORDS = {"passed": "通过", "rejected": "未通过", "no_quorum": "参与不足"}


def prove_boxes(estates: Estates) -> None:
    """Recount every record as anybody can; a record in which one vote was changed does not verify."""
    play, results, forged = estates.play, {}, 0
    for item in estates.items:
        record = opened(box_named(BOX), item.number)
        assert record is not None
        verify_record(record)
        results[item.number] = record.counted["result"]
        forged += _is_believed(_changed(record))
    told = {number: told.get("result") for number, told in play.subjects("vote-item")}
    play.prove("votes", results)
    play.prove("votes_differ_in_register", sum(told[number] != result for number, result in results.items()))
    play.prove("forged_records_believed", forged)
    play.prove("barred_at_the_door", estates.barred_at_the_door)


def _changed(record: BoxRecord) -> BoxRecord:
    first, *rest = record.envelopes
    other = "against" if first.values["vote"] == "for" else "for"
    return msgspec.structs.replace(record, envelopes=[msgspec.structs.replace(first, values={"vote": other}), *rest])


def _is_believed(record: BoxRecord) -> bool:
    try:
        verify_record(record)
    except BoxRefused:
        return False
    return True


def hear_opinions(play: Play, talks: Talks) -> None:
    """Two camps and statements on which they agree: the method finds two groups, and what unites them."""
    luck = play.luck.stream("opinions")
    issue = next(each.number for each in talks.talks if each.kind == "public_space")
    rows: list[dict[str, Any]] = [
        {"number": f"ST-{n:02d}", "issue": issue, "text": f"{issue}号议题的第{n + 1}条意见", "made": play.on(20)}
        for n in range(STATEMENTS)
    ]
    play.load("statement", rows, at=play.on(20), source="talk of residents")
    answers = []
    for n in range(PARTICIPANTS):
        for m in range(STATEMENTS):
            side = 1 if m < 4 else (1 if (n % 2 == 0) == (m % 2 == 0) else -1)
            if luck.chance(0.8):
                vote = side if luck.chance(0.88) else luck.pick((0, -side))
                answers.append({"number": f"SV-{n:02d}-{m:02d}", "statement": f"ST-{m:02d}",
                                "participant": f"PA-{n:02d}", "vote": str(vote)})  # fmt: skip
    play.load("statement-vote", answers, at=play.on(25), source="talk of residents")
    told = play.calc("opinion-groups", [{key: row[key] for key in ("participant", "statement", "vote")}
                                        for row in answers], seed=1)  # fmt: skip
    play.prove("opinion_groups", told.facts["groups"])
    play.prove("uniting", sorted(each["statement"] for each in told.facts["bridging"][:4]))


def spend_budget(play: Play) -> None:
    """A participatory budget: chosen by equal shares, reserved, spent, the rest returned; the book adds up."""
    luck, day, total = play.luck.stream("budget"), play.on(60), 300_000
    costs = {f"PRJ-{n:02d}": luck.whole(15, 110) * 1000 for n in range(9)}
    ballots = [luck.sample(sorted(costs), luck.whole(2, 4)) for _ in range(160)]
    text = ["META", "key;value", f"budget;{total}", "PROJECTS", "project_id;cost"]
    text += [f"{name};{cost}" for name, cost in costs.items()] + ["VOTES", "voter_id;vote"]
    text += [f"{n};{','.join(sorted(each))}" for n, each in enumerate(ballots)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "budget.pb"
        path.write_text("\n".join(text) + "\n", encoding="utf-8")
        selected = [str(each) for each in run_method(method_named("equal-shares"), [path], {}).facts["selected"]]
    play.load("budget-project", [
        {"number": name, "round": "PB-1", "title": f"微更新项目{name[-2:]}", "cost": f"{cost}.00",
         "support": sum(name in each for each in ballots),
         "taken": selected.index(name) + 1 if name in selected else ""}
        for name, cost in costs.items()
    ], at=day, source="participatory budget")  # fmt: skip
    post(play, "allocate", day, "open:PB-1", "allocated", total)
    for n, name in enumerate(selected):
        spent = costs[name] - (1000 * luck.whole(0, 5) if n % 2 else 0)
        post(play, f"reserve-{name}", day, f"reserved:{name}", "open:PB-1", costs[name])
        post(play, f"spend-{name}", play.on(110), f"spent:{name}", f"reserved:{name}", spent)
        if costs[name] > spent:
            post(play, f"release-{name}", play.on(112), "open:PB-1", f"reserved:{name}", costs[name] - spent)
    standing = _standing()
    post(play, "give-back", play.on(150), "returned:PB-1", "open:PB-1", standing.get("open", 0))
    post(play, "seat", play.on(2), "seats_open:PANEL-1", "seats", 12, "SEAT")
    post(play, "draw", play.on(3), "seats_taken:PANEL-1", "seats_open:PANEL-1", 12, "SEAT")
    found = _standing()
    rest = found["allocated"] - sum(found.get(name, 0) for name in ("open", "reserved", "spent", "returned"))
    play.prove("budget_selected", len(selected))
    play.prove("budget_unaccounted", rest)
    play.prove("seats_left", found["seats"] - found.get("seats_taken", 0) - found.get("seats_open", 0))


def post(play: Play, entry: str, day: Any, debit: str, credit: str, amount: int, unit: str = "CNY") -> None:
    """Post two lines of an entry, in yuan or seats."""
    if amount <= 0:
        return
    written = str(amount) if unit == "SEAT" else f"{amount}.00"
    told = play.post(BOOK, [
        {"entry": entry, "date": day, "account": debit, "debit": written, "credit": ""},
        {"entry": entry, "date": day, "account": credit, "debit": "", "credit": written},
    ])  # fmt: skip
    assert told.posted == 1, told.rejects


def _standing() -> dict[str, int]:
    """The balance of every account over what it is kept for, in yuan or seats."""
    found: dict[str, int] = {}
    with in_district(default_district()):
        for line in balances(BOOK):
            found[line.account] = found.get(line.account, 0) + int(line.balance) // (100 if line.unit == "CNY" else 1)
    return found


def prove_letters(play: Play, talks: Talks) -> None:
    """Minutes and results are written by hand from what the registers say; invitations and reminders by themselves."""
    meetings, issues = dict(play.subjects("meeting")), dict(play.subjects("issue"))
    for talk in talks.talks[:4]:
        meeting = meetings[f"MEET-{talk.number}"]
        told = [
            {"what": each["what"], "by": each["promised_by"], "due": str(each["due"])} for each in talk.commitments
        ] or [{"what": "居民自行约定活动时段", "by": "居民自治组织", "due": str(meeting["published_until"])}]
        play.write("deliberation-minutes", talk.number, "全体居民", meeting=f"MEET-{talk.number}",
                   held=str(meeting["held"]), title=issues[talk.number]["title"], present=meeting["present"],
                   commitments=told, officer="社区记录人")  # fmt: skip
    for number, item in play.subjects("vote-item"):
        record = opened(box_named(BOX), number)
        assert record is not None
        play.write("owners-vote-result", number, "全体业主", item=number, result_words=WORDS[str(item["result"])],
                   root=record.root[:32], officer="筹备组经办人")  # fmt: skip
    found = play.letters()
    kinds = sorted({row.letter for row in found})
    play.prove("letters", {kind: sum(row.letter == kind for row in found) for kind in kinds})
