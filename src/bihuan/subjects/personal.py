"""Columns of the room that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "subject_sealed.ciphertext",
        Holds.IDENTITY,
        "personal and secret fields of subjects, encrypted; while the subject exists and its retention after",
    ),
    PersonalPlace("subject_version.sealed_digest", Holds.TRACE, "keyed digest of them, to see whether they changed"),
    PersonalPlace("subject_look.purpose", Holds.STAFF, "why somebody looked; append-only, kept as proof"),
    PersonalPlace("subject_change.reason", Holds.STAFF, "why somebody changed a subject by hand"),
    PersonalPlace("subject_revision.content", Holds.IDENTITY, "what is asked for, encrypted; until it is decided"),
    PersonalPlace("subject_revision.reason", Holds.STAFF, "why somebody asked for a change"),
    PersonalPlace("subject_revision.why", Holds.STAFF, "why a revision was refused"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("subject_change", "district_id type edition kind actor source counts file_sha256 root"),
    PlainColumns("subject_fence", "id district_id fence roles programmes"),
    PlainColumns("subject_found", "district_id type field value key fence"),
    PlainColumns("subject_look", "district_id fence role programme actor"),
    PlainColumns("subject_revision", "district_id type kind key key_id counts proposed_by decision decided_by"),
    PlainColumns("subject_sealed", "district_id type key fence key_id"),
    PlainColumns("subject_version", "district_id type key fence values origin salt hash"),
)
