"""Columns of the room that hold something of a person, and those that do not: drafts, notes, saved views."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "faces_shift_note.text", Holds.STAFF, "what a shift tells the next; not for personal words of residents"
    ),
    PersonalPlace("faces_draft.sealed", Holds.WORDS, "an interrupted form, sealed; two hours, then faces.drafts.sweep"),
    PersonalPlace("faces_saved_view.name", Holds.STAFF, "name of a saved filter"),
    PersonalPlace("faces_saved_view.query", Holds.STAFF, "a saved filter"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("faces_desk_lock", "district_id holder"),
    PlainColumns("faces_draft", "key_id uploads"),
    PlainColumns("faces_saved_view", "owner"),
    PlainColumns("faces_shift_note", "district_id author"),
)
