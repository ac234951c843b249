"""What the standards add to the house: methods on captured bytes; servers where they are configured."""

from __future__ import annotations

from typing import Any

from bihuan.extend import (
    App,
    CliCommand,
    DeclaredKind,
    DeclaredThing,
    Loop,
    MethodPoint,
    Middleware,
    Page,
    PlainColumns,
    RawRecords,
    SetAside,
    Standard,
)

SLOW_SECONDS = 300
"""Patience with a day of frames that came at once."""


def apps() -> tuple[App, ...]:
    """What wires remember."""
    return (App("bihuan.standards", order=75),)


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.standards.personal import PLAIN

    return PLAIN


def aside() -> tuple[SetAside, ...]:
    """What another installation did not take."""
    return (
        SetAside(
            "open311_out",
            "案件没有转到对方系统，或没有听到对方的进展",
            "A case did not reach the other installation, or its progress was not heard",
            "核对地址、密钥和服务代码；系统会自动再试",
            "Check address, key and service code; it is tried again by itself",
        ),
    )


def declared() -> tuple[DeclaredKind, ...]:
    """Where cases are forwarded to."""
    from bihuan.standards.open311.forwards import all_forwards

    def forwards() -> list[DeclaredThing]:
        return [
            DeclaredThing(name, each.forward.name.zh, each.forward.name.en, each.programme, each.file.name)
            for name, each in sorted(all_forwards().items())
        ]

    return (
        DeclaredKind(
            "forwards", "转送", "Forward", "PROGRAMME/forwards/NAME.yaml", forwards, "", "",
            "bihuan open311 list", "bihuan open311 list --json", 95,
        ),
    )  # fmt: skip


def methods() -> tuple[MethodPoint, ...]:
    """What is read from captures."""
    return (MethodPoint("hj212", _hj212),)


def commands() -> tuple[CliCommand, ...]:
    """What was received."""
    return (
        CliCommand("hj212", "What was received from data loggers · 数采仪报文", _command),
        CliCommand("twin", "What is built, as models of the city · 城市模型", _twin_command),
        CliCommand("open311", "Cases forwarded to other installations · 转送其他系统", _open311_command),
        CliCommand("mqtt", "Messages on the wire: keys and access · 消息线路", _mqtt_command),
    )


def loops() -> tuple[Loop, ...]:
    """Wires that loggers speak; each does nothing until its address is configured."""
    return (
        Loop("hj212", _listen, 1.0, "接收 HJ 212 数采仪", "data loggers of HJ 212", SLOW_SECONDS),
        Loop("mqtt_readings", _follow_readings, 1.0, "接收 MQTT 读数", "readings by MQTT", SLOW_SECONDS),
        Loop("ngsild", _notify_subscribers, 5.0, "NGSI-LD 通知", "notifications of NGSI-LD", SLOW_SECONDS),
        Loop("open311_out", _forward_cases, 30.0, "转送其他系统", "cases to other installations", SLOW_SECONDS),
        Loop("mqtt_orders", _carry_orders, 0.5, "MQTT 下发指令和回执", "orders and receipts by MQTT", SLOW_SECONDS),
    )


def middleware() -> tuple[Middleware, ...]:
    """What HTTP asks of every wire, outside of everything that looks at a request."""
    return (Middleware("bihuan.standards.serving.middleware.WireMiddleware", "django.middleware.gzip.GZipMiddleware"),)


def pages() -> tuple[Page, ...]:
    """Wires over HTTP by their addresses."""
    from bihuan.standards.calendar.deadlines import deadlines
    from bihuan.standards.cap.answers import api as alerts
    from bihuan.standards.dcat import answers as dcat
    from bihuan.standards.features.answers import api as features
    from bihuan.standards.ngsild.answers import api as ngsild
    from bihuan.standards.open311.answers import api as open311
    from bihuan.standards.sensorthings.answers import api as sensorthings

    return (
        Page("alerts/", alerts.urls, programs=True),
        Page("calendar/deadlines.ics", deadlines, programs=True),
        Page("catalog.jsonld", dcat.jsonld, programs=True),
        Page("catalog.ttl", dcat.turtle, programs=True),
        Page("ngsi-ld/v1/", ngsild.urls, programs=True),
        Page("ogc/", features.urls, programs=True),
        Page("open311/v2/", open311.urls, programs=True),
        Page("sta/v1.1/", sensorthings.urls, programs=True),
    )


