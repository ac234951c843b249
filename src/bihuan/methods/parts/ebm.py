"""Messages of emergency broadcasting (EBD packages) and what they share with the Common Alerting Protocol.

A message is flattened to `path → text` (`info.1.area.1.geocode.2.value`). Fields that both formats have are written in
the package's own elements and codes; what it cannot say exactly (a free identifier, an offset, shapes, further words)
stands beside them in an extension, so that nothing is lost on the way back, and a reader that does not know the
extension misses nothing that the standard says.
Source: GY/T 385-2023 and GD/J 083-2018 (element names as public code bases write them; to be read in the official text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from lxml import etree

from bihuan.methods.declared.cells import ZONE
from bihuan.methods.parts.cap import NS, SPACE, instant_of
from bihuan.methods.parts.rulebook import method_rules

EXTENSION = "urn:bihuan:cap-in-ebm:1"
LANGUAGES = {"zh-CN": "zho", "en-US": "eng"}
UNKNOWN_EVENT = "00000"
RESOURCE = re.compile(r"[0-9]{23}")
_PAIRS = ("valueName", "value")
_ORDER: Mapping[str, tuple[str, ...]] = {
    "alert": (
        "identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code", "note",
        "references", "incidents", "info",
    ),
    "info": (
        "language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode",
        "effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact",
        "parameter", "resource", "area",
    ),
    "area": ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"),
    "resource": ("resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"),
    "eventCode": _PAIRS, "parameter": _PAIRS, "geocode": _PAIRS,
}  # fmt: skip
_DAY = date(2023, 12, 31)

type Flat = dict[str, str]


def flatten_alert(root: Any) -> Flat:
    """The leaves of an alert by path, in the order of the file. Source: CAP-v1.2 appendix A.1."""
    return dict(_leaves(root, ""))


def _leaves(element: Any, before: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for child in element:
        name = etree.QName(child).localname
        if etree.QName(child).namespace != SPACE:
            continue
        seen[name] = seen.get(name, 0) + 1
        path = f"{before}{name}.{seen[name]}"
        if name in _ORDER:
            yield from _leaves(child, f"{path}.")
        else:
            yield path, child.text or ""


def build_alert(flat: Mapping[str, str]) -> bytes:
    """An alert of its leaves, elements in the order of the schema. Source: CAP-v1.2 appendix A.1."""
    root = etree.Element(f"{NS}alert", nsmap={None: SPACE})
    _grow(root, "alert", flat)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _grow(element: Any, kind: str, flat: Mapping[str, str]) -> None:
    groups: dict[tuple[str, int], dict[str, str]] = {}
    for path, text in flat.items():
        name, number, *rest = path.split(".", 2)
        groups.setdefault((name, int(number)), {})[rest[0] if rest else ""] = text
    for group in sorted(groups, key=lambda each: (_ORDER[kind].index(each[0]), each[1])):
        child = etree.SubElement(element, f"{NS}{group[0]}")
        if group[0] in _ORDER:
            _grow(child, group[0], groups[group])
        else:
            child.text = groups[group][""]


def package_of(flat: Flat, resource: str, hours: int) -> bytes:
    """The package that says what an alert says.

    Args:
        flat: Leaves of the alert.
        resource: 23 digits of who sends; "" to make them of the first area code.
        hours: How long a message without an end holds.

    Source: GY/T 385-2023 (to be read in the official text).
    """
    package = _package(flat, resource, hours)
    back = alert_of(package)
    extension = etree.SubElement(package.find("EBM"), f"{{{EXTENSION}}}Extension", nsmap={None: EXTENSION})
    for path, text in flat.items():
        if back.get(path) != text:
            etree.SubElement(extension, f"{{{EXTENSION}}}Field", path=path).text = text
    for path in back.keys() - flat.keys():
        etree.SubElement(extension, f"{{{EXTENSION}}}Without", path=path)
    extension[:] = sorted(extension, key=lambda each: (each.tag, each.get("path")))
    if not len(extension):
        package.find("EBM").remove(extension)
    etree.indent(package)
    return bytes(etree.tostring(package, xml_declaration=True, encoding="UTF-8"))


def _package(flat: Flat, resource: str, hours: int) -> Any:
    sent = _at(flat["sent.1"])
    areas = [text for path, text in flat.items() if _is_area(path)]
    sender = resource or resource_of(areas[0] if areas else "")
    mark = int(sha256(flat["identifier.1"].encode()).hexdigest(), 16)
    root = etree.Element("EBD")
    _add(root, EBDVersion="1.0", EBDID=f"01{sender}{mark % 10**16:016}", EBDType="EBM")
    _add(etree.SubElement(root, "SRC"), EBRID=sender)
    _add(root, EBDTime=_local(sent))
    message = etree.SubElement(root, "EBM")
    _add(message, EBMVersion="1.0", EBMID=f"{sender}{sent.astimezone(ZONE):%Y%m%d}{mark % 10_000:04}")
    if flat.get("references.1"):
        related = etree.SubElement(message, "RelatedInfo")
        _add(related, EBMID=" ".join(each.split(",")[1] for each in flat["references.1"].split()))
    _add_basic(message, flat, sender, hours)
    number = 1
    while f"info.{number}.event.1" in flat:
        _add_content(message, flat, f"info.{number}.")
        number += 1
    return root


def _add_basic(message: Any, flat: Flat, sender: str, hours: int) -> None:
    """Say who sends what kind of message, how grave, from when to when."""
    sent = flat["sent.1"]
    basic = etree.SubElement(message, "MsgBasicInfo")
    start = next((flat[path] for path in ("info.1.onset.1", "info.1.effective.1") if flat.get(path)), sent)
    starts = _at(start)
    ends = instant_of(flat.get("info.1.expires.1")) or starts + timedelta(hours=hours)
    said = flat["msgType.1"]
    _add(
        basic, MsgType="2" if said == "Cancel" else "1", EBMClass=_class_of(flat["status.1"], said),
        SenderName=flat.get("info.1.senderName.1", flat["sender.1"]), SenderCode=sender, SendTime=_local(_at(sent)),
        EventType=_event_code(flat.get("info.1.event.1", "")),
        Severity=_severities()[flat.get("info.1.severity.1", "Unknown")], StartTime=_local(starts), EndTime=_local(ends),
    )  # fmt: skip


def _add_content(message: Any, flat: Flat, at: str) -> None:
    language = flat.get(f"{at}language.1", "en-US")
    areas = [text for path, text in flat.items() if path.startswith(at) and _is_area(path)]
    _add(
        etree.SubElement(message, "MsgContent"), LanguageCode=LANGUAGES.get(language, language),
        MsgTitle=flat.get(f"{at}headline.1", ""), MsgDesc=flat.get(f"{at}description.1", ""),
        AreaCode=",".join(areas),
    )  # fmt: skip


def _is_area(path: str) -> bool:
    return ".geocode." in path and path.endswith(".value.1")


def alert_of(root: Any) -> Flat:
    """The alert that a package says, with its extension where it has one.

    Raises:
        ValueError: it is no package of a message, or lacks what an alert needs.

    Source: GY/T 385-2023 (to be read in the official text); CAP-v1.2 §3.2.
    """
    message = _child(root, "EBM")
    basic = None if message is None else _child(message, "MsgBasicInfo")
    if etree.QName(root).localname != "EBD" or message is None or basic is None:
        raise ValueError("EBD/EBM/MsgBasicInfo")
    kind = _text(basic, "EBMClass") or "4"
    flat: Flat = {
        "identifier.1": _needed(message, "EBMID"),
        "sender.1": _text(basic, "SenderName") or _needed(basic, "SenderCode"),
        "sent.1": _instant(_needed(basic, "SendTime")),
        "status.1": {"1": "System", "2": "Test", "3": "Exercise"}.get(kind, "Actual"),
        "msgType.1": "Cancel" if _text(basic, "MsgType") == "2" else "Alert",
        "scope.1": "Public",
    }
    related = _child(message, "RelatedInfo")
    if related is not None:
        named = (f"{flat['sender.1']},{each},{flat['sent.1']}" for each in _text(related, "EBMID").split())
        flat["references.1"] = " ".join(named)
    for number, content in enumerate((each for each in message if _name(each) == "MsgContent"), 1):
        flat |= {f"info.{number}.{path}": text for path, text in _info(basic, content).items()}
    extension = _child(message, "Extension")
    for each in () if extension is None else extension:
        flat.pop(each.get("path"), None)
        if _name(each) == "Field":
            flat[each.get("path")] = each.text or ""
    return flat


def _info(basic: Any, content: Any) -> Flat:
    language = _text(content, "LanguageCode")
    code = _text(basic, "EventType")
    words = _events().get(code)
    spoken = "zh" if language == "zho" else "en"
    severity = {level: name for name, level in _severities().items()}
    made = {
        "language.1": {code: name for name, code in LANGUAGES.items()}.get(language, language),
        "category.1": "Other" if words is None else words["category"],
        "event.1": code if words is None else words[spoken],
        "urgency.1": "Unknown", "severity.1": severity.get(_text(basic, "Severity"), "Unknown"), "certainty.1": "Unknown",
        "onset.1": _instant(_needed(basic, "StartTime")), "expires.1": _instant(_needed(basic, "EndTime")),
        "headline.1": _text(content, "MsgTitle"), "description.1": _text(content, "MsgDesc"),
    }  # fmt: skip
    codes = [each for each in _text(content, "AreaCode").split(",") if each]
    made |= {"area.1.areaDesc.1": ", ".join(codes)} if codes else {}
    for number, area in enumerate(codes, 1):
        made[f"area.1.geocode.{number}.valueName.1"] = "GB/T 2260"
        made[f"area.1.geocode.{number}.value.1"] = area
    return made


def resource_of(area: str) -> str:
    """A resource code of 23 digits for a platform of an area: level, area, type, number, kind.

    Source: GD/J 083-2018 resource codes (1+12+4+4+2 digits as public descriptions give them; to be read).
    """
    digits = "".join(each for each in area if each.isdigit())[:12]
    level = {0: "0", 2: "2", 4: "3", 6: "4"}.get(len(digits), "5")
    return f"{level}{digits:0<12}0101000100"


def state_words(codes: str) -> dict[str, str] | None:
    """The words of the codes of a table of broadcast states; None for words. Source: methods/tables/broadcast.yaml."""
    if codes == "word":
        return None
    table = method_rules().table(f"broadcast.state-{codes}", _DAY)
    return {str(row.key[0]): str(row.constants["state"]) for row in table.rows}


@cache
def _severities() -> dict[str, str]:
    table = method_rules().table("broadcast.severity", _DAY)
    return {str(row.key[0]): str(row.constants["level"]) for row in table.rows}


@cache
def _events() -> dict[str, dict[str, str]]:
    table = method_rules().table("broadcast.event", _DAY)
    return {str(row.key[0]): {name: str(value) for name, value in row.constants.items()} for row in table.rows}


def _event_code(event: str) -> str:
    return next((code for code, row in _events().items() if event in (row["zh"], row["en"])), UNKNOWN_EVENT)


def _class_of(status: str, kind: str) -> str:
    """The class of a status; what only answers another message is never on air."""
    if kind in ("Ack", "Error"):
        return "1"
    return str(method_rules().lookup("broadcast.class", _DAY, "*", status=status).values["class"])


def _add(parent: Any, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, name).text = text


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)


def _child(element: Any, name: str) -> Any | None:
    return next((each for each in element if _name(each) == name), None)


def _text(element: Any, name: str) -> str:
    found = _child(element, name)
    return "" if found is None else found.text or ""


def _needed(element: Any, name: str) -> str:
    text = _text(element, name).strip()
    if not text:
        raise ValueError(name)
    return text


def _at(text: str) -> datetime:
    found = instant_of(text)
    if found is None:
        raise ValueError("dateTime")
    return found


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def _instant(text: str) -> str:
    """A local time of a package as CAP writes it. Raises ValueError. Source: CAP-v1.2 §3.3.2."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).isoformat()
