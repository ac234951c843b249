"""Columns of the room that hold something of a person, and those that do not."""

from bihuan.documents.forms import personal as forms
from bihuan.documents.versions import personal as versions
from bihuan.extend import Holds, PersonalPlace, PlainColumns

_LETTERS = "letter_id IN (SELECT id FROM documents_letter WHERE case_id = %(case)s)"

PLACES: tuple[PersonalPlace, ...] = (
    *forms.PLACES,
    *versions.PLACES,
    PersonalPlace(
        "documents_letter_words.sealed",
        Holds.WORDS,
        "facts of a letter and whom it goes to, encrypted",
        of_case=_LETTERS,
        emptied="NULL",
        seals="identity_id",
    ),
    PersonalPlace(
        "documents_letter_file.sealed",
        Holds.WORDS,
        "a letter as it was sent, encrypted; its digest stays",
        of_case=_LETTERS,
        emptied="NULL",
    ),
    PersonalPlace(
        "documents_letter.code_index",
        Holds.SECRET,
        "keyed digest of the check code; the letter it belongs to is emptied with its case",
    ),
    PersonalPlace(
        "documents_certificate_token.sealed",
        Holds.WORDS,
        "a certificate with everything that it certifies, encrypted; its digest stays",
        of_case="certificate_id IN (SELECT id FROM documents_certificate WHERE case_id = %(case)s)",
        emptied="NULL",
    ),
    PersonalPlace(
        "documents_certificate.code_index",
        Holds.SECRET,
        "keyed digest of the check code; the certificate it belongs to is emptied with its case",
    ),
    PersonalPlace(
        "documents_certificate_key.sealed", Holds.SECRET, "private key that certificates are signed with, encrypted"
    ),
    PersonalPlace("documents_certificate_step.reason", Holds.STAFF, "why an officer ended a certificate"),
)

PLAIN: tuple[PlainColumns, ...] = (
    *forms.PLAIN,
    *versions.PLAIN,
    PlainColumns(
        "documents_letter",
        "district_id letter edition programme occasion number unit language basis remedies files ways actor",
    ),
    PlainColumns(
        "documents_certificate",
        "district_id certificate edition programme occasion subject kid digest actor",
    ),
    PlainColumns("documents_certificate_token", "district_id key_id"),
    PlainColumns("documents_certificate_step", "district_id kind actor"),
    PlainColumns("documents_certificate_key", "district_id kid jwk key_id"),
    PlainColumns("documents_certificate_list", "district_id"),
    PlainColumns("documents_letter_words", "district_id key_id"),
    PlainColumns("documents_letter_file", "name district_id key_id"),
    PlainColumns("documents_letter_delivery", "district_id way status detail actor"),
    PlainColumns("documents_letter_due", "way district_id"),
    PlainColumns("documents_letter_count", "district_id letter"),
    PlainColumns("documents_letter_position", "district_id source"),
    PlainColumns("documents_order", "district_id name edition programme lane key facts texts digest"),
    PlainColumns("documents_order_to", "addressee district_id"),
    PlainColumns("documents_order_event", "district_id kind actor addressee data"),
)
