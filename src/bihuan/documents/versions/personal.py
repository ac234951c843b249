"""Columns of texts in versions that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace("document_conclusion.reason", Holds.STAFF, "why somebody concluded so; part of a public review"),
    PersonalPlace("document_version.text", Holds.STAFF, "the words of a rule or policy, not of a case"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("document_version", "district_id document title sha256 clauses source actor"),
    PlainColumns("document_conclusion", "district_id document sha256 spans kind verdict actor"),
)
