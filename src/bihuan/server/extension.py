"""What operations add to the house."""

from __future__ import annotations

from bihuan.extend import App, Loop, PersonalPlace, PlainColumns, Retention, Standard

SLOW_SECONDS = 300
"""Patience with a batch that erases files and identities."""


def apps() -> tuple[App, ...]:
    """Accounts, limits, heartbeats, kept rows."""
    return (App("bihuan.server", order=10),)


def loops() -> tuple[Loop, ...]:
    """What is kept for a time only ends."""
    from bihuan.server import retention

    return (Loop("retention", retention.end_due, 600.0, "到期清除", "retention", SLOW_SECONDS),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.server.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.server.personal import PLAIN

    return PLAIN


def retention() -> tuple[Retention, ...]:
    """Sessions, and what is counted."""
    from bihuan.server import limits
    from bihuan.server.retention import end_cached, end_sessions

    twelve = ("登录或其内容最近一次变动后 12 小时", "12 hours after it began or last changed")
    return (
        Retention("sessions", "登录会话", "Sessions of browsers", *twelve, "docs/adr/0244", end_sessions),
        Retention("limits", "限速计数", "Counts of limits", "1 小时", "One hour", "docs/adr/0244", limits.forget_old),
        Retention(
            "cache", "缓存的计数", "Cached counts", "各项自带时限", "Each with its own end", "docs/adr/0244", end_cached
        ),
    )


def standards() -> tuple[Standard, ...]:
    """What watches the house and how staff come in."""
    return (
        Standard(
            "Prometheus text exposition format",
            "1.0.0",
            "out",
            "/metrics",
            "运行指标",
            "How the house runs",
            "tests/server/test_web.py",
        ),
        Standard(
            "OpenID Connect Core", "1.0", "in", "/accounts/oidc/", "单位统一身份登录", "Single sign-on of staff", ""
        ),
        Standard(
            "RFC 6238 (TOTP)", "2011", "in", "/accounts/2fa/", "工作人员的第二因素", "The second factor of staff", ""
        ),
    )
