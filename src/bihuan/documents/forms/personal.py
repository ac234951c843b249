"""Columns of forms that hold something of a person, and those that do not."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

_OF_CASE = "id IN (SELECT id FROM form_submission WHERE case_id = %(case)s)"

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "form_content.sealed",
        Holds.WORDS,
        "everything a form said, encrypted; until the retention its form declares ends",
        of_case=_OF_CASE,
        emptied="DELETE",
    ),
    PersonalPlace(
        "form_draft.sealed", Holds.WORDS, "a form that was begun, encrypted; gone after the days it declares"
    ),
    PersonalPlace("form_draft.code_hash", Holds.SECRET, "keyed digest of the code that resumes a draft; goes with it"),
    PersonalPlace("form_submission.digest", Holds.TRACE, "keyed digest of what was sent, to know it again"),
    PersonalPlace(
        "form_submission.hash", Holds.TRACE, "salted digest of what was sent; its salt goes with the content"
    ),
    PersonalPlace(
        "form_upload.sha256", Holds.TRACE, "digest of an upload that was not sent yet; a day, or its draft's time"
    ),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("form_content", "district_id key_id"),
    PlainColumns("form_draft", "district_id form edition key_id"),
    PlainColumns("form_upload", "district_id form"),
    PlainColumns(
        "form_submission",
        "district_id form edition declared programme key actor language said taken number",
    ),
)
