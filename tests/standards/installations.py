"""Installations of this product as processes of their own: a home each, a database each, a server that listens."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx


class Installation:
    """One of them.

    Args:
        furnish: The fixture that gives a home a loaded district. environment: What is configured beside it.
    """

    def __init__(self, furnish: Callable[..., None], environment: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bihuan-wires-"))
        self.folder.chmod(0o711)
        self.home = self.folder / "home"
        furnish(self.home, district=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.environment = os.environ | {
            "BIHUAN_HOME": str(self.home), "BIHUAN_PG_SHARED_BUFFERS": "64MB", **(environment or {}),
        }  # fmt: skip
        for name in ("BIHUAN_DB_ROLE", "DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR"):
            self.environment.pop(name, None)
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def bihuan(self, *words: str) -> dict[str, Any]:
        """What a command answers."""
        return self._told([sys.executable, "-m", "bihuan.cli", *words, "--json"])

    def python(self, program: str, *words: str, killed: bool = False) -> Any:
        """What a program prints that runs inside of it, after `django.setup()`; its last line is JSON."""
        begun = (
            "import sys, json, django; django.setup()\nfrom bihuan.loop.store import current_facts\ncurrent_facts()\n"
        )
        command = [sys.executable, "-c", begun + program, *words]
        return self._told(command, killed=killed, DJANGO_SETTINGS_MODULE="bihuan.server.settings")

    def serve(self) -> None:
        """Start its server, without a worker."""
        command = [
            sys.executable,
            "-m",
            "bihuan.cli",
            "serve",
            "--port",
            str(self.port),
            "--workers",
            "1",
            "--no-worker",
        ]
        with (self.folder / "serve.log").open("ab") as log:
            self._server = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        until = time.monotonic() + 120
        while True:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                assert time.monotonic() < until, (self.folder / "serve.log").read_text()
                time.sleep(0.2)

    def stop(self) -> None:
        """End it and take its folder away."""
        self._run([sys.executable, "-m", "bihuan.cli", "stop"], {})
        if self._server is not None:
            self._server.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _told(self, command: list[str], *, killed: bool = False, **more: str) -> Any:
        done = self._run(command, more)
        if killed:
            assert done.returncode == 9, done.stdout + done.stderr
            return None
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def _run(self, command: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment | more, capture_output=True, text=True, check=False, timeout=240
        )
