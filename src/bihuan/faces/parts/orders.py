"""Words of an order's course, for its page and for panels. Source: docs/topics/orders.md, "Its course"."""

from __future__ import annotations

from bihuan.loop.kernel.model import Text

STATES = {
    "drafted": Text("拟稿", "draft"), "dispatched": Text("已发出", "dispatched"),
    "refused": Text("不予签发", "refused"),
    "cancelled": Text("已撤销", "cancelled"), "expired": Text("已到期", "expired"),
    "received": Text("已收到", "received"), "done": Text("已执行", "done"), "declined": Text("不能执行", "declined"),
}  # fmt: skip
