"""Columns of the room that hold something of a person, and those that do not: suggestions and what methods learnt."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

_CASE = "case_id = %(case)s"
_IF_PLACE = "CASE kind WHEN 'place' THEN {0} ELSE {1} END"
_NO_PLACES = _IF_PLACE.format("'[]'", "alternatives")
_NO_ANSWER = _IF_PLACE.format("NULL", "answer_value")

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "suggestions_suggestion.value", Holds.WORDS, "a place", of_case=_CASE, emptied=_IF_PLACE.format("''", "value")
    ),
    PersonalPlace("suggestions_suggestion.alternatives", Holds.WORDS, "places", of_case=_CASE, emptied=_NO_PLACES),
    PersonalPlace(
        "suggestions_suggestion.reasons",
        Holds.WORDS,
        "words that spoke for a suggestion",
        of_case=_CASE,
        emptied="'[]'",
    ),
    PersonalPlace("suggestions_suggestion.answer_value", Holds.WORDS, "place", of_case=_CASE, emptied=_NO_ANSWER),
    PersonalPlace(
        "models/", Holds.WORDS, "words that methods learnt with counts; trained anew by `bihuan triage train`"
    ),
    PersonalPlace("places/", Holds.WORDS, "names of places learnt from many reports, none from one alone"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("suggestions_awaited", "task district_id"),
    PlainColumns("suggestions_counted", "district_id month lines"),
    PlainColumns("suggestions_suggestion", "district_id kind model answer answered_by"),
)
