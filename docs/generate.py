"""Write the reference pages that the code itself knows: states, settings, commands.

    python docs/generate.py          # writes docs/reference/{states,settings,cli,extend}.md

`tests/docs/test_reference.py` fails when a page is not what this script would write.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

from bihuan.cli.main import load
from bihuan.declare.source import read
from bihuan.extend import COMMANDS, POINTS
from bihuan.loop.kernel.states import ALL, EDGES, OPEN_STATES, OUTCOMES, STATE_NAMES

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Made by docs/generate.py; change the code or settings.yaml instead. -->\n"


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """The text of every page by file name."""
    return {"states.md": states(), "settings.md": settings(), "cli.md": commands(), "extend.md": extension_points()}


def states() -> str:
    """States, outcomes and the one table of edges."""
    lines = [
        NOTE, "# States, commands and events 状态、操作、事件\n",
        "One table decides where a case may go (`bihuan.loop.kernel.states`). "
        "`*`: resolved from the programme's rules; –: the state stays.\n",
        "## Open states 未结状态\n", "| state | 中文 | English |", "|---|---|---|", *(_state(s) for s in OPEN_STATES),
        "\n## Outcomes 结果\n", "| outcome | 中文 | English |", "|---|---|---|", *(_state(s) for s in OUTCOMES),
        "\n## Edges 环节\n", "| command | who may | from | event | to | shapes | why 为何 |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for edge in EDGES:
        sources = ", ".join(s or "(new)" for s in edge.sources)
        shapes = "all" if edge.shapes == ALL else ", ".join(sorted(edge.shapes))
        why = f"{edge.reason.zh} · {edge.reason.en}"
        lines.append(
            f"| `{edge.command}` | {edge.who} | {sources} | `{edge.event}` | {edge.target or '–'} | {shapes} | {why} |"
        )
    return "\n".join(lines) + "\n"


def _state(code: str) -> str:
    name = STATE_NAMES[code]
    return f"| `{code}` | {name.zh} | {name.en} |"


def settings() -> str:
    """Every environment variable."""
    lines = [NOTE, "# Settings 设置\n",
             "All come from the environment. How to use them: [operations](../topics/operations.md).\n",
             "| variable | meaning | default |", "|---|---|---|"]  # fmt: skip
    known = variables()
    lines += [f"| `{v['name']}` | {v['means']} | {v.get('default', '')} |" for v in known if "set_by" not in v]
    lines += ["\nOnly our own commands set these:\n", "| variable | meaning |", "|---|---|"]
    lines += [f"| `{v['name']}` | {v['means']} |" for v in known if "set_by" in v]
    return "\n".join(lines) + "\n"


def variables() -> list[dict[str, str]]:
    """What `settings.yaml` says of each variable."""
    found: list[dict[str, str]] = read(REFERENCE / "settings.yaml")
    return found


def commands() -> str:
    """Every command with its arguments and options."""
    lines = [NOTE, "# Command line 命令行\n",
             "`--json` makes a command print one JSON object as its last line; "
             "the exit code is 0 only when it did what it was asked.\n"]  # fmt: skip
    for command in COMMANDS.all():
        lines.append(f"## `bihuan {command.name}`\n\n{command.help}\n")
        lines += _described(f"bihuan {command.name}", load(command.name))
    return "\n".join(lines)


def extension_points() -> str:
    """Every extension point: the function, what it gives, its fields with their defaults, and where it appears."""
    lines = [NOTE, "# Extension points 扩展点\n",
             "A function of that name in `ROOM/extension.py`, in `programmes/ID/special.py`, or in the module that a "
             "package names under the entry point group `bihuan.extensions`, gives a tuple of what it adds. "
             "How to: [tutorial](../tutorial/extend.md).\n",
             "| function | gives | adds | found at |", "|---|---|---|---|"]  # fmt: skip
    lines += [f"| [`{p.name}`](#{p.name}) | `{p.kind.__name__}` | {p.told} | {p.appears} |" for p in POINTS]
    for point in POINTS:
        about, _, fields = (inspect.getdoc(point.kind) or "").partition("Args:")
        lines += [f"\n## `{point.name}`\n", f"`def {point.name}() -> tuple[{point.kind.__name__}, ...]`\n",
                  about.strip() + "\n", "```python", _signature(point.kind), "```\n",
                  *(f"- {line.strip()}" for line in _joined(fields)),
                  f"\nTwo with the same {' and '.join(f'`{name}`' for name in point.key)} are refused."]  # fmt: skip
    return "\n".join(lines) + "\n"


def _signature(kind: type) -> str:
    fields = [
        f"    {field.name}: {field.type}"
        + ("" if field.default is dataclasses.MISSING else f" = {_shown(field.default)}")
        for field in dataclasses.fields(kind)
    ]
    return "\n".join([f"{kind.__name__}(", *(f"{field}," for field in fields), ")"])


def _shown(default: object) -> str:
    return "…" if callable(default) else repr(default)


def _joined(text: str) -> list[str]:
    """The lines of an Args section, a continued line joined to the one it continues."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith("        ") and found:
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(line.strip())
    return found


def _described(path: str, command: Any) -> list[str]:
    inner = getattr(command, "commands", None)
    if not inner:
        return _parameters(command)
    lines: list[str] = []
    for name, each in inner.items():
        lines += [f"### `{path} {name}`\n\n{_first(each.help)}\n", *_described(f"{path} {name}", each)]
    return lines


def _parameters(command: Any) -> list[str]:
    shown = [p for p in command.params if p.name not in ("help", "as_json") and not getattr(p, "hidden", False)]
    if not shown:
        return []
    rows = [f"| `{_written(p)}` | {_first(getattr(p, 'help', None))} |" for p in shown]
    return ["| | |", "|---|---|", *rows, ""]


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper() + ("…" if parameter.nargs == -1 else "")
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _first(text: str | None) -> str:
    """The first paragraph on one line, safe inside a table."""
    return re.sub(r"\s+", " ", (text or "").split("\n\n")[0]).strip().replace("|", "\\|")


if __name__ == "__main__":
    main()
