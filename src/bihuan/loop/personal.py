"""Columns of the room that hold something of a person, and those that do not: cases, events, files."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

_EVENTS = "event_id IN (SELECT id FROM loop_event WHERE case_id = %(case)s)"
_CASE = "case_id = %(case)s"

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "loop_event_private.body", Holds.WORDS, "the words of every event", of_case=_EVENTS, emptied="DELETE"
    ),
    PersonalPlace(
        "loop_case.title", Holds.WORDS, "first words of the report, for lists", of_case="id = %(case)s", emptied="''"
    ),
    PersonalPlace(
        "loop_report.external_number",
        Holds.TRACE,
        "number in another system; of a mail only a keyed digest",
        of_case=_CASE,
        emptied="NULL",
    ),
    PersonalPlace(
        "loop_report.fingerprint",
        Holds.TRACE,
        "digest of an imported row, to see changes",
        of_case=_CASE,
        emptied="NULL",
    ),
    PersonalPlace(
        "loop_report.digest",
        Holds.TRACE,
        "digest of what was handed in, to know a repetition",
        of_case=_CASE,
        emptied="NULL",
    ),
    PersonalPlace(
        "loop_key.digest",
        Holds.TRACE,
        "digest of what a key stood for; goes with the key",
        of_case=_CASE,
        emptied="NULL",
    ),
    PersonalPlace(
        "loop_report.access_hash", Holds.SECRET, "keyed hash of the access code", of_case=_CASE, emptied="NULL"
    ),
    PersonalPlace(
        "loop_key.key", Holds.TRACE, "keyed digest of caller and idempotency key", of_case=_CASE, emptied="DELETE"
    ),
    PersonalPlace(
        "loop_media.picture", Holds.PICTURE, "look of a photograph, to know it again", of_case=_CASE, emptied="NULL"
    ),
    PersonalPlace(
        "loop_media.taken_at", Holds.PICTURE, "when a photograph says it was taken", of_case=_CASE, emptied="NULL"
    ),
    PersonalPlace(
        "loop_media.lon_e6", Holds.PICTURE, "where a photograph says it was taken", of_case=_CASE, emptied="NULL"
    ),
    PersonalPlace(
        "loop_media.lat_e6", Holds.PICTURE, "where a photograph says it was taken", of_case=_CASE, emptied="NULL"
    ),
    PersonalPlace(
        "loop_media.path",
        Holds.PICTURE,
        "where the sealed original and its copies are; see `files_of`",
        of_case=_CASE,
        emptied="''",
    ),
    PersonalPlace(
        "media/", Holds.PICTURE, "originals and cleaned files under the identity key; copies without metadata"
    ),
    PersonalPlace(
        "loop_erasure.reason", Holds.STAFF, "why staff ask for an erasure, without personal words; else empty"
    ),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("loop_campaign", "id district_id programme kind members facts"),
    PlainColumns(
        "loop_case",
        "district_id number programme kind shape state channel category area urgency holder_kind holder_id "
        "holder_person lead involved outcome restricted pending history head about fold",
    ),
    PlainColumns("loop_clock", "name district_id"),
    PlainColumns("loop_edition", "programme edition digest declared tables"),
    PlainColumns("loop_stuck", "district_id loop subject number reason"),
    PlainColumns("loop_unit_queue", "unit district_id held_by person restricted"),
    PlainColumns("loop_erasure", "district_id ground asked_by decided_by outcome erased"),
    PlainColumns("loop_event", "district_id kind actor data private_hash salt prev hash"),
    PlainColumns("loop_event_private", "district_id salt"),
    PlainColumns("loop_key", "district_id"),
    PlainColumns("loop_media", "district_id sha256 content_type uploaded_by"),
    PlainColumns("loop_report", "district_id channel external_source registrar language"),
)

_KEYS = """
    about admission area article as_of attempt before before_merge binding by by_unit category chain channel clock
    clocks co_units contacted contacted_at draw duty edition ended evidence fields from heir
    history holder indicator kind lead media next_attempt_at number opened_at origin outcome parent parties
    parties_moved party pending person picture place programme reason reopens report reporters request
    rests_on restricted result returns sampled satisfied score sha256 shape signature size solvable state subject
    submitted_at table taken_at to type unit until urgency verification why
    facts observation watch what demands finder_unit found kept cited ground
"""
EVENT_KEYS: frozenset[str] = frozenset(_KEYS.split())
"""Keys of public event data: codes, ids, times and figures; what anybody writes is in the words (`kernel.apart`)."""
