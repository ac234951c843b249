"""Warnings of the sample: proposed from forecasts, decided, sent to every site as measures, and lifted again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.documents.orders.acting import approve_order, receipt_order
from bihuan.documents.orders.course import coverage_of
from bihuan.documents.orders.models import OrderRow
from bihuan.documents.orders.recording import addressees_of_order, course_of_order
from bihuan.registers.isolation import in_district

if TYPE_CHECKING:
    from bihuan.programmes.air.sample import Air

UNSHOWN = 3
"""Sites where nobody shows that the measures are kept."""
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
    """The approved warning has drafted the measures for all building sites; a second person signs; some are silent."""
    play, world = air.play, air.play.script.facts_at(air.play.now)
    with in_district(play.registers.district.code):
        row = OrderRow.objects.get(order="heavy-pollution-measures")
        approve_order(row.id, world, "user:warning-approver")
        sites = addressees_of_order(row.id)
    silent = set(air.luck.sample(sites, 3))
    for site in sites:
        if site in silent:
            play.plant("silent_site", site, "no receipt of the measures")
        else:
            receipt_order(row.id, site, "received", world, f"user:{site}")
    for n, site in enumerate(air.luck.sample(sites, len(sites))):
        if n < UNSHOWN:
            air.unshown.append(site)
            play.plant("not_shown", site, "nobody showed before the end of the warning that it kept the measures")
        else:
            play.look_alike("not_shown", site, "shown on the spot and verified")
    return row


def keep_measures(air: Air) -> None:
    """Streets go to the sites while the warning holds, and an inspector verifies; some are never shown."""
    play = air.play
    for row in play.cases(kind="obligation", ended_at__isnull=True):
        site, matter = str(row.fold["subject"]), play.matter(row)
        if site in air.unshown:
            continue
        if row.state == "dispatched":
            by, spot = play.person("handler", row.fold["lead"]), air.spots[f"DU{site[2:]}"]
            play.act(matter, "accept", play.now + timedelta(minutes=20), by)
            play.photo(matter, play.now + timedelta(hours=1), by, spot, picture=f"{play.seed}/measures/{site}")
            play.act(
                matter, "submit", play.now + timedelta(hours=1.2), by, words={"text": "停工覆盖到位 · stopped, covered"}
            )
        elif row.state == "verifying":
            inspector = play.person("inspector", play.unit("urban-enforcement"), 4)
            play.act(matter, "verify", play.now + timedelta(hours=1), inspector, result="passed")


def find_silent_sites(air: Air, row: Any) -> None:
    """Which addressees the order did not reach, which did not show that they kept it; it ended with the warning."""
    play = air.play
    with in_district(play.registers.district.code):
        course, addressed = course_of_order(row), addressees_of_order(row.id)
        covered = coverage_of(course, addressed)
        for site in addressed:
            if site not in course.receipts:
                play.find("silent_site", site, "no receipt")
    ended = Counter(each.outcome or "open" for each in play.cases(kind="obligation"))
    for each in play.cases(kind="obligation", outcome="revoked"):
        play.find("not_shown", str(each.fold["subject"]), f"{each.number} lifted with the order")
    play.prove("coverage", covered["coverage"])
    play.prove("measures", {"order": course.state, **dict(sorted(ended.items()))})
