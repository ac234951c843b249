"""The register of personal words: every place that can hold something of a person, and how it is emptied.

One list. A column, a key of event data or a folder that is not in it fails a test, so nothing personal is kept where
erasure and retention do not look. `PLACES` hold something of a person; everything of `PLAIN` and `EVENT_KEYS` is
declared to hold codes, ids, times and texts of the house only, and the identity canary test searches it for people.

Erasure of one case walks `empty_places(case)` inside the transaction that records it as an event; whoever erases on
request adds the sealed identities (`bihuan.registers.identity.erase_identity`, which logs) and the files (`files_of`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import connection


class Holds(StrEnum):
    """What a place holds of a person."""

    WORDS = "words"  # what somebody wrote about themselves and others
    IDENTITY = "identity"  # name, phone, address; encrypted
    PICTURE = "picture"  # photographs and what was read from them
    TRACE = "trace"  # leads back to a person: message ids, digests of contents, blind indexes, addresses
    SECRET = "secret"  # opens something: codes, passwords, keys  # noqa: S105 - the word, not a secret
    STAFF = "staff"  # people who work here, under their own names


class Place(NamedTuple):
    """One place.

    Args:
        where: `table.column`, or a path below BIHUAN_HOME.
        holds: What.
        of_case: SQL condition that finds the rows of one case (`%(case)s`); empty: not kept by case.
        emptied: SQL of the emptied value; `DELETE` removes the row; empty: `why` says who empties it.
        why: What it is for, and when and by whom it goes when not with its case.
    """

    where: str
    holds: Holds
    of_case: str
    emptied: str
    why: str

    @property
    def table(self) -> str:
        """The table of a column."""
        return self.where.partition(".")[0]

    @property
    def column(self) -> str:
        """The column itself."""
        return self.where.partition(".")[2]


_EVENTS = "event_id IN (SELECT id FROM loop_event WHERE case_id = %(case)s)"
_CASE = "case_id = %(case)s"
_REPORTER = "identity_id IN (SELECT identity_id FROM loop_report WHERE case_id = %(case)s)"
_SEALED = "id IN (SELECT identity_id FROM loop_report WHERE case_id = %(case)s)"
_IF_PLACE = "CASE kind WHEN 'place' THEN {0} ELSE {1} END"
_NO_PLACES = _IF_PLACE.format("'[]'", "alternatives")
_NO_ANSWER = _IF_PLACE.format("NULL", "answer_value")
_W, _I, _P, _T, _S, _F = Holds.WORDS, Holds.IDENTITY, Holds.PICTURE, Holds.TRACE, Holds.SECRET, Holds.STAFF

PLACES: tuple[Place, ...] = (
    # -- of reporters, found by case
    Place("loop_event_private.body", _W, _EVENTS, "DELETE", "the words of every event"),
    Place("loop_case.title", _W, "id = %(case)s", "''", "first words of the report, for lists"),
    Place("loop_report.external_number", _T, _CASE, "NULL", "number in another system; of a mail only a keyed digest"),
    Place("loop_report.fingerprint", _T, _CASE, "NULL", "digest of an imported row, to see changes"),
    Place("loop_report.digest", _T, _CASE, "NULL", "digest of what was handed in, to know a repetition"),
    Place("loop_key.digest", _T, _CASE, "NULL", "digest of what a key stood for; goes with the key"),
    Place("loop_report.access_hash", _S, _CASE, "NULL", "keyed hash of the access code"),
    Place("loop_key.key", _T, _CASE, "DELETE", "keyed digest of caller and idempotency key"),
    Place("loop_media.picture", _P, _CASE, "NULL", "look of a photograph, to know it again"),
    Place("loop_media.taken_at", _P, _CASE, "NULL", "when a photograph says it was taken"),
    Place("loop_media.lon_e6", _P, _CASE, "NULL", "where a photograph says it was taken"),
    Place("loop_media.lat_e6", _P, _CASE, "NULL", "where a photograph says it was taken"),
    Place("loop_media.path", _P, _CASE, "''", "where the sealed original and its copies are; see `files_of`"),
    Place("registers_identity.ciphertext", _I, _SEALED, "", "the reporter, encrypted; ends by loop.retention.sweep"),
    Place("registers_identity.phone_index", _T, _SEALED, "", "keyed index of the phone; goes with the identity"),
    Place("registers_identityaccess.phone_index", _T, _REPORTER, "", "what a look-up asked for, keyed; append-only"),
    Place("intake_pending_merge.result", _W, _CASE, "''", "closing words of an imported row until it is settled"),
    Place("intake_mail_left.content", _W, _CASE, "NULL", "a mail not wholly taken, sealed; else 180 days"),
    Place("intake_mail_left.digest", _T, _CASE, "''", "digest of that mail, so that it is listed once"),
    Place("suggestions_suggestion.value", _W, _CASE, _IF_PLACE.format("''", "value"), "a place"),
    Place("suggestions_suggestion.alternatives", _W, _CASE, _NO_PLACES, "places"),
    Place("suggestions_suggestion.reasons", _W, _CASE, "'[]'", "words that spoke for a suggestion"),
    Place("suggestions_suggestion.answer_value", _W, _CASE, _NO_ANSWER, "place"),
    Place("server_kept.content", _W, "", "", "models, learnt places, plans, draws, briefings; words that methods "
          "learnt "
          "with counts and corrections with names masked; trained anew by `bihuan triage train`"),
    # -- files
    Place("media/", _P, "", "", "originals and cleaned files under the identity key; copies without metadata"),
    Place("lake/", _T, "", "", "codes, times, public reasons; no words; `bihuan lake sync` writes months anew"),
    Place("models/", _W, "", "", "words that methods learnt with counts; trained anew by `bihuan triage train`"),
    Place("places/", _W, "", "", "names of places learnt from many reports, none from one alone"),
    Place("briefings/", _W, "", "", "documents for leaders; counts and public reasons"),
    Place("prevention/", _T, "", "", "plans by area and category"),
    Place("draws/", _T, "", "", "case numbers drawn for a call-back"),
    Place("backups/", _W, "", "", "whole copies, encrypted with the passphrase; kept as long as the operator says"),
    Place("secrets.env", _S, "", "", "the installation's keys; only for the user that serves and works"),
    Place("owner.env", _S, "", "", "passwords of the database's owner; only for whoever sets the installation up"),
    # -- people who work here, and what opens something
    Place("registers_user.username", _F, "", "", "log-in name; while the account exists"),
    Place("registers_user.name", _F, "", "", "name of staff"),
    Place("registers_user.email", _F, "", "", "address of staff"),
    Place("registers_user.password", _S, "", "", "Argon2 hash"),
    Place("registers_apitoken.digest", _S, "", "", "hash of a token"),
    Place("registers_identityaccess.purpose", _F, "", "", "why somebody looked; append-only, kept as proof"),
    Place("account_emailaddress.email", _F, "", "", "address of staff, as the sign-in keeps it"),
    Place("account_emailconfirmation.key", _S, "", "", "one-time key"),
    Place("mfa_authenticator.data", _S, "", "", "second factors of staff"),
    Place("socialaccount_socialaccount.uid", _F, "", "", "staff's id at the single sign-on"),
    Place("socialaccount_socialaccount.extra_data", _F, "", "", "what the single sign-on told of staff"),
    Place("socialaccount_socialapp.secret", _S, "", "", "secret of the single sign-on"),
    Place("socialaccount_socialapp.key", _S, "", "", "key of the single sign-on"),
    Place("socialaccount_socialtoken.token", _S, "", "", "token of the single sign-on"),
    Place("socialaccount_socialtoken.token_secret", _S, "", "", "its secret"),
    Place("django_session.session_key", _S, "", "", "a browser; ends after twelve hours"),
    Place("django_session.session_data", _T, "", "", "which report a browser follows; ends after twelve hours"),
    Place("server_cache.cache_key", _T, "", "", "what sign-in limits count; expires"),
    Place("server_limit.name", _T, "", "", "keyed digest of an address, number or account; gone within the hour"),
    Place("server_cache.value", _T, "", "", "counts; expires"),
    Place("loop_erasure.reason", _F, "", "", "why staff ask for an erasure, without personal words; else empty"),
    Place("faces_shift_note.text", _F, "", "", "what a shift tells the next; not for personal words of residents"),
    Place("faces_draft.sealed", _W, "", "", "an interrupted form, sealed; two hours, then faces.drafts.sweep"),
    Place("faces_saved_view.name", _F, "", "", "name of a saved filter"),
    Place("faces_saved_view.query", _F, "", "", "a saved filter"),
    Place("indicator_snapshot.reason", _F, "", "", "why a figure was restated; published"),
)  # fmt: skip

PLAIN: dict[str, str] = {
    "auth_group": "name",
    "auth_permission": "name codename",
    "django_content_type": "app_label model",
    "django_migrations": "app name",
    "faces_desk_lock": "district_id holder",
    "faces_draft": "key_id uploads",
    "faces_saved_view": "owner",
    "faces_shift_note": "district_id author",
    "indicator_snapshot": "district_id period made_by body digest previous",
    "intake_import": "district_id sha256 table source mapping",
    "intake_mail_left": "district_id outcome reasons key_id settled_by settled_as",
    "intake_pending_merge": "district_id source parent_number",
    "intake_source": "district_id name owner",
    "intake_surge": "district_id category area expected cases seen_by",
    "intake_upward": "district_id source",
    "knowledge_article": "district_id key title_zh title_en body categories source digest search",
    "ledger_head": "root note",
    "ledger_held": "reason",
    "ledger_key": "key_id vkey vouched",
    "ledger_queue": "event_hash",
    "ledger_statement": "kind body hash",
    "ledger_tile": "hashes",
    "loop_campaign": "id district_id programme kind members facts",
    "loop_case": "district_id number programme kind shape state channel category area urgency holder_kind holder_id "
    "holder_person lead involved outcome restricted pending history head fold",
    "loop_clock": "name district_id",
    "loop_edition": "programme edition digest declared tables",
    "loop_stuck": "district_id loop subject number reason",
    "loop_unit_queue": "unit district_id held_by person restricted",
    "loop_erasure": "district_id ground asked_by decided_by outcome erased",
    "loop_event": "district_id kind actor data private_hash salt prev hash",
    "loop_event_private": "district_id salt",
    "loop_key": "district_id",
    "loop_media": "district_id sha256 content_type uploaded_by",
    "loop_report": "district_id channel external_source registrar language",
    "mfa_authenticator": "type",
    "number_case": "district_id number cells",
    "number_cell": "district_id indicator programme area unit category excluded",
    "number_period": "district_id period kind basis basis_digest cursor",
    "number_progress": "district_id at root figures",
    "number_slice": "by indicator programme key excluded district_id",
    "notices_delivery": "status port detail",
    "notices_notice": "district_id number kind port recipient language facts",
    "notices_webhook": "district_id url kinds",
    "pg_stat_statements": "query",
    "registers_apitoken": "name scopes",
    "registers_area": "code name_zh name_en level parent polygon district_id",
    "registers_calendaredition": "jurisdiction edition data",
    "registers_deputy": "deputy when district_id",
    "registers_district": "code name_zh name_en zone calendar dial_country dial_area",
    "registers_duty": "category area lead co citation district_id",
    "registers_grant": "role scope_kind scope district_id",
    "registers_identity": "key_id district_id",
    "registers_identityaccess": "actor kind district_id",
    "registers_organisation": "code district_id",
    "registers_organisationspan": "name_zh name_en kind areas clients successors",
    "registers_user": "language district_id",
    "socialaccount_socialaccount": "provider",
    "socialaccount_socialapp": "provider name client_id provider_id settings",
    "server_kept": "room name sha256",
    "suggestions_awaited": "task district_id",
    "suggestions_suggestion": "district_id kind model answer answered_by",
    "server_heartbeat": "loop",
}
"""Columns declared to hold nothing personal."""

_KEYS = """
    admission area article as_of attempt before before_merge binding by by_unit category chain channel clock
    clocks co_units contacted contacted_at draw duty edition ended evidence fields from heir
    history holder indicator kind lead media next_attempt_at number opened_at origin outcome parent parties
    parties_moved party pending person picture place programme reason reopens report reporters request
    rests_on restricted result returns sampled satisfied score sha256 shape signature size solvable state subject
    submitted_at table taken_at to type unit until urgency verification why
