"""`bihuan form`: what is declared, its schema, checking a declaration or answers, sending answers from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.documents.forms.catalogue import DeclaredForm
    from bihuan.documents.forms.pure.checking import Answers, Defect

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Forms · 表单")

Which = Annotated[str, typer.Argument(metavar="FORM", help="Id of a form 表单编号")]
File = Annotated[Path, typer.Argument(help="JSON: values, files, declarations 填写内容")]


@app.command("list")
def list_forms(as_json: JsonOption = False) -> None:
    """List the forms that are declared, and files that are set aside. 表单列表"""
    from bihuan.documents.forms.catalogue import all_forms, forms_aside

    found = [
        {
            "form": name, "edition": each.form.edition, "zh": each.form.name.zh, "en": each.form.name.en,
            "who": each.form.who, "programme": each.programme, "case": each.form.through.case,
        }
        for name, each in all_forms().items()
    ]  # fmt: skip
    aside = [problem.as_dict() for error in forms_aside().values() for problem in error.problems]
    text = "\n".join(f"{f['form']}  {f['zh']} · {f['en']}  → {f['programme']}/{f['case']}" for f in found)
    finish({"ok": not aside, "forms": found, "aside": aside}, as_json=as_json, text=text or "no form is declared")


@app.command("show")
def show(form: Which, as_json: JsonOption = False) -> None:
    """Show a form as it is declared: steps, fields, what is not asked because a register holds it. 表单内容"""
    from bihuan.documents.forms.catalogue import form_named
    from bihuan.documents.forms.pure.sheets import outline_of

    found = form_named(form)
    told = outline_of(found.form)
    finish({"ok": True, "programme": found.programme, **told.data}, as_json=as_json, text=told.text)


@app.command("print")
def print_form(
    form: Which,
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML or PDF, by its ending 输出文件")],
    language: Annotated[str, typer.Option("--language", help="zh or en 语言")] = "zh",
    as_json: JsonOption = False,
) -> None:
    """Write the blank form on paper, as a page or as tagged PDF. 打印空白表"""
    from bihuan.documents.forms.catalogue import form_named
    from bihuan.documents.forms.pure.sheets import paper_of, sheet_of

    if language not in ("zh", "en") or out.suffix not in (".html", ".pdf"):
        fail("the language is zh or en, the file ends in .html or .pdf", "correct the option")
    paper = paper_of(form_named(form).form, language)
    if out.suffix == ".pdf":
        from bihuan.documents.forms.rendering.portable import render_form

        out.write_bytes(render_form(paper))
    else:
        out.write_text(sheet_of(paper), encoding="utf-8")
    finish({"ok": True, "form": form, "out": str(out)}, as_json=as_json, text=f"wrote {out}")


@app.command("schema")
def schema(
    form: Annotated[str, typer.Argument(help="Id of a form; without: of a form's file 表单编号")] = "",
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema of a form's answers, or of a form's file. JSON 结构"""
    import json

    from bihuan.documents.forms.catalogue import form_named
    from bihuan.documents.forms.pure.loading import declaration_schema
    from bihuan.documents.forms.pure.schema import answers_schema

    found = answers_schema(form_named(form).form) if form else declaration_schema()
    finish({"ok": True, "schema": found}, as_json=as_json, text=json.dumps(found, ensure_ascii=False, indent=2))


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A form's YAML, or answers in JSON with --form 声明或填写内容")],
    form: Annotated[str, typer.Option("--form", help="Check the answers in FILE against this form 按此表单核对")] = "",
    as_json: JsonOption = False,
) -> None:
    """Check a form's file, or answers against a form; every fault is listed at once, nothing is written. 检查"""
    if form:
        declared, answers, uploads = _answers(form, file)
        from bihuan.documents.forms.submitting import check_answers
        from bihuan.loop.store import current_facts

        done = check_answers(declared, answers, uploads, current_facts())
        _told(done.defects, {"shown": done.shown, "warned": done.warned}, as_json)
        return
    from bihuan.declare.problems import DeclarationError
    from bihuan.documents.forms.catalogue import check_file

    try:
        found = check_file(file)
    except DeclarationError as error:
        problems = [problem.as_dict() for problem in error.problems]
        finish({"ok": False, "problems": problems}, as_json=as_json, text=str(error))
        return
    result = {
        "ok": True,
        "problems": [],
        "form": found.form.form,
        "programme": found.programme,
        "digest": found.form.digest,
    }
    finish(result, as_json=as_json, text=f"✓ {found.form.form}  {found.form.name.zh} · {found.form.name.en}")


