"""A real Mosquitto for the tests: on a free port, with what it is told; killed and started again at will."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bihuan.standards.mqtt.broker import BrokerPlace

PROGRAM = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else "")
needs_mosquitto = pytest.mark.skipif(not PROGRAM, reason="needs Debian's package mosquitto (.ci/run installs it)")


def version_of_broker() -> str:
    """Which version of Mosquitto is installed, as it says itself."""
    told = subprocess.run([PROGRAM, "-h"], capture_output=True, text=True, check=False).stdout
    return told.splitlines()[0].removeprefix("mosquitto version ")


class Mosquitto:
    """A broker in a folder of its own."""

    def __init__(self, folder: Path, *, users: dict[str, str] | None = None, rules: str = "") -> None:
        with socket.socket() as line:
            line.bind(("127.0.0.1", 0))
            self.port = line.getsockname()[1]
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        self.folder, self.config = folder, folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/",
            "autosave_interval 1", "max_inflight_messages 2000", "max_queued_messages 0", "log_dest none",
            f"allow_anonymous {'false' if users else 'true'}",
        ]  # fmt: skip
        if users:
            (folder / "passwords").write_text("".join(f"{name}:{word}\n" for name, word in users.items()))
            subprocess.run(["mosquitto_passwd", "-U", folder / "passwords"], check=True)
            (folder / "access").write_text(rules)
            lines += [f"password_file {folder}/passwords", f"acl_file {folder}/access"]
        if os.geteuid() == 0:
            lines.append("user root")
        self.config.write_text("\n".join(lines) + "\n")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Mosquitto:
        """Start it; returns when its port is open."""
        self.process = subprocess.Popen([PROGRAM, "-c", self.config], stderr=subprocess.DEVNULL)

        def is_open() -> bool:
            with socket.socket() as line:
                return line.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until(is_open, "the broker's port")
        return self

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def place(self, user: str = "", password: str = "") -> BrokerPlace:
        """Where it is, for an account."""
        return BrokerPlace(False, "127.0.0.1", self.port, user, password)


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.02)
