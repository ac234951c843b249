"""Columns of the room that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "book_account.subject", Holds.TRACE, "code of whom or what an account is kept for; of people a code of theirs"
    ),
    PersonalPlace("book_entry.restates", Holds.STAFF, "why a closed period was restated; published"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("book_account", "district_id book name unit"),
    PlainColumns("book_closing", "district_id book actor"),
    PlainColumns("book_entry", "district_id book key kind actor salt digest"),
    PlainColumns("book_hold", "district_id book key kind actor salt digest"),
    PlainColumns("book_interval", "district_id book kind key resource state actor salt"),
    PlainColumns("book_interval_step", "district_id how actor"),
    PlainColumns("book_line", "district_id"),
    PlainColumns("book_release", "district_id how actor"),
    PlainColumns("book_waiting", "district_id book account subject key kind values actor"),
    PlainColumns("book_waiting_end", "district_id how actor"),
)
