"""Alert messages, packages, plans and coverage: vectors, properties, and what no sender can slip through."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bihuan.methods.broadcast_plan import Airing, slots_of
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import WrongCallError, run_method
from bihuan.methods.parts import cap
from bihuan.methods.parts.cap import CountryBounds, check_alerts
from bihuan.methods.parts.ebm import alert_of, build_alert, flatten_alert, package_of
from tests.examples import examples
from tests.methods.running import run

CHINA = CountryBounds(3, 73, 54, 136)
RING = "39.91,116.31 39.91,116.36 39.97,116.36 39.97,116.31 39.91,116.31"
ALERT = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
 <identifier>11010841600001_20240712153000_3</identifier><sender>desk@warnings.example</sender>
 <sent>2024-07-12T15:30:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
 <info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Expected</urgency>
  <severity>Severe</severity><certainty>Likely</certainty><effective>2024-07-12T15:30:00+08:00</effective>
  <onset>2024-07-12T17:00:00+08:00</onset><expires>2024-07-13T02:00:00+08:00</expires>
  <headline>暴雨橙色预警</headline><description>山区注意避险。</description>
  <area><areaDesc>全区</areaDesc><polygon>{RING}</polygon>
   <geocode><valueName>GB/T 2260</valueName><value>110108</value></geocode></area></info>
</alert>"""


def _with(old: str, new: str) -> str:
    assert old in ALERT
    return ALERT.replace(old, new)


BROKEN = {
    "": ALERT,
    "xml": ALERT[:-20],
    "xml dtd": ALERT.replace("<alert ", "<!DOCTYPE alert>\n<alert ", 1),
    "xml entity": ALERT.replace("<alert ", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<alert ', 1).replace(
        "全区", "&x;"
    ),
    "schema": _with("Likely", "Sure"),
    "schema zulu": _with("2024-07-13T02:00:00+08:00", "2024-07-12T18:00:00Z"),
    "schema day": _with("2024-07-13T02:00:00+08:00", "2024-02-30T18:00:00+08:00"),
    "identifier": _with("_3<", " 3<"),
    "identifier comma": _with("_3<", ",3<"),
    "identifier entity": _with("_3<", "&lt;3<"),
    "identifier sender": _with("desk@", "the desk@"),
    "times": _with("2024-07-13T02:00:00+08:00", "2024-07-12T16:00:00+08:00"),
    "times zones": _with("2024-07-13T02:00:00+08:00", "2024-07-12T18:00:00+09:30"),
    "polygon open": _with(RING, RING[: -len(" 39.91,116.31")]),
    "polygon three": _with(RING, "39.91,116.31 39.97,116.36 39.91,116.31"),
    "polygon bow": _with(RING, "39.91,116.31 39.97,116.36 39.97,116.31 39.91,116.36 39.91,116.31"),
    "polygon words": _with(RING, "north"),
    "polygon range": _with(RING, RING.replace("39.97", "99.97")),
    "polygon swapped": _with(RING, "43.80,87.50 43.80,87.60 43.90,87.60 43.80,87.50".replace("43.", "x.")
                             .replace("87.", "43.").replace("x.", "87.")),
    "polygon circle": _with(f"<polygon>{RING}</polygon>", "<circle>39.9,116.3 -1</circle>"),
    "references": _with("Alert</msgType>", "Update</msgType>"),
    "references parts": _with("Public</scope>", "Public</scope><references>desk@warnings.example,7</references>"),
    "scope": _with("Public<", "Restricted<"),
    "scope private": _with("Public<", "Private<"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_named_by_its_rule(name: str) -> None:
    assert check_alerts([BROKEN[name].encode()], CHINA)[0].rule == name.split(" ")[0]


def test_what_is_sound_though_unusual() -> None:
    good = [
        _with(RING, "\n ".join(RING.split())),
        _with(f"<polygon>{RING}</polygon>", "<circle>39.9,116.3 0</circle>"),
        _with("<onset>2024-07-12T17:00:00+08:00</onset>", ""),
        _with("2024-07-13T02:00:00+08:00", "2024-07-12T17:00:00+08:00"),
        _with("2024-07-13T02:00:00+08:00", "2024-07-12T24:00:00+08:00"),
        _with("Alert</msgType><scope>Public</scope>", "Cancel</msgType><scope>Public</scope><references>"
              "desk@warnings.example,11010841600001_20240712150000_2,2024-07-12T15:00:00+08:00</references>"),
        _with("Public</scope>", "Restricted</scope><restriction>值守人员</restriction>"),
        _with("全区", "全<!-- a remark -->区"),
        _with(RING, "78.1,15.1 78.1,15.9 78.6,15.9 78.1,15.1").replace("78.", "-33."),
    ]  # fmt: skip
    assert [each.rule for each in check_alerts([text.encode() for text in good], CHINA)] == [""] * len(good)


def test_many_files_give_what_each_gives_alone(tmp_path: Path) -> None:
    paths = []
    for number, text in enumerate(BROKEN.values()):
        paths.append(tmp_path / f"{number:02}.xml")
        paths[-1].write_text(text, encoding="utf-8")
    outcome = run_method(method_named("cap-check"), paths, {})
    assert list(outcome.columns["rule"]) == [name.split(" ")[0] for name in BROKEN]
    assert (outcome.facts["sound"], outcome.rows) == (1, len(BROKEN))
    assert not outcome.rejects
    with pytest.raises(WrongCallError):
        run_method(method_named("cap-check"), paths, {"bounds": "here"})


def test_the_schema_is_the_one_xmlschema_reads() -> None:
    foreign = xmlschema.XMLSchema(str(Path(cap.__file__).with_name("cap-1.2.xsd")))
    for name, text in BROKEN.items():
        if not name.startswith("xml"):
            assert foreign.is_valid(text) == (not name.startswith("schema")), name


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ALERT.replace("全区", text).encode()))
@settings(max_examples=examples(200))
def test_no_bytes_break_the_check(raw: bytes) -> None:
    assert check_alerts([raw], CHINA)[0].rule in ("", *cap.RULES)


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)


