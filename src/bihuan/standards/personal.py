"""Columns of the room that hold nothing of a person."""

from bihuan.extend import PlainColumns

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("standards_forward", "district_id forward endpoint number state remote detail"),
    PlainColumns("standards_subscription", "district_id urn owner wanted detail"),
)