@app.command("submit")
def submit(
    form: Which,
    file: File,
    key: Annotated[str, typer.Option("--key", help="The same key has one effect 幂等键")],
    who: Annotated[str, typer.Option("--as", help="Login of who sends; without: anybody 提交人")] = "",
    as_json: JsonOption = False,
) -> None:
    """Send a form from a file of answers; the same key twice has one effect. 提交"""
    declared, answers, uploads = _answers(form, file)
    from bihuan.documents.forms.reading import told_of
    from bihuan.documents.forms.submitting import Sender, submit_form
    from bihuan.loop.store import current_facts

    sent = submit_form(declared, answers, uploads, key, Sender(_actor(who), "command", current_facts()))
    _told(sent.defects, told_of(sent), as_json)


@app.command("submissions")
def submissions(
    form: Which,
    limit: Annotated[int, typer.Option("--limit", help="At most so many, newest first 条数")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what was sent by a form, and what became of it. 提交记录"""
    _start()
    from bihuan.documents.forms.catalogue import form_named
    from bihuan.documents.forms.reading import every_submission, told_row

    found = [told_row(row) for row in every_submission(form_named(form).form.form, limit)]
    lines = [f"{each['at']}  {each['number'] or '—'}  {each['state'] or '—'}" for each in found]
    finish(
        {"ok": True, "form": form, "submissions": found}, as_json=as_json, text="\n".join(lines) or "nothing was sent"
    )


def _start() -> None:
    from bihuan.console.bootstrap import start_django

    start_django()


def _answers(form: str, file: Path) -> tuple[DeclaredForm, Answers, dict[str, list[str]]]:
    """The form and what a file answers. A file that is no such object ends the command."""
    _start()
    import json

    from bihuan.documents.forms.catalogue import form_named
    from bihuan.documents.forms.pure.checking import Answers

    declared = form_named(form)
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        parts = [said.get(name, {}) for name in ("values", "files", "declarations")]
    except (OSError, ValueError, AttributeError) as error:
        fail(f"{file} cannot be read: {error}", "write one JSON object with values, files and declarations")
    if not all(isinstance(part, dict) for part in parts):
        fail(f"{file}: values, files and declarations are objects", "see `bihuan form schema FORM`")
    values, files, signed = parts
    return declared, Answers(values, {}, signed), {name: list(map(str, ids)) for name, ids in files.items()}


def _actor(who: str) -> Any:
    from datetime import UTC, datetime

    from bihuan.loop.actors import actor_of
    from bihuan.loop.kernel.model import acting_as
    from bihuan.registers.live import current_registers
    from bihuan.registers.models import User

    if not who:
        return acting_as("visitor")
    user = User.objects.filter(username=who).first()
    if user is None:
        fail(f"there is no account {who!r}", "see `bihuan user list`")
    return actor_of(user, datetime.now(UTC), current_registers())


def _told(defects: list[Defect], more: Mapping[str, Any], as_json: bool) -> None:
    """Every defect, and what else is to be said."""
    told = [defect.as_dict() for defect in defects]
    lines = [f"✗ {d.field}: {d.what.zh} · {d.what.en} — {d.remedy.zh} · {d.remedy.en}" for d in defects]
    lines += [] if defects else [f"✓ {more.get('number', '')}".strip()]
    finish({"ok": not defects, "defects": told, **more}, as_json=as_json, text="\n".join(lines))
