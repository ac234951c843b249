"""Columns of the room that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "book_account.subject", Holds.TRACE, "code of whom or what an account is kept for; of people a code of theirs"
    ),
    PersonalPlace("book_pass.person", Holds.TRACE, "keyed digest of who asked; it tells a second application"),
    PersonalPlace("book_pass.area", Holds.TRACE, "the street of who asked; counted, never shown alone"),
    PersonalPlace("book_pass_answer.mark", Holds.TRACE, "keyed digest of a pass: it tells a second answer"),
    PersonalPlace("book_pass_answer.said", Holds.TRACE, "numbers that the holder of a pass gave; published as means"),
    PersonalPlace("book_entry.restates", Holds.STAFF, "why a closed period was restated; published"),
    PersonalPlace(
        "book_bank_line.reference", Holds.TRACE, "what the payer gave the bank as a reference; mostly an entry's number"
    ),
    PersonalPlace("book_reconciliation.rest", Holds.TRACE, "lines that nothing answered, with the bank's reference"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("book_account", "district_id book name unit"),
    PlainColumns("book_answered", "district_id book account side line how"),
    PlainColumns("book_bank_line", "district_id book account line"),
    PlainColumns("book_closing", "district_id book actor"),
    PlainColumns("book_entry", "district_id book key kind actor salt digest"),
    PlainColumns("book_hold", "district_id book key kind actor salt digest"),
    PlainColumns("book_interval", "district_id book kind key resource state actor salt"),
    PlainColumns("book_interval_step", "district_id how actor"),
    PlainColumns("book_line", "district_id"),
    PlainColumns("book_pass", "district_id book kind key subject code_index actor"),
    PlainColumns("book_pass_answer", "district_id book kind subject"),
    PlainColumns("book_pass_draw", "district_id seed actor"),
    PlainColumns("book_pass_end", "district_id how actor"),
    PlainColumns("book_pass_list", "district_id book kind subject digest source actor"),
    PlainColumns("book_reconciliation", "district_id book account actor file figures"),
    PlainColumns("book_release", "district_id how actor"),
    PlainColumns("book_waiting", "district_id book account subject key kind values actor"),
    PlainColumns("book_waiting_end", "district_id how actor"),
)
