"""Columns of the room that hold something of a person, and those that do not: observations name subjects by key."""

from bihuan.extend import PlainColumns

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("series_meaning", "district_id series unit"),
    PlainColumns("series_line", "district_id series subject latest_flag"),
    PlainColumns("series_batch", "district_id series source actor root"),
    PlainColumns("series_touched", "district_id"),
    PlainColumns("series_checkpoint", "district_id rule rule_digest state"),
    PlainColumns("series_incident", "district_id rule kind cited"),
    PlainColumns("series_closed", "district_id series period digest reason made_by"),
)
