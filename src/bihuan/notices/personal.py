"""Columns of the room that hold something of a person, and those that do not: notices and webhooks."""

from bihuan.extend import PlainColumns

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("notices_delivery", "status port detail"),
    PlainColumns("notices_notice", "district_id number kind port recipient language facts source programme"),
    PlainColumns("notices_webhook", "district_id url kinds form"),
)
