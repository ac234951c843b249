"""People of the sample: streets put deductions right, another unit decides on the result, returns are looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.loop.models import CaseRow

if TYPE_CHECKING:
    from bihuan.programmes.civil_district.sample import Round
    from bihuan.simulator.model_district import Spot


def decide_result(survey: Round) -> None:
    """The organiser may not decide, nor anybody while fewer than a tenth of the sites were measured twice."""
    play = survey.play
    organiser = play.person("civil_officer", play.unit("culture-tourism"))
    own = play.person("civil_approver", play.unit("culture-tourism"))
    other = play.person("civil_approver", play.unit("government-office"))
    drawn, day = sum(each["purpose"] == "round" for each in survey.visits), 4
    twice = sum(each["purpose"] == "second" for each in survey.visits)
    for key, told, by, rule in (
        ("few", twice // 2, other, "too_few_twice"), ("own", twice, own, "own_round"), ("right", twice, other, ""),
    ):  # fmt: skip
        fields = {"sites": str(drawn), "twice": str(told), "remark": "六处点位施工公示中"}
        matter = play.report(
            "result", play.day(day, 9), organiser, key=f"result-{key}", title="测评结果",
            fields=fields, subject="R1", urgency="general", dispatch=False,
        )  # fmt: skip
        until = play.day(3_000).isoformat()
        if rule:
            play.plant(rule, f"result-{key}", "proposed so")
            play.attempt(rule, f"result-{key}", matter, "approve", play.day(day, 11), by, until=until)
            play.act(matter, "reject", play.day(day, 12), other, reason="与规则不符")
        else:
            for each in ("too_few_twice", "own_round"):
                play.look_alike(each, f"result-{key}", "a tenth measured twice, decided by another unit")
            play.act(matter, "approve", play.day(day, 14), other, until=until)
        day += 1


def put_right(survey: Round) -> None:
    """Deductions are cases of the street scene: the street goes there, another unit's inspector looks again."""
    play = survey.play
    records = {row["number"]: row for row in survey.records}
    incidents = {each.case_id: str(each.subject) for each in play.incidents() if each.watch == "civil_deduction"}
    rows = CaseRow.objects.filter(pk__in=[each for each in incidents if each is not None]).order_by("number")
    for number, row in enumerate(rows):
        spot = survey.spots[records[incidents[row.pk]]["site"]]
        _handle(survey, row, spot, 6 + number % 9, photos=2)
    play.prove("street_scene_cases", len(rows))


def handle_returns(survey: Round) -> None:
    """Sites that fell back, the surveyor, the self-scores: looked into and verified by somebody else."""
    first = next(iter(survey.spots.values()))
    for number, row in enumerate(survey.play.cases(ended_at__isnull=True)):
        if row.state == "dispatched":
            spot = survey.spots.get(str(row.about).partition("/")[2], first)
            _handle(survey, row, spot, 42 + number % 6, photos=1)


def _handle(survey: Round, row: CaseRow, spot: Spot, day: int, *, photos: int) -> None:
    play: Any = survey.play
    matter, by = play.matter(row), play.person("handler", row.fold["lead"])
    play.act(matter, "accept", play.day(day, 9), by)
    for n in range(photos):
        play.photo(matter, play.day(day, 10 + n), by, spot, picture=f"{play.seed}/{row.number}/{n}")
    play.act(matter, "submit", play.day(day, 14), by, words={"text": "已整改 · put right"})
    looks = play.person("inspector", play.unit("emergency"), survey.luck.whole(0, 3))
    play.act(matter, "verify", play.day(day + 1, 10), looks, result="passed")
