"""Columns of the room that hold something of a person, and those that do not: mails and imported rows."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

_CASE = "case_id = %(case)s"

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "intake_pending_merge.result",
        Holds.WORDS,
        "closing words of an imported row until it is settled",
        of_case=_CASE,
        emptied="''",
    ),
    PersonalPlace(
        "intake_mail_left.content",
        Holds.WORDS,
        "a mail not wholly taken, sealed; else 180 days",
        of_case=_CASE,
        emptied="NULL",
        seals="identity",
    ),
    PersonalPlace(
        "intake_mail_left.digest",
        Holds.TRACE,
        "digest of that mail, so that it is listed once",
        of_case=_CASE,
        emptied="''",
    ),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("intake_import", "district_id sha256 table source mapping"),
    PlainColumns("intake_mail_left", "district_id outcome reasons key_id settled_by settled_as"),
    PlainColumns("intake_pending_merge", "district_id source parent_number"),
    PlainColumns("intake_source", "district_id name owner"),
    PlainColumns("intake_surge", "district_id category area expected cases seen_by"),
    PlainColumns("intake_upward", "district_id source"),
)