def standards() -> tuple[Standard, ...]:
    """What foreign programs may rely on."""
    return (
        Standard(
            "HJ 212", "2005/2017/2025", "in", "TCP, BIHUAN_HJ212_LISTEN", "接收污染源在线监测数据",
            "Data of pollution sources",
            "tests/standards/test_hj212_wire.py",
        ),
        Standard(
            "OGC API - Features", "1.0.1, parts 1 and 2", "out", "/ogc/", "对象与公开案件的地图要素",
            "Subjects and public cases as map features",
            "tests/standards/test_features_foreign.py",
        ),
        Standard(
            "MQTT", "5.0", "in out", "BIHUAN_MQTT_URL, BIHUAN_MQTT_QUEUES", "接收读数，下发指令，收取回执",
            "Readings in, orders out, receipts back",
            "tests/standards/test_mqtt_broker.py",
        ),
        Standard(
            "CAP", "1.2", "out", "/alerts/feed.atom, /alerts/ID.xml", "发布预警：签名消息与订阅源",
            "Signed public alerts and their feed",
            "tests/standards/test_cap_feed.py",
        ),
        Standard(
            "CityJSON", "2.0", "out", "bihuan twin export", "某日某地的建筑、出入口、电梯和管线模型",
            "Buildings, entrances, lifts and pipes of an area on a day",
            "tests/standards/test_city_foreign.py",
        ),
        Standard(
            "3D Tiles", "1.1", "out", "bihuan twin export --format 3dtiles", "某日某地的建筑，供三维地球浏览",
            "Buildings of an area on a day, for viewers of the globe",
            "tests/standards/test_city_foreign.py",
        ),
        Standard(
            "DCAT", "3, after DCAT-AP 3.0", "out", "/catalog.ttl", "开放数据目录", "Catalogue of open data",
            "tests/standards/test_dcat_foreign.py",
        ),
        Standard(
            "iCalendar (RFC 5545)", "2009", "out", "/calendar/deadlines.ics", "办理时限日历，按令牌订阅",
            "Deadlines, subscribed to by a token", "tests/standards/test_calendar_foreign.py",
        ),
        Standard(
            "NGSI-LD", "1.8.1, a subset", "in out", "/ngsi-ld/v1/", "对象与最新监测值，可订阅",
            "Subjects with their newest values",
            "tests/standards/test_ngsild_foreign.py",
        ),
        Standard(
            "OCEL (object-centric event log)", "2.0, JSON", "out", "bihuan lake ocel", "供流程挖掘的事件日志",
            "Event log for process mining", "tests/standards/test_ocel_foreign.py",
        ),
        Standard(
            "Open311 GeoReport", "2", "in", "/open311/v2/", "服务请求的提交与查询", "Service requests",
            "tests/standards/test_open311_foreign.py",
        ),
        Standard(
            "Open311 GeoReport", "2, servicerequestupdates as mySociety reads them", "out",
            "PROGRAMME/forwards/NAME.yaml", "案件转送其他系统并跟踪进展",
            "Cases forwarded to another installation and followed there",
            "tests/standards/test_open311_out.py",
        ),
        Standard(
            "OGC SensorThings API", "1.1, part 1", "in out", "/sta/v1.1/", "对象与监测数据",
            "Subjects and observations",
            "tests/standards/test_sensorthings_foreign.py",
        ),
    )  # fmt: skip


def raw_records() -> tuple[RawRecords, ...]:
    """Frames as they came, for who must defend a value in court."""
    from bihuan.standards.hj212.raw import raw_files

    return (RawRecords("hj212", raw_files, "数采仪原始报文", "raw frames of data loggers"),)


def _hj212() -> Any:
    from bihuan.standards.hj212.calc_hj212 import METHOD

    return METHOD


def _command() -> Any:
    from bihuan.standards.hj212.command import app

    return app


def _twin_command() -> Any:
    from bihuan.standards.tiles.command import app

    return app


def _listen() -> int:
    from bihuan.standards.hj212.background import listen_and_follow

    return listen_and_follow()


def _mqtt_command() -> Any:
    from bihuan.standards.mqtt.command import app

    return app


def _open311_command() -> Any:
    from bihuan.standards.open311.command import app

    return app


def _notify_subscribers() -> int:
    from bihuan.standards.ngsild.background import notify_subscribers

    return notify_subscribers()


def _forward_cases() -> int:
    from bihuan.standards.open311.background import forward_cases

    return forward_cases()


def _follow_readings() -> int:
    from bihuan.standards.mqtt.background import follow_readings

    return follow_readings()


def _carry_orders() -> int:
    from bihuan.standards.mqtt.background import carry_orders

    return carry_orders()
