"""Columns of the room that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace("box_envelope.voter", Holds.TRACE, "code of who took part; stays, for the count rests on it"),
    PersonalPlace("box_envelope.sealed", Holds.SECRET, "what was put in, encrypted; stays, for anybody recounts"),
    PersonalPlace("box_envelope.digest", Holds.TRACE, "salted digest of an envelope; stands in the log"),
    PersonalPlace("box_voter_code.voter", Holds.TRACE, "code of who may put in online; stays with the vote"),
    PersonalPlace("box_voter_code.code_index", Holds.SECRET, "keyed hash of a voter's access code"),
    PersonalPlace("box_opening.record", Holds.TRACE, "opened envelopes under codes of voters, public for recounting"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("box_envelope", "district_id box lot channel key_id"),
    PlainColumns("box_voter_code", "district_id box lot"),
    PlainColumns("box_opening", "district_id box lot"),
)
