"""`bihuan token issue|list|revoke|bind|sources`: secrets of programs that call the API, and what they speak for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.registers.models import ApiToken, User

app = typer.Typer(no_args_is_help=True, help="Secrets for programs that call the API · 接口令牌")

UserArgument = Annotated[str, typer.Argument(help="Log-in name of the person or system it belongs to. 用户名")]
DEFAULT_DAYS = 90


@app.command("issue")
def issue(
    user: UserArgument,
    name: Annotated[str, typer.Option("--name", help="What it is for, as the list shows it. 用途")],
    days: Annotated[int, typer.Option("--days", help="Days until it ends, at most 366. 有效天数")] = DEFAULT_DAYS,
    scopes: Annotated[str, typer.Option("--scopes", help="report, read, act, audit, by commas. 权限范围")] = "read",
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it, this once; it may do at most what its owner may. 签发令牌

    See docs/topics/api.md.
    """
    start_django()
    from bihuan.registers.people import issue_token
    from bihuan.registers.pure.errors import RegisterError

    owner, wanted = _user(user), _known_scopes(scopes)
    try:
        text, row = issue_token(owner, _named(name), wanted, datetime.now(UTC) + timedelta(days=days))
    except (RegisterError, OverflowError) as error:
        fail(str(error), "give --days between 1 and 366")
    shown = f"{row.id}  {owner.username}  {row.name}\ntoken 令牌: {text}\nIt is not shown again. 仅显示一次"
    finish({"ok": True, **_told(row), "token": text}, as_json=as_json, text=shown)


@app.command("list")
def list_tokens(
    user: Annotated[str, typer.Option("--user", help="Only those of this person. 仅此用户")] = "",
    as_json: JsonOption = False,
) -> None:
    """List the tokens in force, without their text. 列出令牌

    See docs/topics/api.md.
    """
    start_django()
    from bihuan.registers.models import ApiToken

    rows = ApiToken.objects.select_related("user").filter(revoked_at=None, expires_at__gt=datetime.now(UTC))
    if user:
        rows = rows.filter(user=_user(user))
    told = [_told(row) for row in rows.order_by("expires_at", "id")]
    lines = [f"{t['id']}  {t['user']}  {t['name']}  {','.join(t['scopes'])}  until {t['expires_at']}" for t in told]
    finish({"ok": True, "tokens": told}, as_json=as_json, text="\n".join(lines) or "no tokens · 暂无令牌")


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Id as printed by issue or list. 令牌编号")], as_json: JsonOption = False
) -> None:
    """End a token; running servers refuse it within two seconds. 撤销令牌

    See docs/topics/api.md.
    """
    start_django()
    from bihuan.registers.models import ApiToken
    from bihuan.registers.people import revoke_token

    try:
        row = ApiToken.objects.select_related("user").filter(pk=UUID(key), revoked_at=None).first()
    except ValueError:
        row = None
    if row is None:
        fail(f"no token {key} is in force", "see `bihuan token list`")
    revoke_token(row)
    finish({"ok": True, **_told(row)}, as_json=as_json, text=f"revoked {row.name} of {row.user.username} · 已撤销")


@app.command("bind")
def bind(
    source: Annotated[str, typer.Argument(help="Name under which another system numbers its reports. 来源名称")],
    key: Annotated[str, typer.Argument(help="Id of a token in force, as printed by issue or list. 令牌编号")],
    move: Annotated[bool, typer.Option("--move", help="Take it from its present owner. 从现有系统转出")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give a source to the account of a token: only its tokens may report under that name. 绑定来源

    See docs/topics/api.md.
    """
    start_django()
    from bihuan.intake.sources import assign_source
    from bihuan.loop.actors import actor_of
    from bihuan.loop.store import current_facts
    from bihuan.registers.pure.roles import roles_that

    row, facts = _in_force(key), current_facts()
    actor = actor_of(row.user, facts.now, facts.registers)
    if not actor.may("relay") or "report" not in row.scopes:
        fail(
            f"此令牌不能以来源名义报送 · this token of {row.user.username} may not report under a source",
            f"it needs a role that relays ({', '.join(roles_that('relay'))}; bihuan load users FILE) "
            "and the scope report (bihuan token issue)",
        )
    before = assign_source(source, actor.id, facts.registers.district.code, facts.now, move=move)
    told = {"ok": True, "source": source, "user": row.user.username, "token": str(row.id), "moved": before is not None}
    finish(told, as_json=as_json, text=f"{source} → {row.user.username} · 来源已绑定")


@app.command("sources")
def list_sources(as_json: JsonOption = False) -> None:
    """List the sources and the accounts they belong to. 列出来源

    See docs/topics/api.md.
    """
    start_django()
    from bihuan.intake.models import Source
    from bihuan.loop.store import current_facts
    from bihuan.registers.models import User

    rows = list(Source.objects.filter(district_id=current_facts().registers.district.code).order_by("name"))
    keys = [row.owner.removeprefix("user:") for row in rows if row.owner.startswith("user:")]
    names = {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=keys).values_list("pk", "username")}
    told = [
        {"source": r.name, "user": names.get(r.owner, r.owner), "since": r.bound_at.astimezone(UTC).isoformat()}
        for r in rows
    ]
    lines = [f"{t['source']}  {t['user']}  {t['since']}" for t in told]
    finish({"ok": True, "sources": told}, as_json=as_json, text="\n".join(lines) or "no sources · 暂无来源")


def _in_force(key: str) -> ApiToken:
    from bihuan.registers.models import ApiToken

    try:
        valid = ApiToken.objects.filter(pk=UUID(key), revoked_at=None, expires_at__gt=datetime.now(UTC))
    except ValueError:
        valid = ApiToken.objects.none()
    row = valid.select_related("user").filter(user__is_active=True).first()
    if row is None:
        fail(f"no token {key} is in force · 没有有效的令牌 {key}", "see `bihuan token list`")
    return row


def _user(name: str) -> User:
    from bihuan.registers.models import User

    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        fail(f"there is no active user {name!r}", "load one with `bihuan load users FILE`, or correct the name")
    return found


def _named(name: str) -> str:
    if not 0 < len(name.strip()) <= 64:
        fail("--name must have 1 to 64 characters", "say what the token is for")
    return name.strip()


def _known_scopes(text: str) -> list[str]:
    from bihuan.faces.api.access import SCOPES

    wanted = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in wanted if part not in SCOPES]
    if unknown or not wanted:
        fail(f"--scopes {text!r}: not a scope", f"name one or more of {', '.join(SCOPES)}, separated by commas")
    return wanted


def _told(row: ApiToken) -> dict[str, Any]:
    return {
        "id": str(row.id), "user": row.user.username, "name": row.name, "scopes": row.scopes,
        "expires_at": row.expires_at.astimezone(UTC).isoformat(), "last_used_on": str(row.last_used_on or ""),
    }  # fmt: skip
