"""Ten weeks of reports at forty places, for briefings and for what other rooms tell in them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from bihuan.loop.kernel.model import Command
from bihuan.loop.store import Order, append
from tests.loop.district import OPERATOR, facts, registers

OTHERS = (
    "路灯不亮请维修",
    "咨询公积金提取手续",
    "广场舞噪音太大",
    "垃圾桶满了没人清",
    "井盖破损有危险",
    "公交线路调整建议",
)
PLACES = 40
CATEGORY = "housing.repair.roof"


def play_ten_weeks() -> list[tuple[float, float]]:
    """Append them; returns the places."""
    dice = random.Random(4)
    areas = [a.code for a in registers().areas if a.level == "community"][:PLACES]
    points = [(116.20 + 0.01 * (i % 8), 39.90 + 0.01 * (i // 8)) for i in range(PLACES)]
    orders = []
    for day in range(70):
        at = datetime(2026, 8, 24, 2, tzinfo=UTC) + timedelta(days=day)
        for i in dice.sample(range(PLACES), 9):
            orders.append(
                (at + timedelta(minutes=len(orders) % 600), i, f"{dice.choice(OTHERS)}{dice.randrange(999)}号")
            )
    for at, i, title in sorted(orders):
        lon, lat = points[i]
        opening = {"channel": "phone", "category": CATEGORY, "area": areas[i],
                   "place": [round(lon * 1e6), round(lat * 1e6)]}  # fmt: skip
        words = {"title": title, "text": f"{title}，希望有关部门处理。"}
        order = Order(Command("open", OPERATOR, at, opening, words), programme="hotline", kind="request")
        assert append([order], facts=facts(at))[0].refusal is None
    return points
