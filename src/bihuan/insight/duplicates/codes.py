"""The codes of reasons and their words: a table without arrays, so that a page can show them at once."""

from __future__ import annotations

CODES = {
    "same_address": ("同一地址", "same address"),
    "distance": ("相距（米）", "distance (metres)"),
    "same_street": ("同一道路", "same street"),
    "same_kind": ("同类问题", "same category"),
    "related_kind": ("常一起出现的类别", "categories often reported together"),
    "text": ("文字相似度", "similarity of the texts"),
    "same_name": ("提到同一地点", "the same place is named"),
    "hours": ("间隔（小时）", "hours between"),
    "burst": ("该处同类诉求中最早的一件", "first of a burst at this place"),
}
