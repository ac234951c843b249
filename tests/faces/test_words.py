"""Words: every event and command has both languages, and every text of the pages has its Chinese."""

from __future__ import annotations

import gettext
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from django.utils import translation

from bihuan.faces import messages
from bihuan.faces.parts import words
from bihuan.faces.parts.clocks import Dial
from bihuan.faces.parts.language import span
from bihuan.faces.parts.names import PageNames
from bihuan.loop.kernel.model import Event
from bihuan.loop.kernel.table import table
from bihuan.loop.programmes import all_programmes
from bihuan.registers.pure.snapshot import Registers

CJK = re.compile(r"[\u4e00-\u9fff]")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def names() -> PageNames:
    return PageNames(Registers.from_folder("haidian"), date(2026, 11, 23))


def event(kind: str, **data: object) -> Event:
    return Event(uuid4(), 1, kind, NOW, NOW, "system:clock", dict(data))


def test_each_word_is_in_its_own_language() -> None:
    texts = [text for step in table().steps for text in (step.label, step.button)]
    pairs = [(text.zh, text.en) for text in (*texts, *(kind.story for kind in table().kinds.values()))]
    for zh, en in pairs:
        assert CJK.search(zh), zh
        assert not CJK.search(en), en


def test_a_sentence_names_units_reasons_and_times(names: PageNames) -> None:
    rules = all_programmes()["hotline"].cases["request"]
    unit = names.registers.unit("street-110108011", names.day)
    assert unit is not None
    returned = event("returned", reason="not_our_area", **{"from": unit.id})
    asked = event("suspension_requested", request={"until": "2026-12-01T10:00:00+08:00", "reason": "works"})
    with translation.override("zh-hans"):
        assert words.describe_event(returned, names, rules) == (f"{unit.name_zh}退单：不在本单位辖区", "bad")
        assert words.describe_event(asked, names, rules)[0] == "申请挂账至2026-12-01 10:00：已列入工程计划"
    with translation.override("en"):
        assert words.describe_event(returned, names, rules)[0] == f"Returned by {unit.name_en}: Not in this unit's area"


def test_a_missed_clock_is_told_as_bad_and_a_warning_is_not(names: PageNames) -> None:
    rules = all_programmes()["hotline"].cases["request"]
    missed = event("ticked", clocks=[{"op": "miss", "name": "feedback"}])
    near = event("ticked", clocks=[{"op": "warn", "name": "arrive@x"}])
    with translation.override("en"):
        assert words.describe_event(missed, names, rules) == ("Deadline: Handling and feedback missed", "bad")
        assert words.describe_event(near, names, rules) == ("Deadline: Arrival · x near", "")


def test_braces_in_a_reason_are_only_text(names: PageNames) -> None:
    with translation.override("en"):
        assert (
            words.describe_event(event("recalled", reason="{lead} {0}"), names, None)[0]
            == "Wrongly sent, taken back: {lead} {0}"
        )


def texts(catalogue: Catalog) -> dict[str, str]:
    """Text → translation (of a plural: singular → its one form), without the header."""
    found = {}
    for message in catalogue:
        if message.id:
            first = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
            found[first] = (forms and forms[0]) or ""
    return found


def test_every_text_of_pages_and_code_has_its_chinese() -> None:
    known, current = texts(messages.read()), texts(messages.collect())
    assert messages.untranslated(messages.read()) == []
    assert set(current) ^ set(known) == set(), "run `python -m bihuan.faces.messages`"
    assert [text for text in current if CJK.search(text)] == []
    for text, translated in known.items():
        assert sorted(re.findall(r"%\(\w+\)[sd]", text)) == sorted(re.findall(r"%\(\w+\)[sd]", translated)), text


def test_the_compiled_catalogue_is_the_one_of_the_source() -> None:
    compiled = messages.CATALOGUE.with_suffix(".mo").read_bytes()
    assert texts(read_mo(io.BytesIO(compiled))) == texts(messages.read())
    catalogue = gettext.GNUTranslations(io.BytesIO(compiled))
    assert catalogue.gettext("Report a problem") == "反映问题"
    assert catalogue.ngettext("%(n)s case", "%(n)s cases", 5) == "%(n)s 件"


