# ruff: noqa: E501 - a row of the table in both languages is read as one line
"""The closed catalogue of what is logged: one structured line for each change of state; ids, codes and counts only.

A line is written by its name, `log("report_received", case=…)`, and holds the fields that are declared for it and no
other. A field's text must look like an id or a code: no space, nothing but ASCII. So neither a name, nor a telephone
number written with words, nor a sentence of a report can reach the log, whoever calls.

`docs/generate.py` writes the catalogue into docs/reference/logs.md. A reader of logs may rely on names and fields.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from bihuan.server import logs

WITHHELD = "[withheld]"
LONGEST = 200
MOST = 50
_CODE = re.compile(rf"[!-~]{{0,{LONGEST}}}")
"""What an id, a code, a version or a name of a file of ours looks like: printable ASCII without spaces."""


class Line(NamedTuple):
    """One kind of line.

    Args:
        room: Who writes it; the logger is `bihuan.<room>`.
        fields: Names of its fields, separated by spaces.
        zh, en: When it is written.
        level: `info`, `warning` (somebody may want to look) or `error` (somebody must).
    """

    room: str
    fields: str
    zh: str
    en: str
    level: str = "info"

    @property
    def names(self) -> tuple[str, ...]:
        """The fields one by one.

        Source: docs/reference/logs.md, the closed catalogue; docs/topics/operations.md, "Watching".
        """
        return tuple(self.fields.split())


LINES: dict[str, Line] = {
    # -- intake ------------------------------------------------------------------------------------------
    "report_received": Line("intake", "case programme kind channel", "收到一件诉求并立案", "a report became a case"),
    "report_known": Line("intake", "case channel", "重复送达，返回原回执", "it was received before; same receipt, no effect"),
    "report_refused": Line("intake", "code programme channel", "来件不予受理", "a report was refused"),
    "reports_received": Line("intake", "received known refused", "批量来件已写入", "a bulk of reports was written"),
    "case_merged": Line("intake", "case into", "案件并入另一案件", "a case was merged into another"),
    "mail_left": Line("intake", "why reasons case", "邮件未收或未全收，已列出", "a mail was not, or not wholly, taken; it is listed", "warning"),
    "mail_broken": Line("intake", "", "邮件无法处理，已保存并列出", "a mail could not be handled; it is kept and listed", "error"),
    "surge_raised": Line("intake", "surge area category reports", "突增预警新发或扩大", "a surge alarm was raised or grew", "warning"),
    # -- import ------------------------------------------------------------------------------------------
    "import_started": Line("import", "run programme kind rows digest", "开始（或续）导入一张表", "a table is being imported, from row `rows` on"),
    "import_batch": Line("import", "run read created merged unchanged rejected", "一批已写入", "a batch was written"),
    "import_finished": Line("import", "runs read created merged unchanged rejected orphans seconds", "导入完成", "an import ended"),
    "import_file_refused": Line("import", "code line", "文件或表不能导入", "a file, or a table of it, cannot be imported", "warning"),
    "duplicates_merged": Line("import", "run merged orphans", "文件所列重复件已并案", "duplicates a file names were merged"),
    # -- ledger ------------------------------------------------------------------------------------------
    "leaves_sequenced": Line("ledger", "leaves size", "叶子写入日志", "leaves entered the log, which now has `size`"),
    "head_signed": Line("ledger", "size key", "日志首部已签名", "a head was signed"),
    "promise_late": Line("ledger", "leaves seconds", "回执承诺时限已过才写入", "leaves entered after the promised time", "warning"),
    "leaf_held": Line("ledger", "leaf", "叶子无法写入，搁置", "a leaf cannot enter the log and is held", "error"),
    "leaves_released": Line("ledger", "leaves", "搁置的叶子再次尝试", "held leaves are tried again"),
    "statement_made": Line("ledger", "kind statement", "日志作出一项声明", "the log stated something of its own"),
    "content_erased": Line("ledger", "case ground records files", "个人内容已删除并声明", "personal content was erased and stated"),
    "key_recorded": Line("ledger", "key vouched", "启用一把签名密钥", "a signing key was taken up"),
    "witness_given": Line("ledger", "size key", "见证方副署首部", "a witness cosigned a head"),
    "witness_refused": Line("ledger", "key", "见证方拒绝副署", "a witness refused to cosign", "error"),
    # -- background work ---------------------------------------------------------------------------------
    "worker_started": Line("jobs", "loops", "后台任务启动", "background work began"),
    "worker_stopped": Line("jobs", "loops hanging", "后台任务结束；hanging 为放弃的批次", "background work ended; `hanging` were given up"),
    "loop_failed": Line("jobs", "loop in_a_row retry_in_seconds", "后台循环一批失败，稍后重试", "a loop's batch failed and is tried again", "error"),
    "loop_recovered": Line("jobs", "loop after", "后台循环恢复", "a loop works again after `after` failures"),
    "beats_unstored": Line("jobs", "error", "心跳未能保存", "heartbeats could not be stored", "warning"),
    "set_aside": Line("jobs", "loop subject error", "一项做不成，搁置", "one thing could not be done and is set aside", "error"),
    "taken_up_again": Line("jobs", "loop subjects", "搁置的事项已完成", "what was set aside has been done"),
    "kept_ended": Line("jobs", "rule count", "到期内容已清除", "what was kept for a time has ended"),
    "kept_not_ended": Line("jobs", "rule", "到期内容未能清除，稍后再试", "what was kept for a time could not be ended and is tried again", "error"),
    "letter_written": Line("documents", "letter kind programme", "一份函件已生成", "a letter was written"),
    "order_acted": Line("documents", "order kind events", "指令有了新的步骤", "something happened to an order"),
    "letter_delivered": Line("documents", "letter way status", "一份函件的送达情况", "what became of a letter on a way"),
    "notice_tried": Line("jobs", "notice kind port status", "一条通知已尝试发送", "a notice was tried"),
    "suggestion_failed": Line("jobs", "task case", "一案无法给出建议", "no suggestion could be made for a case", "error"),
    "duplicates_window": Line("jobs", "cases seconds ready", "疑似重复的窗口载入", "the window of possible parents fills"),
    "place_unread": Line("jobs", "line", "地名表一行不可用", "a line of the list of places cannot be used", "warning"),
    "model_unusable": Line("jobs", "model error", "启用的模型不可用，改用关键词", "the promoted model cannot be used; keywords answer", "error"),
    # -- security ----------------------------------------------------------------------------------------
    "sign_in": Line("security", "actor route method", "登录", "somebody signed in"),
    "sign_out": Line("security", "actor route method", "退出", "somebody signed out"),
    "sign_in_failed": Line("security", "actor route method", "登录失败", "a sign-in failed", "warning"),
    "demo_password_refused": Line("security", "actor route method", "公开的演示密码被拒", "a published password was refused"),
    "demo_account_refused": Line("security", "actor route method", "演示账号被拒", "an account of invented people was refused"),
    "refused": Line("security", "actor route method reason", "无权访问", "access was refused", "warning"),
    "limited": Line("security", "limit", "触发限速", "somebody went too fast and waits", "warning"),
    "identity_seen": Line("security", "actor look identity", "查看或删除一项身份信息", "an identity was looked at, looked for or erased"),
    "token_made": Line("security", "owner token scopes", "接口令牌签发", "a token was made"),
    "token_revoked": Line("security", "owner token", "接口令牌作废", "a token was revoked"),
    "token_refused": Line("security", "", "无效令牌被拒", "a token that opens nothing was shown", "warning"),
    "role_changed": Line("security", "user held holds", "账号职责变动", "what an account may do has changed"),
    "source_assigned": Line("security", "source owner before", "来源绑定到账号", "a source was bound to an account"),
    "source_refused": Line("security", "source owner", "来源已属他人，拒绝", "a source is another's; the caller was refused", "warning"),
    "erasure_asked": Line("security", "erasure case actor ground", "申请删除个人信息", "an erasure was asked for"),
    "erasure_decided": Line("security", "erasure case actor outcome", "删除申请已复核", "an erasure was decided"),
    # -- programmes --------------------------------------------------------------------------------------
    "edition_recorded": Line("programmes", "programme edition", "规则版次生效登记", "an edition went on record"),
    "programme_set_aside": Line("programmes", "programme", "一个事项的声明被搁置", "a programme's declaration was set aside", "error"),
    "cases_migrated": Line("programmes", "programme edition moved left", "未结案件换版", "open cases moved to another edition"),
    "programme_retired": Line("programmes", "programme since actor", "事项停止受理", "a programme takes no new case from a day on"),
    "programme_resumed": Line("programmes", "programme since actor", "事项恢复受理", "a programme takes new cases again"),
    # -- the installation --------------------------------------------------------------------------------
    "request": Line("request", "method route status ms", "一次页面或接口请求", "a request was answered"),
    "input_unreadable": Line("request", "route error", "请求内容无法读取", "a request could not be read", "warning"),
    "error_page_failed": Line("request", "status", "错误页面无法绘制", "the page of an error could not be drawn", "error"),
    "not_warm": Line("server", "part error", "预热的一部分未完成", "a part was not loaded ahead", "warning"),
    "postgres_restarted": Line("server", "", "自带 PostgreSQL 已终止，正重新启动", "the private PostgreSQL had ended and is started", "error"),
    "worker_restarted": Line("server", "code in_seconds", "后台进程已终止，正重新启动", "the worker had ended and is started again", "error"),
    "worker_killed": Line("server", "pid seconds", "后台进程不结束，被强行终止", "the worker did not end and was killed", "error"),
    "restart_failed": Line("server", "part", "重新启动失败，稍后再试", "something could not be started again", "error"),
    "files_taken": Line("server", "rooms files", "文件已存入数据库", "files were taken into rows"),
    "file_not_kept": Line("server", "room why", "文件不能存入数据库", "a file does not become a row", "warning"),
    "tables_migrated": Line("server", "applied", "数据表升级", "the tables were brought up to this version"),
    "backup_written": Line("backup", "tables rows media bytes sealed keys", "备份已写成", "a backup was written"),
    "backup_failed": Line("backup", "error", "备份未写成", "a backup was not written", "error"),
    "restore_started": Line("backup", "tables rows media sealed", "开始恢复", "a restore began"),
    "restore_finished": Line("backup", "tables rows media sealed", "恢复完成", "a restore ended well"),
    "restore_failed": Line("backup", "error", "恢复未成，未留半套", "a restore failed; nothing half is left", "error"),
}  # fmt: skip
"""Every line there is, by name."""


def log(name: str, raised: BaseException | bool | None = None, /, **fields: object) -> None:
    """Write one line now.

    Args:
        name: One of `LINES`.
        raised: An error, or True for the one being handled: its kind and places are added, never its words.
        fields: Ids, codes and counts; one that is not declared for the line is not written.

    Raises:
        KeyError: there is no such line (a test finds that before a user does).

    Source: docs/reference/logs.md, the closed catalogue; docs/topics/operations.md, "Watching".
    """
    line = LINES[name]
    about: dict[str, Any] = {field: _plain(fields[field]) for field in line.names if field in fields}
    if raised:
        about["exc_info"] = raised
    getattr(_logger(line.room), line.level)(name, **about)


def log_committed(name: str, **fields: object) -> None:
    """Write one line when the transaction under way is committed, or now without one; never after a rollback.

    Arguments as of `log`.

    Source: docs/reference/logs.md, the closed catalogue; docs/topics/operations.md, "Watching".
    """
    from django.db import transaction  # only who writes to a database calls this

    transaction.on_commit(partial(log, name, **fields), robust=True)


@cache
def _logger(room: str) -> Any:
    if not structlog.is_configured():  # a command that needs no Django
        logs.configure_from_environment()
    return structlog.get_logger(f"bihuan.{room}")


def _plain(value: object) -> object:
    """Return a value as it may stand in a log."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) else WITHHELD
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(each) for key, each in list(value.items())[:MOST]}
    if isinstance(value, Collection) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(each) for each in list(value)[:MOST]]
    return WITHHELD
