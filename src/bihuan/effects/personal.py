"""Columns of the room: none holds anything of a person."""

from bihuan.extend import PlainColumns

PLAIN: tuple[PlainColumns, ...] = (PlainColumns("effect_position", "district_id"),)
