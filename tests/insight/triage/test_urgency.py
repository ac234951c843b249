"""Danger and outage are found, and what only sounds like them is not."""

from __future__ import annotations

import pytest

from bihuan.insight.triage import urgency


@pytest.mark.parametrize(
    "text",
    [
        "小区已经停水三天", "整栋楼没电了", "煤气泄漏味道很重", "楼下着火冒烟", "路面塌陷一个大坑",
        "电线掉落在人行道上",
        "孩子被困电梯", "外墙瓷砖脱落砸到人", "消防通道被堵死", "No water since this morning", "there is a gas leak",
        "暖气停暖了", "井盖缺失有人摔倒",
    ],
)  # fmt: skip
def test_urgent(text: str) -> None:
    found = urgency(text)
    assert found.level == 1
    assert found.words


@pytest.mark.parametrize(
    "text",
    ["", "水费收费标准咨询", "漏电保护器怎么安装", "小区组织火灾演练", "办理死亡证明需要什么材料", "广场舞太吵",
     "pothole on Main St",
     "计划停水通知在哪里查询"],
)  # fmt: skip
def test_ordinary(text: str) -> None:
    assert urgency(text) == (2, ())
