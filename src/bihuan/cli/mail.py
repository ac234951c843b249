"""`bihuan mail list|show|take|dismiss`: mails that did not become a report, or not wholly, and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.intake.models import MailLeft

app = typer.Typer(no_args_is_help=True, help="Mails that were not, or not wholly, taken · 未收下的邮件")

Key = Annotated[str, typer.Argument(help="Id, as `bihuan mail list` shows it. 编号")]
SHOWN = 1000


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List what waits for a person, oldest first, each with its reasons. 列出

    See docs/topics/import.md, "Mail".
    """
    start_django()
    from bihuan.intake.mailleft import waiting_mails
    from bihuan.loop import scope
    from bihuan.registers.live import default_district

    scope.ensure(default_district())
    rows = waiting_mails(default_district())
    told = [_told(row) for row in rows[:SHOWN]]
    lines = [f"{t['id']}  {t['received_at']}  {t['outcome']}  {'; '.join(t['reasons'])}" for t in told]
    count = rows.count()
    finish({"ok": True, "count": count, "mails": told}, as_json=as_json, text="\n".join(lines) or "none waits · 没有")


@app.command("show")
def show(
    key: Key,
    purpose: Annotated[str, typer.Option("--purpose", help="Why it is opened; logged. 查看理由")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the whole mail here (.eml). 输出文件")] = None,
    as_json: JsonOption = False,
) -> None:
    """Open one mail; the look is logged with its purpose. 查看

    See docs/topics/import.md, "Mail".
    """
    start_django()
    from bihuan.intake import mail, mailleft
    from bihuan.loop.store import current_facts
    from bihuan.registers.pure.errors import RegisterError

    facts = current_facts()
    try:
        raw = mailleft.open_mail(_uuid(key), facts, "system:command", purpose)
    except RegisterError as error:
        fail(str(error))
    if out is not None:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
    try:
        found = mail.read_mail(raw, facts.now)
    except Exception as error:  # noqa: BLE001 - a mail that cannot be read is listed for just that reason
        fail(f"the mail cannot be read: {error}", "write it to a file with --out and look at it there")
    result = {"ok": True, "id": key, "from": found.sender, "subject": found.subject, "text": found.text,
              "attachments": [name for name, _ in found.attachments], "file": str(out) if out else None}  # fmt: skip
    finish(result, as_json=as_json, text=f"{found.sender}\n{found.subject}\n\n{found.text}")


@app.command("take")
def take(
    key: Key,
    to: Annotated[str, typer.Option("--to", help="programme/case type; default: BIHUAN_MAIL_TO. 事项/案件类型")] = "",
    as_json: JsonOption = False,
) -> None:
    """Handle a mail after all, as if it had just come and a person had written it. 收下

    See docs/topics/import.md, "Mail".
    """
    start_django()
    from bihuan.intake import mailbox, mailleft
    from bihuan.intake.mailbox import Handled
    from bihuan.loop.models import CaseRow
    from bihuan.loop.store import current_facts
    from bihuan.registers.pure.errors import RegisterError

    programme, _, kind = (to or os.environ.get("BIHUAN_MAIL_TO", "")).partition("/")
    if not programme or not kind:
        fail("where shall its report go?", "give --to programme/type, for example --to hotline/request")
    facts, handled = current_facts(), Handled()
    try:
        raw = mailleft.open_mail(_uuid(key), facts, "system:command", f"taking mail {key}")
    except RegisterError as error:
        fail(str(error))
    case = mailbox.take_mail(raw, programme, kind, handled, even_automatic=True)
    if case is None and not handled.known:
        fail("it was refused again", f"see its reasons: bihuan mail list; or dismiss it: bihuan mail dismiss {key}")
    mailleft.mark_handled(_uuid(key), facts, "system:command", "taken", case)
    number = CaseRow.objects.filter(pk=case).values_list("number", flat=True).first() if case else None
    finish({"ok": True, "id": key, "case": number}, as_json=as_json, text=f"{key} → {number or 'known · 已收过'}")


@app.command("dismiss")
def dismiss(key: Key, as_json: JsonOption = False) -> None:
    """Take a mail off the list; it stays sealed until its retention ends. 不予处理

    See docs/topics/import.md, "Mail".
    """
    start_django()
    from bihuan.intake import mailleft
    from bihuan.loop.store import current_facts

    if not mailleft.mark_handled(_uuid(key), current_facts(), "system:command", "dismissed"):
        fail(f"no mail {key} waits", "bihuan mail list shows those that do")
    finish({"ok": True, "id": key}, as_json=as_json, text=f"{key} dismissed · 已处理")


def _told(row: MailLeft) -> dict[str, Any]:
    from bihuan.intake.mailleft import reasons_of

    return {
        "id": str(row.pk),
        "received_at": row.received_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "outcome": row.outcome,
        "reasons": [reason.words("en") for reason in reasons_of(row)],
        "codes": [reason.code for reason in reasons_of(row)],
        "bytes": row.size,
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        fail(f"{text!r} is no id", "copy it from bihuan mail list")
