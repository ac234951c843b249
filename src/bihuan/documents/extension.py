"""What the documents add to the house."""

from __future__ import annotations

from typing import Any

from bihuan.extend import (
    App,
    CliCommand,
    DeclaredKind,
    DeclaredThing,
    LakeTable,
    Loop,
    PersonalPlace,
    PlainColumns,
    Retention,
    SetAside,
)


def apps() -> tuple[App, ...]:
    """Letters, orders, forms."""
    return (App("bihuan.documents", order=56),)


def commands() -> tuple[CliCommand, ...]:
    """Letters in files and letters that were sent; forms in files and forms that were sent."""
    return (
        CliCommand("letter", "Letters: declared, rendered, sent, proved · 函件", _letters, order=107),
        CliCommand("order", "Orders: drafted, approved, receipted, counted · 指令", _orders, order=107),
        CliCommand(
            "certificate", "Certificates: issued, revoked, shown in part, verified · 证书", _certificates, order=108
        ),
        CliCommand("form", "Forms: declared, checked, sent, listed · 表单", _forms, order=108),
        CliCommand("document", "Texts in versions: clauses, differences, conclusions · 文本版本", _versions, order=109),
    )


def _letters() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.documents.letters.kept_command import app

    return app


def _certificates() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.documents.certificates.command import app

    return app


def _orders() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.documents.orders.command import app

    return app


def loops() -> tuple[Loop, ...]:
    """Letters that events ask for, and their delivery."""
    from bihuan.documents import background

    return (
        Loop("letters", background.write_letters, 2.0, "事件生成函件", "letters from events", 300),
        Loop("incident_letters", background.write_incident_letters, 10.0, "告警函件", "letters after alarms", 300),
        Loop("certificates", background.issue_certificates, 2.0, "签发证书", "certificates from events", 300),
        Loop("order_expiry", background.expire_orders, 5.0, "指令到期", "expiry of orders"),
        Loop("order_drafts", background.draft_orders, 10.0, "事件拟稿指令", "orders that events draft"),
        Loop("letter_delivery", background.deliver_letters, 5.0, "函件送达", "delivery of letters", 300),
    )


def declared() -> tuple[DeclaredKind, ...]:
    """Forms, letters, certificates. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.documents.certificates.catalogue import all_certificates
    from bihuan.documents.forms.catalogue import all_forms
    from bihuan.documents.letters.catalogue import all_letters

    def forms() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.form.name.zh, each.form.name.en, each.programme, each.file.name)
            for name, each in sorted(all_forms().items())
        ]

    def letters() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.letter.name.zh, each.letter.name.en, each.programme, each.file.name)
            for name, each in sorted(all_letters().items())
        ]

    def certificates() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.certificate.name.zh, each.certificate.name.en, each.programme, each.file.name)
            for name, each in sorted(all_certificates().items())
        ]

    return (
        DeclaredKind(
            "certificates", "证书", "Certificate", "PROGRAMME/certificates/NAME.yaml", certificates,
            "/certificates/", "/api/v1/certificates", "bihuan certificate list", "bihuan lake sync · certificates", 52,
        ),
        DeclaredKind(
            "forms", "表单", "Form", "PROGRAMME/forms/NAME.yaml", forms, "/forms/{name}/", "/api/v1/forms/{name}",
            "bihuan form show {name}", "/api/v1/forms/{name}/submissions", 40,
        ),
        DeclaredKind(
            "letters", "函件", "Letter", "PROGRAMME/letters/NAME.yaml", letters, "/letters/",
            "/api/v1/letters", "bihuan letter list", "bihuan lake sync · letters", 50,
        ),
    )  # fmt: skip


def lake_tables() -> tuple[LakeTable, ...]:
    """Letters that were sent. Source: docs/topics/lake.md."""
    from bihuan.documents.lake_tables import TABLES

    return TABLES


def aside() -> tuple[SetAside, ...]:
    """A letter or certificate that an event asks for and that has a gap."""
    return (
        SetAside(
            "letters",
            "应发的函件没有发出",
            "A letter that an event asks for was not written",
            "查看所缺的事实、依据或期限，补足后会自动再试",
            "Read which fact, basis or term is missing; once it is there, the letter is written by itself",
        ),
        SetAside(
            "incident_letters",
            "序列告警所引起的函件没有发出",
            "A letter after an alarm of a series was not written",
            "查看所缺的事实、依据或期限，补足后会自动再试",
            "Read which fact, basis or term is missing; once it is there, the letter is written by itself",
        ),
        SetAside(
            "certificates",
            "应发的证书没有签发",
            "A certificate that an event asks for was not issued",
            "查看所缺的内容，在登记册中补足后会自动再试",
            "Read which claim is missing; once the register has it, the certificate is issued by itself",
        ),
        SetAside(
            "order_drafts",
            "事件要求的指令没有拟成",
            "An order that an event asks for was not drafted",
            "查看缺少的内容或对象，人工拟稿",
            "Read which fact or addressee is missing, and draft it by hand",
        ),
        SetAside(
            "order_obligations",
            "指令要求的事项没有立案",
            "What an order asks of an addressee was not opened as a case",
            "查看原因，补全对象的登记后会自动再试",
            "Read why; once the register of the addressee is complete, it is tried again by itself",
        ),
    )


def retention() -> tuple[Retention, ...]:
    """Drafts and what was sent."""
    from bihuan.documents.forms import retaining

    return (
        Retention(
            "form_drafts",
            "未提交的表单草稿和附件",
            "Drafts of forms and uploads that were not sent",
            "表单声明的天数，自最后保存起；附件一天",
            "The days that the form declares, from the last saving; an upload a day",
            "docs/topics/forms.md",
            retaining.end_drafts,
        ),
        Retention(
            "form_contents",
            "已提交表单的内容",
            "What was sent by forms",
            "表单声明的天数，自提交起",
            "The days that the form declares, from the sending",
            "docs/topics/forms.md",
            retaining.end_contents,
            "that it was sent, when, its open fields, and a salted digest without which nothing can be told from it",
        ),
    )


def _forms() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.documents.forms.command import app

    return app


def _versions() -> Any:
    """The Typer app, imported only when a command of it runs."""
    from bihuan.documents.versions.command import app

    return app


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.documents.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.documents.personal import PLAIN

    return PLAIN