@given(
    st.fixed_dictionaries({
        "headline": WORDS, "description": WORDS, "event": WORDS | st.sampled_from(["暴雨", "Heat"]),
        "language": st.sampled_from(["zh-CN", "en-US", "bo", "fr-CA"]),
        "severity": st.sampled_from(["Extreme", "Severe", "Moderate", "Minor", "Unknown"]),
        "status": st.sampled_from(["Actual", "Exercise", "System", "Test", "Draft"]),
        "msgType": st.sampled_from(["Alert", "Ack"]), "sent": st.sampled_from(["+08:00", "-03:30"]),
        "identifier": st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True),
        "codes": st.lists(st.from_regex(r"[0-9]{6,12}", fullmatch=True), max_size=4),
    })
)  # fmt: skip
@settings(max_examples=examples(60))
def test_an_alert_comes_back_whole(said: dict[str, Any]) -> None:
    flat = flatten_alert(etree.fromstring(ALERT.encode()))
    flat = {path: text for path, text in flat.items() if ".geocode." not in path}
    for number, code in enumerate(said.pop("codes"), 1):
        flat |= {f"info.1.area.1.geocode.{number}.valueName.1": "GB/T 2260"}
        flat |= {f"info.1.area.1.geocode.{number}.value.1": code}
    flat["sent.1"] = "2024-07-12T15:30:00" + said.pop("sent")
    for name, text in said.items():
        flat[f"{name}.1" if f"{name}.1" in flat else f"info.1.{name}.1"] = text
    package = package_of(flat, "", 24)
    back = flatten_alert(etree.fromstring(build_alert(alert_of(etree.fromstring(package)))))
    assert back == flat
    kind = etree.fromstring(package).findtext("EBM/MsgBasicInfo/EBMClass")
    assert (kind == "4") == (flat["status.1"] == "Actual" and flat["msgType.1"] == "Alert")


def test_a_package_of_somebody_else_and_one_that_lacks_something(tmp_path: Path) -> None:
    plain = tmp_path / "plain.xml"
    plain.write_text(
        "<EBD><EBDID>1</EBDID><EBM><EBMID>42</EBMID><MsgBasicInfo><MsgType>1</MsgType><SenderName>a</SenderName>"
        "<SenderCode>1</SenderCode><SendTime>2024-07-12 15:30:00</SendTime><EventType>11B03</EventType>"
        "<Severity>2</Severity><StartTime>2024-07-12 17:00:00</StartTime><EndTime>2024-07-13 02:00:00</EndTime>"
        "</MsgBasicInfo><MsgContent><LanguageCode>zho</LanguageCode><MsgTitle>t</MsgTitle><MsgDesc>d</MsgDesc>"
        "<AreaCode>110108</AreaCode></MsgContent></EBM></EBD>",
        encoding="utf-8",
    )
    outcome = run_method(method_named("ebm-to-cap"), [plain], {})
    assert outcome.document is not None
    flat = flatten_alert(etree.fromstring(outcome.document.encode()))
    assert (flat["info.1.event.1"], flat["info.1.severity.1"], flat["info.1.category.1"]) == ("暴雨", "Severe", "Met")
    assert check_alerts([outcome.document.encode()], CHINA)[0].rule == ""
    for fault in ("<SendTime>2024-07-12 15:30:00</SendTime>", "<EBMID>42</EBMID>"):
        plain.write_text(plain.read_text().replace(fault, ""))
        refused = run_method(method_named("ebm-to-cap"), [plain], {})
        assert refused.document is None
        assert len(refused.rejects) == 1


