"""Write the reference pages that the code itself knows: states, events, settings, commands, lines of the log.

    python docs/generate.py          # writes docs/reference/*.md but the handwritten, and two parts of the glossary

`tests/docs/test_reference.py` fails when a page is not what this script would write.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django

from bihuan.declare.fieldtype import Plain
from bihuan.declare.source import read
from bihuan.declare.types import field_types
from bihuan.extend import DECLARED, DETECTORS, PERSONAL, POINTS, RETENTION, STANDARDS
from bihuan.extend.listing import declared_rows
from bihuan.loop.event_schema import event_schema
from bihuan.loop.kernel.form_rules import AS_FORMS_SAY
from bihuan.loop.kernel.payload import COMMON
from bihuan.loop.kernel.states import OPEN_STATES, OUTCOMES, STATE_NAMES
from bihuan.loop.kernel.step import ALL
from bihuan.loop.kernel.table import table
from bihuan.loop.programmes import local_roles
from bihuan.methods.declared.describing import page_of
from bihuan.methods.declared.finding import all_methods
from bihuan.registers.pure.roles import Ability, Role, catalogue
from bihuan.server.log_lines import LINES

sys.path.insert(0, str(Path(__file__).parents[1]))
from docs.command_page import commands, first_paragraph

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Made by docs/generate.py; change the code or settings.yaml instead. -->\n"


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """The text of every page by file name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.server.settings")  # what ends by itself names tables
    django.setup()
    return {
        "states.md": states(),
        "events.md": events(),
        "../glossary.md": glossary(),
        "events.schema.json": json.dumps(event_schema(), ensure_ascii=False, indent=1) + "\n",
        "settings.md": settings(),
        "cli.md": commands(NOTE),
        "extend.md": extension_points(),
        "logs.md": log_lines(),
        "personal.md": personal_places(),
        "detectors.md": detectors(),
        "standards.md": standards(),
        "fields.md": field_reference(),
        "methods.md": methods(),
        "declared.md": declared_things(),
        "roles.md": roles_page({**catalogue(), **local_roles()}),
    }


