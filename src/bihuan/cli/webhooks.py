"""`bihuan webhook add|list|remove|test`: other systems that want to be told, each with a signing secret of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.notices.models import Webhook

app = typer.Typer(no_args_is_help=True, help="Tell other systems by signed webhooks · 推送订阅")

Key = Annotated[str, typer.Argument(help="Id as printed by add or list. 订阅编号")]
LONGEST = 500  # characters, as the table holds
FORMS = ("plain", "cloudevents-binary", "cloudevents-structured")
"""As `bihuan.notices.ports.cloudevents` has them, which is imported when a command runs."""
TEST = "test"


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where to post, http or https. 接收地址")],
    kinds: Annotated[str, typer.Option("--kinds", help="Notices wanted, by commas; all when left out. 通知种类")] = "",
    form: Annotated[str, typer.Option("--form", help=f"{', '.join(FORMS)}. 消息形式")] = FORMS[0],
    as_json: JsonOption = False,
) -> None:
    """Subscribe a URL and print its signing secret, this once. 新增订阅

    See docs/topics/notices.md, "Webhooks".
    """
    _check_url(url)
    if form not in FORMS:
        fail(f"there is no form {form}", f"use one of: {', '.join(FORMS)}", field="form")
    start_django()
    from bihuan.loop.store import current_facts
    from bihuan.notices.models import Webhook
    from bihuan.notices.ports.webhook import secret_of
    from bihuan.registers.pure.errors import RegisterError
    from bihuan.registers.pure.ids import new_id

    wanted = _known_kinds(kinds)
    try:
        district = current_facts().registers.district.code
    except RegisterError as error:
        fail(str(error), "load a district first: bihuan load district FOLDER")
    if Webhook.objects.filter(district_id=district, url=url, active=True).exists():
        fail(f"{url} is subscribed already", "see `bihuan webhook list`; remove it first to change its kinds")
    hook = Webhook.objects.create(id=new_id(), district_id=district, url=url, kinds=wanted, form=form)
    secret = secret_of(hook.id)
    text = f"{hook.id}  {url}\nsecret 签名密钥: {secret}\nIt is not shown again. 仅显示一次"
    finish({"ok": True, **_told(hook), "secret": secret}, as_json=as_json, text=text)


@app.command("list")
def list_hooks(as_json: JsonOption = False) -> None:
    """List the subscriptions, without their secrets. 列出订阅

    See docs/topics/notices.md, "Webhooks".
    """
    start_django()
    from bihuan.notices.models import Webhook

    told = [_told(hook) for hook in Webhook.objects.filter(active=True).order_by("created_at")]
    lines = [f"{w['id']}  {w['url']}  {', '.join(w['kinds']) or 'every kind'}" for w in told]
    finish({"ok": True, "webhooks": told}, as_json=as_json, text="\n".join(lines) or "no subscriptions · 暂无订阅")


@app.command("remove")
def remove(key: Key, as_json: JsonOption = False) -> None:
    """End a subscription; what was delivered stays on record. 取消订阅

    See docs/topics/notices.md, "Webhooks".
    """
    start_django()
    hook = _active(key)
    hook.active = False
    hook.save(update_fields=["active"])
    finish({"ok": True, **_told(hook)}, as_json=as_json, text=f"removed {hook.url} · 已取消")


@app.command("rotate")
def rotate(key: Key, as_json: JsonOption = False) -> None:
    """Turn the key of a subscription: print the new secret; for seven days messages bear both signatures. 轮换密钥

    See docs/topics/notices.md, "Webhooks".
    """
    start_django()
    from datetime import UTC, datetime

    from bihuan.notices.ports.webhook import OVERLAP, secret_of

    hook = _active(key)
    hook.turn, hook.turned_at = hook.turn + 1, datetime.now(UTC)
    hook.save(update_fields=["turn", "turned_at"])
    secret, until = secret_of(hook.id, hook.turn), (hook.turned_at + OVERLAP).isoformat()
    text = f"{hook.id}\nnew secret 新密钥: {secret}\nThe one before signs too until {until}. 旧密钥并用至此时"
    finish({"ok": True, **_told(hook), "secret": secret, "former_until": until}, as_json=as_json, text=text)


@app.command("test")
def send_test(key: Key, as_json: JsonOption = False) -> None:
    """Post one signed message of kind `test` now and say what the receiver answered. 测试推送

    See docs/topics/notices.md, "Webhooks".
    """
    start_django()
    from bihuan.notices.ports import PortError
    from bihuan.notices.ports.webhook import send
    from bihuan.registers.pure.ids import new_id

    hook = _active(key)
    try:
        send(hook, {"kind": TEST}, f"{TEST}-{new_id()}")
    except PortError as error:
        fail(f"{hook.url}: {error}", "check that it runs, is reachable from here and answers 2xx", id=str(hook.id))
    finish({"ok": True, **_told(hook), "delivered": True}, as_json=as_json, text=f"{hook.url} took it · 已送达")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a broken port or IPv6 address
        whole = False
    if not whole or any(c.isspace() for c in url):
        fail(f"{url!r} is not an http or https address", "for example https://hooks.example.org/bihuan", field="url")
    if len(url) > LONGEST:
        fail(f"the address has {len(url)} characters", f"use at most {LONGEST}", field="url")


def _known_kinds(text: str) -> list[str]:
    from bihuan.notices.rules import notice_book

    wanted = sorted({kind.strip() for kind in text.split(",")} - {""})
    known = notice_book().kinds
    if unknown := [kind for kind in wanted if kind not in known]:
        fail(f"no notice of kind {', '.join(unknown)}", f"use some of: {', '.join(sorted(known))}", field="kinds")
    return wanted


def _active(key: str) -> Webhook:
    from bihuan.notices.models import Webhook

    try:
        found = Webhook.objects.filter(pk=UUID(key), active=True).first()
    except ValueError:
        found = None
    if found is None:
        fail(f"no subscription {key!r}", "see the ids in `bihuan webhook list`")
    return found


def _told(hook: Webhook) -> dict[str, Any]:
    return {"id": str(hook.id), "url": hook.url, "kinds": hook.kinds, "form": hook.form}
