"""The wire as the worker knows it: listens where it is configured, and follows what came."""

from __future__ import annotations

import os

from django.utils import timezone

from bihuan.faults import Fault
from bihuan.registers.live import default_district
from bihuan.registers.models import District
from bihuan.server.home import current_home
from bihuan.standards.hj212.following import FrameFollower
from bihuan.standards.hj212.serving import LoggerServer
from bihuan.standards.hj212.wire import FOLDER

LISTEN = "BIHUAN_HJ212_LISTEN"
_SERVERS: list[LoggerServer] = []


def listen_and_follow() -> int:
    """Open the port once, then bring what came into series; returns how many frames were followed.

    Raises:
        Fault: the setting names no address.

    Source: docs/adr/0344-frames-before-answers.md; docs/reference/settings.md.
    """
    told = os.environ.get(LISTEN, "").strip()
    if not told:
        return 0
    folder = current_home().path / FOLDER
    if not _SERVERS or not _SERVERS[0].alive:
        host, _, port = told.rpartition(":")
        if not port.isdigit():
            raise Fault(f"{LISTEN}={told} 不是地址 · is no address", f"{LISTEN}=0.0.0.0:9212")
        server = LoggerServer(host or "0.0.0.0", int(port), folder)  # noqa: S104 - loggers come from outside
        server.start()
        _SERVERS[:] = [server]
    return FrameFollower(folder, default_district(), timezone.now()).follow() if District.objects.exists() else 0