def states() -> str:
    """States, outcomes and the one table of steps."""
    lines = [
        NOTE, "# States, commands and events 状态、操作、事件\n",
        "One table decides where a case may go (`bihuan.loop.kernel.steps`). "
        "`*`: resolved from the programme's rules; –: the state stays.\n",
        "## Open states 未结状态\n", "| state | 中文 | English |", "|---|---|---|", *(_state(s) for s in OPEN_STATES),
        "\n## Outcomes 结果\n", "| outcome | 中文 | English |", "|---|---|---|", *(_state(s) for s in OUTCOMES),
        "\n## Steps 环节\n", "| command | who may | from | event | to | shapes | why 为何 |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for step in table().steps:
        sources = ", ".join(s or "(new)" for s in step.sources)
        shapes = "all" if step.shapes == ALL else ", ".join(sorted(step.shapes))
        why = f"{step.label.zh} · {step.label.en}"
        event = f"[`{step.event.kind}`](events.md#{step.event.kind})"
        lines.append(
            f"| `{step.command}` | {step.who} | {sources} | {event} | {step.target or '–'} | {shapes} | {why} |"
        )
    return "\n".join(lines) + "\n"


def _state(code: str) -> str:
    name = STATE_NAMES[code]
    return f"| `{code}` | {name.zh} | {name.en} |"


def events() -> str:
    """What every kind of event says."""
    schema = event_schema()
    lines = [
        NOTE, "# Events 事件\n",
        "What stands in the `data` of an event, by its kind; the same as JSON Schema: "
        "[events.schema.json](events.schema.json) (`bihuan programme schema --events`). A part that was not said is "
        "absent; parts are added with defaults and never removed, so that every stored event stays readable. "
        "**Words** are what people wrote: sealed apart from the data, erasable.\n",
        "## Common parts 共同部分\n", *_parts(schema["$defs"]["Ticked"], COMMON, schema),
        "\n### clocks 时限变动\n", *_parts(schema["$defs"]["ClockOp"], None, schema),
    ]  # fmt: skip
    for each in schema["oneOf"]:
        kind = each["title"]
        by = ", ".join(f"`{step.command}`" for step in table().steps if step.event.kind == kind)
        part = schema["$defs"][each["properties"]["data"]["$ref"].rpartition("/")[2]]
        story = table().kinds[kind].story
        lines.append(f"\n## {kind}\n\n{part['description']}\n\nBy {by}. {story.zh} · {story.en}\n")
        lines += _parts(part, part["properties"].keys() - COMMON, schema)
        if each["x-words"]:
            lines.append(f"\nWords: {', '.join(f'`{name}`' for name in each['x-words'])}.")
    return "\n".join(lines) + "\n"


def _parts(part: dict[str, Any], names: Any, schema: dict[str, Any]) -> list[str]:
    """A table of the named parts (of all, when None) of a schema."""
    shown = {k: v for k, v in part["properties"].items() if names is None or k in names}
    rows = [
        f"| `{name}` | {_type(each, schema)} | {'yes' if name in part.get('required', ()) else ''} | {_means(each)} |"
        for name, each in shown.items()
    ]
    return ["| part | type | always | means |", "|---|---|---|---|", *rows] if rows else []


def _type(part: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in part:
        inner = schema["$defs"][part["$ref"].rpartition("/")[2]]
        return f"object ({', '.join(inner['properties'])})"
    if "anyOf" in part:
        return " or ".join(t for each in part["anyOf"] if (t := _type(each, schema)) != "null" or "default" not in part)
    kind = str(part.get("type", "one of " + ", ".join(part.get("enum", ()))))
    return f"list of {_type(part['items'], schema)}" if kind == "array" and "items" in part else kind


def _means(part: dict[str, Any]) -> str:
    inner = next((p["description"] for p in (part, *part.get("anyOf", ())) if "description" in p), "")
    codes = ", ".join(f"`{code}` {text['zh']}" for code, text in part.get("x-codes", {}).items())
    return first_paragraph(f"{inner}{': ' if inner and codes else ''}{codes}")


def glossary() -> str:
    """The handwritten glossary with the commands and events of the table."""
    head = "| 中文 | English | code | |\n|---|---|---|---|\n"
    steps, kinds = table().steps, table().kinds.values()
    commands = [f"| {s.button.zh} | {s.button.en} | `{s.command}` | {s.label.zh} · {s.label.en} |" for s in steps]
    events = [f"| {k.name.zh} | {k.name.en} | `{k.kind}` |  |" for k in kinds]
    text = (REFERENCE.parent / "glossary.md").read_text(encoding="utf-8")
    for section, rows in (("Commands", commands), ("Events", events)):
        before, begin, rest = text.partition(f"\n## {section} ")
        heading, _, behind = rest.partition("\n")
        text = (
            f"{before}{begin}{heading}\n\n{NOTE}{head}{chr(10).join(rows)}\n\n## {behind.partition(chr(10) + '## ')[2]}"
        )
    return text


def roles_page(roles: Mapping[str, Role]) -> str:
    """Every role with what it sees, may do and opens, from the catalogue and the programmes."""
    lines = [
        NOTE, "# Roles 角色\n",
        "A role is one row of `registers/data/roles.yaml`; a programme adds its own under `roles:` in its file. "
        "The code asks for capabilities and rooms, never for a role ([how to](../topics/registers.md)).\n",
        "`sees`: nothing · `own`: the case of the own report · `unit`: cases in which an own unit takes part · "
        "`scope`: every case in the scope of the grant.\n",
        "| role | 中文 | English | sees | may | rooms | second factor | granted in |",
        "|---|---|---|---|---|---|---|---|",
        *(_role(role) for role in roles.values()),
        "\n## Capabilities 权限\n", "| capability | 中文 | English | for a programme's own role | held by |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    for key, ability in catalogue().capabilities.items():
        lines.append(_ability(key, ability, [r.id for r in roles.values() if key in r.may]))
    lines += [
        "\n## Rooms 工作页面\n",
        "| room | 中文 | English | for a programme's own role | opened by |",
        "|---|---|---|---|---|",
    ]
    for key, ability in catalogue().rooms.items():
        lines.append(_ability(key, ability, [r.id for r in roles.values() if key in r.rooms]))
    return "\n".join(lines) + "\n"


def _role(role: Role) -> str:
    where = f"programme {role.programme}" if role.programme else ", ".join(sorted(role.scopes)) if role.granted else "–"
    named = [" ".join(f"`{name}`" for name in sorted(names)) for names in (role.may, role.rooms)]
    name = f"{role.name.zh}：{role.about.zh} | {role.name.en}: {role.about.en}"
    asked = "yes" if role.second_factor else ""
    return f"| `{role.id}` | {name} | {role.sees} | {' | '.join(named)} | {asked} | {where} |"


def _ability(key: str, ability: Ability, holders: list[str]) -> str:
    named = " ".join(f"`{holder}`" for holder in holders)
    return f"| `{key}` | {ability.zh} | {ability.en} | {'yes' if ability.local else ''} | {named} |"


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


def log_lines() -> str:
    """Every line of the log, by the logger that writes it."""
    lines = [NOTE, "# Lines of the log 日志条目\n",
             "One JSON object a line on standard error. Every line also has `event` (its name), `level`, `logger`, "
             "`timestamp` (UTC) and, within a request, `request_id`; a line about an error has `exception`, a list of "
             "kinds and places. How to read them: [operations](../topics/operations.md#watching).\n"]  # fmt: skip
    for room in dict.fromkeys(line.room for line in LINES.values()):
        lines += [f"\n## `bihuan.{room}`\n", "| line | level | fields | 何时 | when |", "|---|---|---|---|---|"]
        for name, line in LINES.items():
            if line.room == room:
                fields = ", ".join(f"`{field}`" for field in line.names)
                lines.append(f"| `{name}` | {line.level} | {fields} | {line.zh} | {line.en} |")
    return "\n".join(lines) + "\n"


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


def personal_places() -> str:
    """Every column and folder that can hold something of a person, as its room declares it."""
    lines = [NOTE, "# What is kept of people 个人信息所在\n",
             "Each room declares its own (`personal` and `plain` of the [extension points](extend.md)); a column that "
             "could hold words and is in neither fails a test. **With its case**: what erasing a case leaves there.\n",
             "| where | holds | with its case | what for, and when it goes |", "|---|---|---|---|"]  # fmt: skip
    for place in PERSONAL.all():
        left = f"`{place.emptied}`" if place.emptied else ""
        lines.append(f"| `{place.where}` | {place.holds} | {left} | {place.why} |")
    lines += ["\n## What ends by itself 到期清除\n",
              "The worker asks every rule every ten minutes (`retention` of the extension points).\n",
              "| rule | what | how long | basis | what is left |", "|---|---|---|---|---|"]  # fmt: skip
    for rule in RETENTION.all():
        long = f"{rule.until_zh} · {rule.until_en}"
        lines.append(f"| `{rule.name}` | {rule.zh} · {rule.en} | {long} | {rule.basis} | {rule.leaves} |")
    return "\n".join(lines) + "\n"


def detectors() -> str:
    """What looks for patterns, by itself or when asked, and what it proposes."""
    lines = [NOTE, "# Detectors 监测与建议\n",
             "None of them decides: each opens or proposes, and a person answers. How good a method is stands "
             "in the `card.md` beside it.\n",
             "| name | looks for | opens or proposes | method | when |", "|---|---|---|---|---|"]  # fmt: skip
    for each in DETECTORS.all():
        when = f"every {each.interval:g} s" if each.look else f"`bihuan {each.asked}`"
        opens = f"{each.opens_zh} · {each.opens_en}"
        lines.append(f"| `{each.name}` | {each.zh} · {each.en} | {opens} | `{each.method}` | {when} |")
    return "\n".join(lines) + "\n"


def standards() -> str:
    """Which standards of wires and files are spoken, where, and with what they were tried."""
    lines = [NOTE, "# Standards 通信与文件标准\n",
             "For programs: `GET /api/v1/standards`. **Tried**: the test that speaks it with a foreign program, a "
             "published vector or the published schema; empty where we have none yet.\n",
             "| standard | edition | way | where | what for | tried |", "|---|---|---|---|---|---|"]  # fmt: skip
    for each in sorted(STANDARDS.all(), key=lambda row: (row.name, row.ways)):
        tried = f"`{each.tried}`" if each.tried else ""
        lines.append(
            f"| {each.name} | {each.version} | {each.ways} | `{each.served}` | {each.zh} · {each.en} | {tried} |"
        )
    return "\n".join(lines) + "\n"


def field_reference() -> str:
    """Every type of the catalogue: what it is, how it is asked and stored, its schema."""
    lines = [NOTE, "# Field types 字段类型\n",
             "Each is one file in `bihuan/declare/types/`: it parses, checks, asks on a page, stores, exports and "
             "describes itself. A programme's form may use those marked *form*. How to add one: "
             "[declarations](../topics/declarations.md).\n",
             "| type | name | values | follows | asked by | column | Arrow | |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    said = {kind: word for word, kind in AS_FORMS_SAY.items()}
    for name, kind in field_types().items():
        marks = [f"form (`{said.get(name, name)}`)"] * kind.in_forms + ["sealed"] * kind.sealed
        cells = [f"`{name}`", f"{kind.label.zh} · {kind.label.en}", f"{kind.about.zh} · {kind.about.en}", kind.source,
                 kind.widget, f"`{kind.column}`", f"`{kind.arrow}`", ", ".join(marks)]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines.append("\n## JSON Schema\n")
    schemas = {name: json.dumps(kind.schema(Plain(name)), ensure_ascii=False) for name, kind in field_types().items()}
    lines += ["```json", *(f'"{name}": {schema}' for name, schema in schemas.items()), "```"]
    return "\n".join(lines) + "\n"


def declared_things() -> str:
    """Everything that a file declares, by kind, with where it is found."""
    lines = [NOTE, "# What is declared 声明清单", ""]
    lines += ["One file each; how to add one: [declarations](../topics/declarations.md#one-file-each).", ""]
    for kind in DECLARED.all():
        where = ", ".join(f"`{told}`" for told in (kind.page, kind.api, kind.command, kind.export) if told)
        lines += [f"## {kind.zh} {kind.en}", "", f"`{kind.file}`; found at `/declared/`, {where}.", ""]
        lines += ["| name | | programme |", "|---|---|---|"]
        lines += [f"| `{row.name}` | {row.zh} · {row.en} | {row.programme} |" for row in declared_rows(kind.name)] + [
            ""
        ]
    return "\n".join(lines)


def methods() -> str:
    """Every method: what it takes, gives and rests on."""
    lines = [NOTE, "# Methods 算法\n",
             "`bihuan calc NAME FILE… --option k=v --out OUT --rejects FILE --json`: rows and columns may come in any "
             "order, wrong rows are rejected and never stop the rest, equal input gives equal bytes. The JSON has "
             "`rows`, `rejected`, `rejects` (the first 100), `seconds` (of the method alone), `editions`, and what the "
             "method adds; exit 1 when a row was rejected. `bihuan calc NAME --schema` prints the JSON Schema. How to "
             "add one: [methods](../topics/methods.md).\n"]  # fmt: skip
    found = all_methods()
    lines += ["| method | 中文 | English |", "|---|---|---|"]
    lines += [f"| [`{each.name}`](#{each.name}) | {each.zh} | {each.en} |" for each in found]
    return "\n".join([*lines, "", *(page_of(each) for each in found)])


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


if __name__ == "__main__":
    main()
