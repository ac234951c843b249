"""Columns of the room that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace("entitlement_row.key", Holds.TRACE, "code of whom a grant is for; of people a code of theirs"),
    PersonalPlace("entitlement_row.reason", Holds.STAFF, "why somebody was struck from a list; published with it"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("entitlement_list", "district_id key policy edition period frozen_by digest paid_by"),
    PlainColumns("entitlement_row", "district_id alternative state"),
)
