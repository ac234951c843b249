"""Half a year of talking things over in four estates: twelve issues, five sealed votes, commitments, a panel, a budget.

Planted: broken commitments, owners who vote differently by two channels, a ballot in the name of a dead owner, an issue
with a stakeholder missing, a result with the area but not the heads that was to be carried out, an issue handed in
with a commitment open, one that three households had not confirmed. Look-alikes: one owner with twenty-five shops,
owners who abstain, the same vote by two channels, commitments kept on the evening of their very day.
Everything is drawn from the seed; names are invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.programmes.deliberation.estates import Estates, Item, Leaning
from bihuan.programmes.deliberation.proving import hear_opinions, prove_boxes, prove_letters, spend_budget
from bihuan.programmes.deliberation.talks import Talks

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

LASTS = 180
"""The most days that the sample plays."""
DAYS, WEEK = 175, 7


def play_sample(play: Play) -> None:
    """Play the half year. Source: docs/topics/play.md."""
    estates = Estates(play)
    estates.load()
    estates.panel()
    talks = Talks(play, estates)
    _issues(talks)
    _items(estates, talks)
    last = max(item.ends for item in estates.items)
    for day in range(1, DAYS + 1):
        if day <= last + 1:
            play.to(play.day(day, 8))
            estates.voting(day)
            _double_and_dead(estates, day)
        if day % WEEK == 0:
            play.to(play.day(day, 8.5))
            play.meanwhile()
            talks.week(day)
    play.to(play.day(DAYS, 20))
    play.meanwhile()
    _find(play, talks)
    prove_boxes(estates)
    hear_opinions(play, talks)
    spend_budget(play)
    prove_letters(play, talks)


def _issues(talks: Talks) -> None:
    """Twelve issues over four weeks, in an order that the seed draws."""
    plan: list[tuple[str, str, dict[str, Any]]] = [
        ("lift", "EST-1", {"parties": "owners;manager;street"}), ("nuisance", "EST-1", {"own_body": True}),
        ("parking", "EST-1", {"breaks": 1}), ("fund", "EST-1", {"vote": "VOTE-1"}),
        ("fund", "EST-2", {"vote": "VOTE-2"}),
        ("manager", "EST-3", {"vote": "VOTE-3"}), ("public_space", "EST-4", {"vote": "VOTE-4"}),
        ("lift", "EST-4", {"vote": "VOTE-5"}), ("parking", "EST-2", {"breaks": 2}), ("public_space", "EST-3", {}),
        ("nuisance", "EST-4", {}), ("manager", "EST-2", {}),
    ]  # fmt: skip
    order = talks.luck.sample(range(len(plan)), len(plan))
    for n, which in enumerate(order):
        kind, estate, how = plan[which]
        talks.raise_issue(kind, estate, 2 + 2 * n, **how)


def _items(estates: Estates, talks: Talks) -> None:
    """Five votes: two with somebody who votes differently by two channels, one with a dead owner's ballot."""
    by_vote = {talk.vote: talk for talk in talks.talks if talk.vote}
    plan = {
        "VOTE-1": ("use_fund", Leaning(7, 1)), "VOTE-2": ("use_fund", Leaning(6, 2)),
        "VOTE-3": ("manager", Leaning(2, 1)), "VOTE-4": ("other", Leaning(7, 1)),
        "VOTE-5": ("raise_fund", Leaning(9, 1)),
    }  # fmt: skip
    for number, (matter, leaning) in plan.items():
        talk = by_vote[number]
        begins = talk.raised + 17
        estates.announce(Item(number, talk.estate, begins, leaning, talk.number, matter, f"{talk.number}号议题表决"))


def _double_and_dead(estates: Estates, day: int) -> None:
    """Who votes twice, the same or differently; who is entered as dead after the ballot came."""
    play = estates.play
    for item in estates.items:
        if day == item.begins + 9 and item.number in ("VOTE-1", "VOTE-4"):
            owner = estates.voted(item, "for")
            estates.again(item, owner, "against")
            play.plant("double_vote", item.number, f"{owner} votes for it online and against it on paper")
        if day == item.begins + 9 and item.number == "VOTE-2":
            estates.again(item, estates.voted(item, "for"), "for")
            play.look_alike("double_vote", item.number, "the same vote by two channels counts once")
        if day == item.begins + 10 and item.number == "VOTE-5":
            owner = estates.voted(item, "for")
            row = [{"code": owner, "died": play.on(item.begins - 20)}]
            play.load("owner", row, at=play.on(item.begins - 20), source="civil affairs")
            play.plant("dead_owner_vote", owner, "died before the vote, entered after the ballot came")
            estates.try_barred(item, owner)


def _find(play: Play, talks: Talks) -> None:
    """Ask the engine: cases about broken commitments, refusals by their demands' names, what watches remind of."""
    for row in play.cases(kind="broken"):
        play.find("broken", str(row.fold["subject"]), row.number)
    for talk in talks.talks:
        for promise in talk.commitments[-talk.breaks :] if talk.breaks else []:
            play.plant("broken", promise["number"], "its day passes and nothing is handed in")
    ballots = dict(play.subjects("ballot"))
    for incident in play.incidents():
        if incident.watch == "double_vote":
            play.find("double_vote", incident.subject, "double_vote")
        if incident.watch == "dead_owner_vote":
            play.find("dead_owner_vote", str(ballots[incident.subject]["owner"]), incident.subject)
    play.prove("broken_commitments_found", len(play.cases(kind="broken")))
    play.prove("issues", len(talks.talks))
    play.prove("issues_closed", len([row for row in play.cases(kind="issue") if row.state == "closed"]))
    play.prove("commitments", sum(len(each.commitments) for each in talks.talks))
    play.prove("commitments_kept", sum(row.state == "closed" for row in play.cases(kind="commitment")))
    play.prove("reviews", len(play.cases(kind="review")))
    play.prove("back_to_the_meeting", sum(bool(told.get("reconvene")) for _, told in play.subjects("issue")))