"""
EVENT_KEYS: frozenset[str] = frozenset(_KEYS.split())
"""Keys of public event data: codes, ids, times and figures; what anybody writes is in the words (`kernel.apart`)."""


def plain_columns() -> frozenset[str]:
    """Every `table.column` declared to hold nothing personal."""
    return frozenset(f"{table}.{column}" for table, columns in PLAIN.items() for column in columns.split())


def places_of_cases() -> Iterator[Place]:
    """The places that are kept by case and emptied with it.

    Source: docs/topics/operations.md, "Erasure on request"; docs/adr/0220 (one register of personal words).
    """
    return (place for place in PLACES if place.of_case and place.emptied)


def count_held(case: UUID) -> dict[str, int]:
    """How many rows of a case each place still holds something in."""
    counted = {}
    with connection.cursor() as cursor:
        for place in places_of_cases():
            if _exists(place.table):
                filled = "" if place.emptied == "DELETE" else f" AND {place.column} IS DISTINCT FROM {place.emptied}"
                sql = f"SELECT count(*) FROM {place.table} WHERE {place.of_case}{filled}"  # noqa: S608 - own constants
                cursor.execute(sql, {"case": case})
                counted[place.where] = int(cursor.fetchone()[0])
    return counted


def files_of(case: UUID) -> list[str]:
    """Paths below the media folder of files that belong to this case alone; read before `empty_places` empties them.

    Source: docs/topics/operations.md, "Erasure on request".
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT m.path FROM loop_media m WHERE m.case_id = %s AND m.path <> '' AND NOT EXISTS ("
            "SELECT FROM loop_media o WHERE o.path = m.path AND o.case_id IS DISTINCT FROM m.case_id)",
            [case],
        )
        return [path for (path,) in cursor.fetchall()]


