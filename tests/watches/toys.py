"""A toy programme with a type of subjects and some watches, and what tests do with them again and again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = "110108"
PROGRAMME = """
id: toywatch
name: {zh: 玩具监看, en: Toy watch}
clause: toy.watch
edition: 2026-11
cases:
  finding:
    name: {zh: 发现, en: Finding}
    shape: patrol
    opened_by: [inspector, operator]
    desk: inspector
    urgencies: [general, urgent]
    duty: {by: given}
    fields:
      permit: {name: {zh: 许可, en: Permit}, type: code}
    clocks:
      - {name: confirm, from: [opened, recalled, returned], to: [dispatched, arbitrated], within: 24h}
      - {name: remedy, from: dispatched, to: [submitted, returned, recalled], within: 3 days}
      - {name: recheck, from: [submitted, sampled], to: verified, within: 5 days}
    evidence: {min: 0}
    verify: {by: inspector, sample: all, results: [passed, failed]}
    disabled: [refuse, transfer_out]
    reopen: {max: 2, window: 60 days, by: [inspector]}
    outcomes: [closed, invalid, merged]
"""
PERMIT = """
id: toy-permit
edition: "1"
name: {zh: 玩具许可, en: Toy permit}
about: {zh: 试验, en: for tests}
key: number
title: name
fields:
  number: {type: code, required: true, name: {zh: 编号, en: Number}}
  name: {type: text, show: true, name: {zh: 名称, en: Name}}
  status: {type: code, find: true, name: {zh: 状态, en: Status}}
  valid_to: {type: date, name: {zh: 有效期至, en: Valid to}}
  due: {type: date, name: {zh: 应办日, en: Due}}
  done: {type: date, name: {zh: 办结日, en: Done}}
  load: {type: decimal, name: {zh: 负荷, en: Load}}
  limit: {type: decimal, name: {zh: 限值, en: Limit}}
  plan: {type: text, name: {zh: 预案, en: Plan}}
  holder: {type: code, find: true, name: {zh: 持有人, en: Holder}}
  shape: {type: geometry, name: {zh: 范围, en: Shape}}
  place: {type: place, name: {zh: 位置, en: Place}}
"""
VISIT = """
id: toy-visit
edition: "1"
name: {zh: 玩具检查, en: Toy visit}
about: {zh: 试验, en: for tests}
key: number
fields:
  number: {type: code, required: true, name: {zh: 编号, en: Number}}
  permit: {type: subject, to: toy-permit, find: true, name: {zh: 许可, en: Permit}}
  on: {type: date, name: {zh: 日期, en: Day}}
  holder: {type: code, name: {zh: 持有人, en: Holder}}
  shape: {type: geometry, name: {zh: 范围, en: Shape}}
"""
OPENS = "opens: {case: finding, title: {zh: 玩具问题, en: Toy finding}, fields: {permit: {field: number}}}"
WATCHES = {
    "toy-expires": "{expires: {field: valid_to, within: 30 days}}",
    "toy-overdue": "{overdue: {field: due, after: 5 working days, unless: done}}",
    "toy-missing": "{missing: {field: plan}}",
    "toy-unvisited": "{missing: {records: {subject: toy-visit, by: permit, dated: on, within: 90 days}}}",
    "toy-load": "{threshold: {field: load, above: 100, back: 90}}",
    "toy-limit": "{threshold: {field: load, above: {field: limit}}}",
}
AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
DAY = date(2026, 12, 1)


def watch_text(when: str, *, over: str = "{subject: toy-permit}", acts: str = OPENS, more: str = "") -> str:
    """A watch's file."""
    return f"name: {{zh: 玩具, en: Toy}}\nover: {over}\nwhen: {when}\n{acts}\n{more}\n"


def write_toys(home: Path, watches: dict[str, str] | None = None, **more: dict[str, str]) -> Path:
    """Declare the programme with its types and watches in the city's own folder; `more`: folder → name → text."""
    folder = home / "programmes" / "toywatch"
    texts = {f"watches/{name}": watch_text(when) for name, when in (WATCHES if watches is None else {}).items()}
    texts |= {f"watches/{name}": text for name, text in (watches or {}).items()}
    texts |= {f"{below}/{name}": text for below, several in more.items() for name, text in several.items()}
    texts |= {"programme": PROGRAMME, "subjects/toy-permit": PERMIT, "subjects/toy-visit": VISIT}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    forget()
    from bihuan.loop.programmes import folders_aside

    assert not folders_aside(), folders_aside()
    return folder


def forget() -> None:
    """Read every declaration anew."""
    from bihuan.books.catalogue import forget_books
    from bihuan.loop.programmes import forget_folders
    from bihuan.subjects.catalogue import forget as forget_types
    from bihuan.watches.catalogue import forget_watches

    forget_folders()
    forget_types()
    forget_books()
    forget_watches()


_acts = itertools.count()


def _recorded() -> datetime:
    """The day before the toys' present, one act after the other: what is known then does not depend on today's date."""
    return AT - timedelta(days=1) + timedelta(milliseconds=next(_acts))


def rows(kind: str, day: date, values: Iterable[tuple[str, dict[str, Any]]], source: str = "a register") -> None:
    """Write subjects that hold from a day on."""
    from bihuan.subjects.catalogue import subject_type
    from bihuan.subjects.pure.cells import Row
    from bihuan.subjects.writing import Authorship, write_rows

    found = subject_type(kind)
    lines = [Row(line, key, day, None, {found.key: key, **given}, None) for line, (key, given) in enumerate(values, 1)]
    write_rows(found, lines, Authorship(HERE, "system:test", source, recorded=_recorded()), day)


def permit(key: str, day: date = date(2026, 1, 1), **values: Any) -> None:
    """One permit from a day on; visited, planned and valid for years unless something else is said."""
    usual: dict[str, Any] = {"name": f"许可{key}", "plan": "有", "valid_to": "2030-01-01", "status": "valid"}
    rows("toy-permit", day, [(key, usual | values)])


def end(key: str, day: date) -> None:
    """A permit exists no longer from a day on."""
    from bihuan.subjects.catalogue import subject_type
    from bihuan.subjects.writing import Authorship, end_subjects

    end_subjects(
        subject_type("toy-permit"), [key], Authorship(HERE, "system:test", "a register", recorded=_recorded()), day
    )


def look(at: datetime = AT, *names: str, dry: bool = False) -> Any:
    """One run."""
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.running import run_watches

    catalogue = current_catalogue()
    assert catalogue.problems == (), catalogue.problems
    return run_watches(catalogue, at, names=names, dry=dry)
