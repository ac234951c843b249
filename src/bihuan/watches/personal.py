"""Columns of the room that hold something of a person, and those that do not: subjects are named by key."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace("watch_silence.reason", Holds.STAFF, "why somebody silenced a watch; published with its end"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns(
        "watch_incident",
        "district_id watch programme type subject part incident current ended_how refused reminded facts",
    ),
    PlainColumns("watch_event", "district_id kind data"),
    PlainColumns("watch_run", "district_id counts problems"),
    PlainColumns("watch_page", "district_id url said"),
    PlainColumns("watch_silence", "district_id watch subject made_by lifted_by"),
)
