"""Half a year of a petition office: four hundred petitions, sixty mediations, and what an honest register finds.

Planted: terms that the authority missed, rights about to lapse, petitions sent to the body they complain about, reviews
sent to whoever decided, reviews asked for too late, mediators with a conflict, broken steps of agreements, agreements
closed with a step open, letters that come again about one cause, confirmation asked for too late, a class visit without
representatives, a visit day that was not held. Look-alikes: the last evening of a term, an extended one, a review asked
for in time, two persons with one telephone, a letter that forty signed, an old matter, a step kept on its very day.
Petitions of earlier years come as a file. Everything is drawn from the seed; names and telephones are invented.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bihuan.programmes.petitions.mediations import Mediations
from bihuan.programmes.petitions.office import DAYS, MATTERS, REPEATED, Office, Petition
from bihuan.programmes.petitions.telling import prove_clocks, prove_letters, prove_unseen
from bihuan.programmes.petitions.visits import VisitDays

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

LASTS = 184
"""The most days that the sample plays."""


def play_sample(play: Play) -> None:
    """Play the half year. Source: docs/topics/play.md."""
    office = Office(play)
    mediations = Mediations(office)
    office.load()
    mediations.load()
    ordinary = [_ordinary(office) for _ in range(office.luck.whole(80, 84))]
    _open_ones(office)
    _late(office)
    _misdirected(office)
    repeats = _repeats(office)
    _reviews(office, ordinary[:14])
    lapsing = _lapsing(office)
    mediations.plan(ordinary[20:80])
    visits = VisitDays(office)
    visits.plan()
    _class_visit(office)
    office.load_old(400 - len(office.petitions))
    for day in range(7, DAYS + 1, 7):
        play.to(play.day(day))
        play.meanwhile()
        office.week(day)
        mediations.week(day)
    _find(office, mediations)
    visits.prove()
    prove_clocks(office)
    prove_unseen(office)
    prove_letters(office, mediations, lapsing)
    play.prove("petitions", len(play.cases(kind="petition")))
    play.prove("mediations", len(play.cases(kind="mediation")))
    play.prove(
        "repeats_refused",
        sum(play.matter(each).value().outcome == "refused" for each in repeats_cases(office, repeats)),
    )


def repeats_cases(office: Office, repeats: list[Petition]) -> list[Any]:
    """The cases of repeated letters."""
    numbers = {each.matter.number for each in repeats}
    return [row for row in office.play.cases(kind="petition") if row.number in numbers]


# -- what happens ------------------------------------------------------------------------------------------


def _ordinary(office: Office) -> Petition:
    """A petition that is accepted, answered and served in time; its right to review is long over when the play ends."""
    luck = office.luck
    received = luck.whole(0, 78)
    accepted = received + luck.whole(1, 12)
    answered = accepted + luck.whole(8, 40)
    return office.handle(office.write(received), accepted, answered, answered + luck.whole(1, 3))


def _open_ones(office: Office) -> None:
    """Petitions that are still being handled when the play ends."""
    for _ in range(office.luck.whole(14, 18)):
        received = office.luck.whole(128, DAYS - 20)
        office.accept(office.write(received), received + office.luck.whole(1, 10))


def _late(office: Office) -> None:
    """Three are accepted too late, three answered too late; beside them the last evenings, and an extended one."""
    play, luck = office.play, office.luck
    for n in range(6):
        received = luck.whole(2, 30)
        accepted = received + (luck.whole(17, 19) if n < 3 else luck.whole(2, 10))
        answered = accepted + (luck.whole(20, 40) if n < 3 else luck.whole(62, 66))
        each = office.handle(office.write(received), accepted, answered, answered + 2)
        play.plant("overdue", each.key, "accepted after fifteen days" if n < 3 else "answered after sixty days")
    for n in range(8):
        received = luck.whole(2, 20)
        accepted = received + (15 if n < 3 else luck.whole(2, 10))
        answered = accepted + (luck.whole(20, 40) if n < 3 else 60 if n < 6 else luck.whole(75, 88))
        each = office.write(received)
        if n >= 6:
            office.extend(each, accepted + 50)
        office.handle(each, accepted, answered, answered + 2, hour=22)
        play.look_alike(
            "overdue", each.key, ("last evening of fifteen days", "last evening of sixty", "extended")[n // 3]
        )


def _misdirected(office: Office) -> None:
    """Three are sent to the body they complain about; five that complain are sent elsewhere at once."""
    play, luck = office.play, office.luck
    for n in range(8):
        received = luck.whole(3, 40)
        organ, other = luck.sample(office.units, 2)
        each = office.write(received, unit=other, organ=organ)
        if n < 3:
            play.plant("own_judge", each.key, f"sent to {organ}, about which it complains")
            play.attempt(
                "own_judge", each.key, each.matter, "dispatch", play.day(received + 1, 9), office.officer,
                unit=play.unit(organ),
            )  # fmt: skip
        else:
            play.look_alike("own_judge", each.key, "complains about one body, sent to another")
        office.handle(each, received + 3, received + 30, received + 32)
        office.later(received + 8, partial(office.ask_statement, each))


def _repeats(office: Office) -> list[Petition]:
    """Eight persons write again about one matter that was answered within the year; others only seem to."""
    play, luck = office.play, office.luck
    found = []
    for n in range(8):
        each = office.write(luck.whole(20, 60), matter=REPEATED, person=office.answered_before(n), again="yes",
                            new_facts="yes" if n >= 6 else "no")  # fmt: skip
        play.plant("repeat", each.key, "the same person, the same matter, answered within the year")
        if n < 2:
            play.plant("file_not_case", each.key, "nothing new is said, and yet it would be accepted again")
            play.attempt("file_not_case", each.key, each.matter, "dispatch", play.day(each.day + 1, 9), office.officer,
                         unit=play.unit(each.unit))  # fmt: skip
        if n < 6:
            office.refuse(each, each.day + 4)
        else:
            office.handle(each, each.day + 4, each.day + 40, each.day + 42)
        found.append(each)
    play.plant("cause", REPEATED, "eight letters that came again about one matter")
    one, two = office.write(30, phone="13900000001"), office.write(36, phone="13900000001")
    two.topic = one.topic
    for each in (one, two):
        play.look_alike("repeat", each.key, "two persons with one telephone")
    play.plant("topic", REPEATED, "eight letters that came again: a topic for the whole district")
    crowd = office.write(33, signers=40, came="letter")
    play.look_alike("class_visit", crowd.key, "forty signed one letter: a letter needs no representatives")
    play.look_alike("repeat", crowd.key, "one letter that forty have signed")
    play.look_alike("cause", crowd.topic, "forty signed one letter")
    old = office.write(41, matter=MATTERS[1], person=office.answered_before(8, old=True))
    play.look_alike("repeat", old.key, "the matter was closed more than a year ago")
    new = office.write(44, matter=MATTERS[2], person=office.answered_before(9))
    play.look_alike("repeat", new.key, "another matter of the same person")
    for each in (one, two, crowd, old, new):
        office.handle(each, each.day + 5, each.day + 40, each.day + 42)
    court = [office.write(luck.whole(5, 60), matter=matter) for matter in ("M-court", "M-labour", "M-review")]
    for each in court:
        play.plant("way_of_law", each.key, "the law gives it another way")
        play.attempt("way_of_law", each.key, each.matter, "dispatch", play.day(each.day + 2, 9), office.officer,
                     unit=play.unit(each.unit))  # fmt: skip
        office.refuse(each, each.day + 5)
    again = office.write(50, matter=one.topic, person=one.person)
    office.later(
        57, lambda day: office.merge(again, one, day) if one.matter.value().open else office.refuse(again, day + 1)
    )
    return found


def _class_visit(office: Office) -> None:
    """Seven people come about one matter and choose nobody; the next day they come with three representatives."""
    play = office.play
    crowd = office.write(37, signers=7, came="visit")
    play.plant("class_visit", crowd.key, "seven came, and no representatives were chosen")
    play.attempt("class_visit", crowd.key, crowd.matter, "dispatch", play.day(38, 9), office.officer,
                 unit=play.unit(crowd.unit))  # fmt: skip
    office.refuse(crowd, 39)
    chosen = office.write(40, signers=7, came="visit", representatives=3, matter=crowd.topic)
    play.look_alike("class_visit", chosen.key, "seven came with three representatives")
    office.handle(chosen, 45, 80, 82)


def _reviews(office: Office, some: list[Petition]) -> None:
    """Ten ask for review in time, four of them for recheck; two ask too late, two are sent to whoever decided."""
    play = office.play
    for n, each in enumerate(some):
        if n < 12:
            begins = each.served + 8 if n else None

            def ask(day: int, each: Petition = each, n: int = n) -> None:
                office.review(each, day + 1, wrong=n in (1, 2), recheck=n in (3, 4, 5, 6))

            if begins is not None:
                office.later(begins, ask)
            if n in (1, 2):
                play.plant("decided_it", each.key, "the review is sent to the body that answered")
            elif n in (3, 4, 5):
                play.look_alike("decided_it", each.key, "sent to the body above")
        else:
            play.plant("review_lapsed", each.key, "asked for after the last day")
            office.later(each.served + 38 + office.moved(each.served), partial(office.ask_late, each))


def _lapsing(office: Office) -> list[Petition]:
    """Four rights to review end within the week after the play; of others review was asked, or there is more time."""
    play = office.play
    days = office.served_so_that_ends(DAYS, DAYS + 5)
    found = []
    for n in range(4):
        each = office.answered_on(days[n % len(days)])
        play.plant("lapsing", each.key, "its right to review ends within the week, and nothing was asked")
        found.append(each)
    for n in range(3):
        each = office.answered_on(days[n % len(days)])
        play.look_alike("lapsing", each.key, "review was asked for")
        office.later(each.served + 8, partial(office.review_soon, each))
    for n in range(3):
        each = office.answered_on(DAYS - 14 + n)
        play.look_alike("lapsing", each.key, "more than a week is left")
    return found


# -- what the engine says ----------------------------------------------------------------------------------


def _find(office: Office, mediations: Mediations) -> None:
    """Ask the engine: clocks that were missed, incidents of watches, refusals by their demands' names, histories."""
    play = office.play
    keys = {each.matter.number: each.key for each in office.petitions}
    for row in play.cases(kind="petition"):
        missed = [name for name, clock in row.fold["clocks"].items() if clock.get("missed")]
        if missed:
            play.find("overdue", keys[row.number], f"missed {', '.join(missed)}")
    for number in office.holding("petition_right_lapsing"):
        play.find("lapsing", keys[number], "petition_right_lapsing")
    for each in office.asked:
        if each.refusal is not None:
            play.find(each.refusal.code, each.key.partition("/")[2], each.refusal.text.en)
    for incident in play.incidents():
        if incident.watch == "petition_topic":
            play.find("topic", incident.subject, "petition_topic")
    for row in play.cases(kind="cause"):
        play.find("cause", str(row.fold["subject"]), row.number)
    for row in play.cases(kind="broken"):
        play.find("broken", str(row.fold["subject"]), row.number)
    letters = [
        {"id": key, **{name: told.get(name) for name in ("person", "matter", "received", "closed")},
         "final": int(bool(told.get("final")))}
        for key, told in play.subjects("petition")
    ]  # fmt: skip
    told = play.calc("petition-history", letters).columns
    for number, kind in zip(told["id"], told["kind"], strict=True):
        if kind == "repeat" and number in keys:
            play.find("repeat", keys[str(number)], "petition-history: repeat")
