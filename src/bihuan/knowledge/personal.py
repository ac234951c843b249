"""Columns of the room that hold something of a person, and those that do not: articles."""

from bihuan.extend import PlainColumns

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("knowledge_article", "district_id key title_zh title_en body categories source digest search"),
)