def identities_of_mails(case: UUID) -> list[UUID]:
    """Sealed identities of the senders of mails about a case that were not, or not wholly, taken."""
    if not _exists("intake_mail_left"):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT identity FROM intake_mail_left WHERE case_id = %s", [case])
        return [identity for (identity,) in cursor.fetchall()]


def empty_places(case: UUID) -> dict[str, int]:
    """Empty every place of a case, inside the caller's transaction; how many rows each one had.

    Raises:
        RuntimeError: outside a transaction: an erasure stands or falls with the event that records it.

    Source: 个人信息保护法第四十七条; docs/topics/operations.md, "Erasure on request".
    """
    if not connection.in_atomic_block:
        raise RuntimeError("erase inside the transaction that records the erasure as an event")
    held = count_held(case)
    with connection.cursor() as cursor:
        for place in places_of_cases():
            if held.get(place.where):
                sql = (
                    f"DELETE FROM {place.table} WHERE {place.of_case}"  # noqa: S608 - own constants
                    if place.emptied == "DELETE"
                    else f"UPDATE {place.table} SET {place.column} = {place.emptied} WHERE {place.of_case}"  # noqa: S608
                )
                cursor.execute(sql, {"case": case})
    return held


def _exists(table: str) -> bool:
    return table in connection.introspection.table_names()
