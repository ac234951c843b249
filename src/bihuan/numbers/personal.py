"""Columns of the room that hold something of a person, and those that do not: figures."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace("indicator_snapshot.reason", Holds.STAFF, "why a figure was restated; published"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("indicator_snapshot", "district_id period made_by body digest previous"),
    PlainColumns("number_case", "district_id number cells"),
    PlainColumns("number_cell", "district_id indicator programme area unit category excluded"),
    PlainColumns("number_period", "district_id period kind basis basis_digest cursor"),
    PlainColumns("number_progress", "district_id at root figures"),
    PlainColumns("number_stock", "district_id state programme area restricted holder_id"),
    PlainColumns("number_slice", "by indicator programme key excluded district_id"),
)
