"""The same answers on a Spark cluster of two workers, one of which is killed in the middle of the question."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bihuan.extend import QUESTIONS
from bihuan.lake.asking import answer_question
from tests.lake.conftest import Filled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed (extra `spark`)"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
]
Wait = Callable[..., None]
ASK = """
import json, sys
from pathlib import Path
from bihuan.lake.asking import answer_question
asked = {"engine": "spark", "month": "2026-10", "master": sys.argv[2]}
answers = [answer_question(Path(sys.argv[1]), question, **asked)["rows"] for question in sys.argv[3:]]
print(json.dumps(answers))
"""


class Cluster(NamedTuple):
    """A running master and its workers."""

    url: str
    page: str
    workers: list[subprocess.Popen[bytes]]

    def state(self) -> dict[str, Any]:
        """What the master knows."""
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(self.page) as page:
            found: dict[str, Any] = json.load(page)
            return found
        return {}

    def alive(self) -> int:
        """Workers the master counts as alive."""
        return sum(worker["state"] == "ALIVE" for worker in self.state().get("workers", []))

    def busy(self) -> int:
        """Workers that run an executor of a question."""
        return sum(worker["coresused"] > 0 for worker in self.state().get("workers", []))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(folder: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_DAEMON_MEMORY": "512m", "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip
    log = (folder / f"{name}.log").open("wb")
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{words[0]}", *words[1:]]
    return subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)


@pytest.fixture
def cluster(tmp_path: Path, wait_until: Wait) -> Iterator[Cluster]:
    """A standalone master and two workers of one core each, on ports of their own."""
    port, page = _free_port(), _free_port()
    url = f"spark://127.0.0.1:{port}"
    ports = ("--port", str(port), "--webui-port", str(page))
    started = [_start(tmp_path, "master", "master.Master", "--host", "127.0.0.1", *ports)]
    found = Cluster(url, f"http://127.0.0.1:{page}/json/", [])
    try:
        wait_until(found.state, seconds=60, what="the master's page")
        for name in ("one", "two"):
            limits = ("--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", str(_free_port()))
            found.workers.append(_start(tmp_path, name, "worker.Worker", *limits, url))
        wait_until(lambda: found.alive() == 2, seconds=90, what="two workers")
        yield found
    finally:
        for process in (*started, *found.workers):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize(
    "questions",
    [("handling-time", "three-rates"), pytest.param(tuple(q.name for q in QUESTIONS.all()), marks=pytest.mark.soak)],
    ids=["two questions", "every question"],
)
def test_identical_answers_though_a_worker_dies(
    questions: tuple[str, ...], filled: Filled, cluster: Cluster, wait_until: Wait
) -> None:
    here = [answer_question(filled.folder, q, month="2026-10")["rows"] for q in questions]
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK, str(filled.folder), cluster.url, *questions], stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: cluster.busy() == 2, seconds=120, what="executors on both workers")
    os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    assert asking.poll() is None, "the worker died too late: the question was answered"
    wait_until(lambda: cluster.busy() <= 1, seconds=120, what="the master to miss the worker")
    out, _ = asking.communicate(timeout=400)
    assert asking.returncode == 0
    assert json.loads(out.splitlines()[-1]) == json.loads(json.dumps(here))
