"""Columns of the room that hold something of a person, and those that do not: accounts, sessions, kept rows."""

from bihuan.extend import Holds, PersonalPlace, PlainColumns

PLACES: tuple[PersonalPlace, ...] = (
    PersonalPlace(
        "server_kept.content",
        Holds.WORDS,
        "models, learnt places, plans, draws, briefings; words that methods learnt with counts and "
        "corrections with names masked; trained anew by `bihuan triage train`",
    ),
    PersonalPlace(
        "backups/", Holds.WORDS, "whole copies, encrypted with the passphrase; kept as long as the operator says"
    ),
    PersonalPlace("secrets.env", Holds.SECRET, "the installation's keys; only for the user that serves and works"),
    PersonalPlace(
        "owner.env", Holds.SECRET, "passwords of the database's owner; only for whoever sets the installation up"
    ),
    PersonalPlace("account_emailaddress.email", Holds.STAFF, "address of staff, as the sign-in keeps it"),
    PersonalPlace("account_emailconfirmation.key", Holds.SECRET, "one-time key"),
    PersonalPlace("mfa_authenticator.data", Holds.SECRET, "second factors of staff"),
    PersonalPlace("socialaccount_socialaccount.uid", Holds.STAFF, "staff's id at the single sign-on"),
    PersonalPlace("socialaccount_socialaccount.extra_data", Holds.STAFF, "what the single sign-on told of staff"),
    PersonalPlace("socialaccount_socialapp.secret", Holds.SECRET, "secret of the single sign-on"),
    PersonalPlace("socialaccount_socialapp.key", Holds.SECRET, "key of the single sign-on"),
    PersonalPlace("socialaccount_socialtoken.token", Holds.SECRET, "token of the single sign-on"),
    PersonalPlace("socialaccount_socialtoken.token_secret", Holds.SECRET, "its secret"),
    PersonalPlace("django_session.session_key", Holds.SECRET, "a browser; ends after twelve hours"),
    PersonalPlace(
        "django_session.session_data", Holds.TRACE, "which report a browser follows; ends after twelve hours"
    ),
    PersonalPlace("server_cache.cache_key", Holds.TRACE, "what sign-in limits count; expires"),
    PersonalPlace(
        "server_limit.name", Holds.TRACE, "keyed digest of an address, number or account; gone within the hour"
    ),
    PersonalPlace("server_cache.value", Holds.TRACE, "counts; expires"),
)

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("auth_group", "name"),
    PlainColumns("auth_permission", "name codename"),
    PlainColumns("django_content_type", "app_label model"),
    PlainColumns("django_migrations", "app name"),
    PlainColumns("mfa_authenticator", "type"),
    PlainColumns("pg_stat_statements", "query"),
    PlainColumns("socialaccount_socialaccount", "provider"),
    PlainColumns("socialaccount_socialapp", "provider name client_id provider_id settings"),
    PlainColumns("server_kept", "room name sha256"),
    PlainColumns("server_heartbeat", "loop"),
)