def test_an_unsound_alert_is_not_converted(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(BROKEN["polygon bow"], encoding="utf-8")
    outcome = run_method(method_named("cap-to-ebm"), [path], {})
    assert outcome.document is None
    assert outcome.rejects[0].field == "polygon"
    with pytest.raises(WrongCallError):
        run_method(method_named("cap-to-ebm"), [path], {"resource": "12"})


MESSAGES = st.lists(
    st.tuples(st.sampled_from("45"), st.integers(0, 4), st.integers(0, 40), st.integers(1, 15), st.integers(0, 60)),
    max_size=8,
).map(lambda rows: [Airing(a, b, c, f"m{n}", d, e) for n, (a, b, c, d, e) in enumerate(rows)])


@given(MESSAGES)
@settings(max_examples=examples(300))
def test_the_plan_is_what_a_clock_would_do(airings: list[Airing]) -> None:
    left, minutes = {each.name: each.minutes for each in airings}, []
    for minute in range(120):
        ready = [each for each in airings if each.sent <= minute < each.end and left[each.name]]
        first = min(ready, default=None)
        minutes.append(first.name if first else "")
        if first:
            left[first.name] -= 1
    slots = slots_of(airings)
    aired = [""] * 120
    for slot in slots:
        assert slot.start < slot.stop
        aired[slot.start : slot.stop] = [slot.name] * (slot.stop - slot.start)
    assert aired == minutes
    assert all(a.stop <= b.start and (a.name, a.stop) != (b.name, b.start) for a, b in pairwise(slots))


def test_drills_never_reach_a_terminal_and_the_cancelled_falls_silent() -> None:
    messages = """message,class,level,area,sent,minutes,expires,cancelled
        drill,3,1,1101,0,30,90,
        daily,5,4,1101,0,20,200,
        gone,4,2,1101,5,30,90,12
        late,4,1,110108,100,10,100,
        red,4,1,110108,8,2,90,
        wrong,9,1,110108,8,2,90,"""
    rows, outcome = run("broadcast-plan", messages, "terminal,area,population\nt1,110108,5\nt2,110105,5\n", shuffle=3)
    said = [(r["terminal"], r["message"], int(r["from"]), int(r["to"])) for r in rows]
    assert said == [
        ("t1", "daily", 0, 5), ("t1", "gone", 5, 8), ("t1", "red", 8, 10), ("t1", "gone", 10, 12), ("t1", "daily", 12, 27),
        ("t2", "daily", 0, 5), ("t2", "gone", 5, 12), ("t2", "daily", 12, 27),
    ]  # fmt: skip
    assert outcome.facts["never"] == ["drill", "late"]
    assert len(outcome.rejects) == 1


def test_a_cell_counts_once_and_only_what_is_done_counts() -> None:
    receipts = """terminal,message,state,at
        a,m,done,2024-07-12T15:30:00+08:00
        a,m,done,2024-07-12T15:31:00+08:00
        b,m,done,2024-07-12T15:30:00+08:00
        c,m,playing,2024-07-12T15:30:00+08:00
        c,other,done,2024-07-12T15:30:00+08:00
        x,m,done,2024-07-12T15:30:00+08:00"""
    hears, cells = "terminal,cell\na,1\nb,1\nb,2\nc,3\na,9\n", "cell,population\n1,100\n2,30\n3,7\n"
    _, outcome = run("broadcast-coverage", receipts, hears, cells, message="m")
    told = {name: outcome.facts[name] for name in ("reached", "target", "terminals_confirmed", "unknown_terminals")}
    assert told == {"reached": 130, "target": 137, "terminals_confirmed": 2, "unknown_terminals": 1}
    assert len(outcome.rejects) == 1, "a cell that nobody knows"


@pytest.mark.parametrize(("codes", "reached"), [("three", 5), ("six", 7)])
def test_two_code_bases_are_two_tables(codes: str, reached: int) -> None:
    """2 is done in one and playing in the other; 3 is done there and unknown here."""
    receipts = "terminal,message,state,at\na,m,2,2024-07-12T15:30:00+08:00\nb,m,3,2024-07-12T15:30:00+08:00\n"
    hears, cells = "terminal,cell\na,1\nb,2\n", "cell,population\n1,5\n2,7\n"
    _, outcome = run("broadcast-coverage", receipts, hears, cells, message="m", codes=codes)
    assert outcome.facts["reached"] == reached
    assert len(outcome.rejects) == (1 if codes == "three" else 0)