def test_the_collector_sees_templates_and_code() -> None:
    found = texts(messages.collect())
    assert {"Skip to content", "95 %% interval", "Please say in a sentence what is wrong."} <= set(found)


def test_what_is_written_again_without_a_new_text_is_the_same_file(tmp_path: Path) -> None:
    messages.write(messages.updated(messages.read(), messages.collect()), tmp_path / "django.po")
    assert (tmp_path / "django.po").read_bytes() == messages.CATALOGUE.read_bytes()


def test_a_new_text_is_added_empty_and_an_unused_one_dropped(tmp_path: Path) -> None:
    known, current = Catalog(locale="zh_Hans"), Catalog(locale="zh_Hans")
    known.add("kept", "留")
    known.add("gone", "去")
    for text in ("kept", "new", ("%(n)s case", "%(n)s cases")):
        current.add(text)
    messages.write(messages.updated(known, current), tmp_path / "django.po")
    found = messages.read(tmp_path / "django.po")
    assert texts(found) == {"kept": "留", "new": "", "%(n)s case": ""}
    assert messages.untranslated(found) == ["%(n)s case", "new"]


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(59, "0 分钟", "0 min"), (3600, "1 小时", "1 h"), (93_900, "1 天 2 小时", "1 d 2 h"), (86_400, "1 天", "1 d")],
)
def test_a_length_of_time_in_its_two_largest_units(seconds: int, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert span(seconds) == zh
    with translation.override("en"):
        assert span(-seconds) == en


def test_a_dial_turns_from_early_over_soon_to_late() -> None:
    start, due = datetime(2026, 11, 23, 0, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
    moods = [Dial.of(start, due, datetime(2026, 11, 23, h, tzinfo=UTC)) for h in (1, 8, 11)]
    assert [(d.mood, d.used) for d in moods] == [("", 10), ("soon", 80), ("late", 100)]


def test_a_declared_span_is_said_in_chinese() -> None:
    with translation.override("zh-hans"):
        assert [words.within(w) for w in ("2h", "3 days", "7 working days", "30min")] == [
            "2 小时",
            "3 天",
            "7 个工作日",
            "30 分钟",
        ]


def test_what_was_written_is_told_to_who_may_read_it_and_leaves_no_gap_for_others(names: PageNames) -> None:
    read = Event(uuid4(), 1, "refused", NOW, NOW, "user:x", {}, {"reason": "不属受理范围", "remedy": "向法院起诉"})
    hidden = Event(uuid4(), 1, "refused", NOW, NOW, "user:x", {}, None)
    called = Event(uuid4(), 1, "called_in", NOW, NOW, "user:x", {"parties": [{"unit": "u"}]}, {"task": "清运"})
    with translation.override("zh-hans"):
        assert words.describe_event(read, names, None)[0] == "不予受理：不属受理范围；可以：向法院起诉"
        assert words.describe_event(hidden, names, None)[0] == "不予受理"
        assert words.describe_event(called, names, None)[0] == "吹哨：请u到场；任务：清运"
    with translation.override("en"):
        assert words.describe_event(hidden, names, None)[0] == "Not admissible"


def test_a_reporter_reads_words_addressed_to_them_and_nobody_elses(names: PageNames) -> None:
    from bihuan.faces.parts.story import public_story
    from bihuan.loop.kernel.model import Case

    refused = Event(uuid4(), 1, "refused", NOW, NOW, "user:x", {}, {"reason": "不属受理范围"})
    left = Event(uuid4(), 2, "withdrawn", NOW, NOW, "reporter:other", {}, {"reason": "张三已搬走"})
    with translation.override("zh-hans"):
        told = [e.text for e in public_story(Case(id=uuid4()), [refused, left], names, "reporter:me", first=False)]
        own = [e.text for e in public_story(Case(id=uuid4()), [left], names, "reporter:other", first=False)]
    assert told == ["不予受理：不属受理范围", "撤回"]
    assert own == ["撤回：张三已搬走"]
