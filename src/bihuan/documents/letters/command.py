"""`bihuan letter`: what is declared, a letter of a file of facts, the check of the declarations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.documents.letters.pure.composing import LetterRefused

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Letters · 函件")

Letter = Annotated[str, typer.Argument(metavar="NAME", help="Name of a letter, or its YAML file 函件")]
FactsFile = Annotated[Path, typer.Argument(metavar="FACTS.json", help="Facts, day, number, addressee 事实文件")]


@app.command("list")
def list_letters(as_json: JsonOption = False) -> None:
    """List the letters that are declared, and files that are set aside. 函件目录"""
    from bihuan.documents.letters.catalogue import all_letters, letters_aside

    start_django(database=False)  # a letter after a watch is checked against that watch
    found = [
        {
            "letter": name, "zh": each.letter.name.zh, "en": each.letter.name.en, "programme": each.programme,
            "occasion": each.letter.occasion.kind, "edition": each.letter.digest, "informs": each.letter.informs,
        }
        for name, each in sorted(all_letters().items())
    ]  # fmt: skip
    aside = [problem.as_dict() for error in letters_aside().values() for problem in error.problems]
    text = "\n".join(f"{each['letter']}  {each['zh']} · {each['en']}  ({each['programme']})" for each in found)
    finish({"ok": not aside, "letters": found, "aside": aside}, as_json=as_json, text=text or "no letter is declared")


@app.command("check")
def check_letters(
    file: Annotated[Path | None, typer.Argument(help="One file; without it all that are declared 文件")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check letters as they are declared: every problem with file, line, field, rule and remedy. 核对"""
    from bihuan.declare.problems import DeclarationError
    from bihuan.documents.letters.catalogue import all_letters, letter_named, letters_aside

    if file is not None:
        try:
            names = [letter_named(str(file)).letter.letter]
            problems = []
        except DeclarationError as error:
            names, problems = [], list(error.problems)
    else:
        start_django(database=False)  # a letter after a watch is checked against that watch
        names = sorted(all_letters())
        problems = [problem for error in letters_aside().values() for problem in error.problems]
    text = "\n".join(map(str, problems)) or f"{len(names)} letters, no problem"
    told = {"ok": not problems, "letters": names, "problems": [problem.as_dict() for problem in problems]}
    finish(told, as_json=as_json, text=text)


@app.command("render")
def render(
    name: Letter,
    facts: FactsFile,
    lang: Annotated[Literal["zh", "en"], typer.Option("--lang", help="Language 语言")] = "zh",
    out: Annotated[Path | None, typer.Option("--out", help="X.pdf, X.docx or X.html 输出文件")] = None,
    as_json: JsonOption = False,
) -> None:
    """Render a letter of a file of facts, without a server; one with a gap is refused with every reason. 生成函件"""
    from bihuan.documents.letters.catalogue import letter_named
    from bihuan.documents.letters.factfiles import compose_from, described
    from bihuan.documents.letters.pure.composing import LetterRefused
    from bihuan.documents.letters.rendering.files import RENDERINGS, digests_of, render_files

    if not name.endswith((".yaml", ".yml")):
        start_django(database=False)  # a letter after a watch is checked against that watch
    declared = letter_named(name)
    form = out.suffix.removeprefix(".") if out else "html"
    if form not in RENDERINGS:
        fail(f"--out {out}: no format {form!r}", f"name a file that ends in one of {', '.join(RENDERINGS)}")
    try:
        composed = compose_from(declared, read_object(facts))
    except LetterRefused as refused:
        finish(refusal(refused), as_json=as_json, text=refusal_text(refused))
        return
    files = render_files(composed, (form,), (lang,))
    ((_, content),) = files.items()
    if out is not None:
        out.write_bytes(content)
    ((_, digest),) = digests_of(files).items()
    result = {"ok": True, **described(composed), "lang": lang, "format": form, "sha256": digest, "bytes": len(content)}
    text = f"{out or '(not written)'}  {len(content)} bytes  sha256 {digest}" if out else content.decode()
    finish(result, as_json=as_json, text=text)


def read_object(file: Path) -> dict[str, Any]:
    """Read the one JSON object of a file; decimals stay text.

    Raises:
        Failure: the file cannot be read or holds something else.

    Source: docs/topics/letters.md, "From a file".
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"), parse_float=str)
    except OSError as error:
        fail(f"{file}: {error.strerror}", "name a file that can be read")
    except ValueError as error:
        fail(f"{file}: no JSON: {error}", "write one JSON object with the facts")
    if not isinstance(found, dict):
        fail(f"{file}: no JSON object", 'write {"facts": {…}, "dated": "2026-03-02", "count": 1, "addressee": "…"}')
    return found


def refusal(refused: LetterRefused) -> dict[str, Any]:
    """Return a refusal as JSON. Source: docs/topics/letters.md, "From a file"."""
    return {"ok": False, "kind": refused.letter, "refused": [gap.as_dict() for gap in refused.gaps]}


def refusal_text(refused: LetterRefused) -> str:
    """Return a refusal in lines. Source: docs/topics/letters.md, "From a file"."""
    lines = [f"{gap.field}: {gap.what.zh} · {gap.what.en} — {gap.remedy.zh} · {gap.remedy.en}" for gap in refused.gaps]
    return "\n".join([f"{refused.letter}: 不予生成 · refused", *lines])
