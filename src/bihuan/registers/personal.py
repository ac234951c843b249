"""Columns of the room that hold something of a person, and those that do not: identities, accounts, looks."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

_REPORTER = "identity_id IN (SELECT identity_id FROM loop_report WHERE case_id = %(case)s)"
_SEALED = "id IN (SELECT identity_id FROM loop_report WHERE case_id = %(case)s)"

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "registers_identity.ciphertext",
        Holds.IDENTITY,
        "the reporter, encrypted; ends by loop.retention.sweep",
        of_case=_SEALED,
    ),
    PersonalPlace(
        "registers_identity.phone_index",
        Holds.TRACE,
        "keyed index of the phone; goes with the identity",
        of_case=_SEALED,
    ),
    PersonalPlace(
        "registers_identityaccess.phone_index",
        Holds.TRACE,
        "what a look-up asked for, keyed; append-only",
        of_case=_REPORTER,
    ),
    PersonalPlace("registers_user.username", Holds.STAFF, "log-in name; while the account exists"),
    PersonalPlace("registers_user.name", Holds.STAFF, "name of staff"),
    PersonalPlace("registers_user.email", Holds.STAFF, "address of staff"),
    PersonalPlace("registers_user.password", Holds.SECRET, "Argon2 hash"),
    PersonalPlace("registers_apitoken.digest", Holds.SECRET, "hash of a token"),
    PersonalPlace("registers_identityaccess.purpose", Holds.STAFF, "why somebody looked; append-only, kept as proof"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("registers_apitoken", "name scopes"),
    PlainColumns("registers_area", "code name_zh name_en level parent polygon district_id"),
    PlainColumns("registers_calendaredition", "jurisdiction edition data"),
    PlainColumns("registers_deputy", "deputy when district_id"),
    PlainColumns("registers_district", "code name_zh name_en zone calendar dial_country dial_area"),
    PlainColumns("registers_duty", "category area lead co citation district_id"),
    PlainColumns("registers_grant", "role scope_kind scope district_id"),
    PlainColumns("registers_identity", "key_id district_id"),
    PlainColumns("registers_identityaccess", "actor kind district_id"),
    PlainColumns("registers_organisation", "code district_id"),
    PlainColumns("registers_organisationspan", "name_zh name_en kind areas clients successors"),
    PlainColumns("registers_user", "language district_id"),
)
