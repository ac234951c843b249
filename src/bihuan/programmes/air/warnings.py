"""Warnings of the sample: proposed from forecasts, decided, sent to every site as measures, and lifted again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.documents.orders.acting import (
    approve_order,
    draft_order,
    end_order,
    receipt_order,
)
from bihuan.documents.orders.course import coverage_of
from bihuan.documents.orders.recording import addressees_of_order, course_of_order
from bihuan.registers.isolation import in_district

if TYPE_CHECKING:
    from bihuan.programmes.air.sample import Air

WARNED = 5
"""On the morning of this day a warning begins."""


def issue_warnings(air: Air) -> None:
    """The desk proposes warnings from forecasts; the approver decides, and a wrong level is refused at the door."""
    play, luck = air.play, air.luck
    officer = play.person("air_officer", play.unit("ecology"))
    approver = play.person("warning_approver", play.unit("government-office"))
    forecasts = [(WARNED - 1, [luck.whole(205, 240), luck.whole(210, 260), luck.whole(205, 240)], "")]
    forecasts += [(8, [luck.whole(60, 90), luck.whole(205, 230)], "red"), (9, [luck.whole(90, 149)], "orange"),
                  (10, [luck.whole(205, 220), luck.whole(205, 220)], "red")]  # fmt: skip
    for day, indices, wrong in forecasts:
        issued = play.on(day)
        told = play.calc("air-warning", [
            {"issued": issued, "day": issued + timedelta(days=n + 1), "aqi": aqi} for n, aqi in enumerate(indices)
        ])  # fmt: skip
        counted = {name: str(values[0]) for name, values in told.columns.items() if name.startswith("days_")}
        level = str(told.columns["level"][0])
        key = f"warning:{issued}"
        fields = {"level": wrong or level, "starts": (issued + timedelta(days=1)).isoformat(), **counted}
        matter = play.report(
            "warning", play.day(day, 15), officer, key=key, title="空气重污染预警", fields=fields, dispatch=False
        )
        until = play.day(day + 20).isoformat()
        if wrong:
            play.plant("level_by_plan", key, f"proposed {wrong}, the plan says {level}")
            play.attempt("level_by_plan", key, matter, "approve", play.day(day, 16), approver, until=until)
            play.act(matter, "reject", play.day(day, 17), approver, reason="级别与预案不符")
        else:
            play.look_alike("level_by_plan", key, f"{level}, as the plan says")
            play.act(matter, "approve", play.day(day, 16), approver, until=until)
            play.act(matter, "revoke", play.day(8, 20), approver, reason="空气质量好转")
            play.prove("warning_level", level)


def send_measures(air: Air) -> Any:
    """The measures of a warning go to all building sites; a second person signs; some sites do not answer."""
    play, world = air.play, air.play.script.facts_at(air.play.now)
    sites = [key for key, _ in play.subjects("emission-site")]
    facts = {"level": "orange", "from": play.on(WARNED).isoformat()}
    row = draft_order(
        "heavy-pollution-measures", f"warning:{play.on(WARNED)}", facts, sites, world, "user:air-officer"
    )  # fmt: skip
    approve_order(row.id, world, "user:leader")
    silent = set(air.luck.sample(sites, 3))
    for site in sites:
        if site in silent:
            play.plant("silent_site", site, "no receipt of the measures")
        else:
            receipt_order(row.id, site, "received", world, f"user:{site}")
    return row


def find_silent_sites(air: Air, row: Any) -> None:
    """Which addressees the order did not reach; then it is lifted with the warning."""
    play = air.play
    with in_district(play.registers.district.code):
        course, addressed = course_of_order(row), addressees_of_order(row.id)
        covered = coverage_of(course, addressed)
        for site in addressed:
            if site not in course.receipts:
                play.find("silent_site", site, "no receipt")
    play.prove("coverage", covered["coverage"])
    if course.state == "dispatched":
        end_order(row.id, "cancelled", play.script.facts_at(play.now), "user:leader", "预警解除")
