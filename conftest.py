"""Fixtures shared by every test room: one private PostgreSQL per test session, in a data folder of its own.

Migrations and tests run as the owner; `app_role` and `app_connection` give a test the rights of the application.
The server starts only when the first test asks for the database, from a prepared cluster (tests/prepared.py).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.examples import examples

SESSION_FOLDERS = Path(tempfile.gettempdir()) / "bihuan-tests"


def _remove(folder: Path) -> None:
    from bihuan.server import postgres, secrets
    from bihuan.server.home import Home

    home = Home(folder)
    with contextlib.suppress(postgres.PostgresError, OSError):
        postgres.server_of_home(home, secrets.everything(home)).stop()
    shutil.rmtree(folder, ignore_errors=True)


def _home_of_this_session() -> Path:
    """A fresh folder named after this process, so that a later session can clear away what a killed one left."""
    SESSION_FOLDERS.mkdir(mode=0o755, exist_ok=True)
    for left in SESSION_FOLDERS.iterdir():
        if left.name.isdigit() and not Path(f"/proc/{left.name}").exists():
            _remove(left)
    home = SESSION_FOLDERS / str(os.getpid())
    home.mkdir(mode=0o755, exist_ok=True)
    return home


def _prepare_environment() -> None:
    """Runs at import, before pytest-django reads the settings."""
    # Some machines forbid Python to keep what it compiled. Five hundred rewritten test modules, and the house in every
    # process that a test starts, would be compiled anew each time: half a minute of each stage.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BIHUAN_ENV", "BIHUAN_BASE_URL"):
        os.environ.pop(name, None)
    os.environ["BIHUAN_HOME"] = str(_home_of_this_session())
    os.environ["BIHUAN_DB_ROLE"] = "owner"
    os.environ.setdefault("BIHUAN_PG_SHARED_BUFFERS", "128MB")
    os.environ.setdefault("BIHUAN_LOG_LEVEL", "WARNING")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bihuan.server.settings"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: more threads only get in each other's way
    # How long an example takes says nothing on a busy machine; speed is measured in benchmarks/.
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=slow, max_examples=examples())
    hypothesis.settings.load_profile("house")

    from bihuan.server import secrets
    from bihuan.server.home import current_home
    from tests import prepared

    secrets.ensure_secrets(current_home().ensure(), prepared.passwords(SESSION_FOLDERS))

    from django.conf import settings

    assert settings.DATABASES, "pytest-django sets Django up only when the settings are already read"
    _make_passwords_cheap()
    _look_at_files_at_once()


def _look_at_files_at_once() -> None:
    """A test writes a declaration and asks for it; nobody waits for the next look."""
    from bihuan.declare import stamped

    stamped.CHECK_SECONDS = 0.0


def _make_passwords_cheap() -> None:
    """A hash that takes a third of a second proves nothing; loading the district with its log-ins makes seventeen."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 64
    Argon2PasswordHasher.parallelism = 1


_prepare_environment()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Parallel workers read the settings after they have made their own home, not from what they inherit."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files to workers, those that share something dear to one of them (tests/together.py)."""
    from tests import together

    return together.scheduler(config, log) if config.getoption("dist") == "loadfile" else None


LEFT_OUT = frozenset(filter(None, os.environ.get("BIHUAN_TESTS_LEFT_OUT", "").split(os.pathsep)))
"""The files that have no test of the stage that runs (tests/stages.py)."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what the stage need not read; everything else is as pytest has it."""
    if not LEFT_OUT or collection_path.suffix != ".py":
        return None
    return True if str(collection_path.relative_to(config.rootpath)) in LEFT_OUT else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a browser belongs to the stage of the browser, marked or not (see tests/stages.py)."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def private_postgres(django_test_environment: None, django_db_blocker: Any) -> Iterator[Any]:
    """The running private server of this session (`bihuan.server.postgres.Server`), with the test database."""
    from django.db import connection

    from bihuan.server import postgres, secrets
    from bihuan.server.home import current_home
    from tests import prepared

    def make() -> None:
        with django_db_blocker.unblock():
            connection.creation.create_test_db(verbosity=0, autoclobber=True)
            prepared.leave_statistics(connection)
            connection.close()

    home = current_home()
    server = postgres.server_of_home(home, secrets.everything(home))
    prepared.start(server, SESSION_FOLDERS, make)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_db_setup(private_postgres: Any, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's hook: the database with its tables is in the prepared cluster already."""
    from django.conf import settings
    from django.db import connection

    from tests import prepared

    name = connection.creation._get_test_db_name()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.TransactionTestCase._fixture_teardown", lambda case: prepared.empty(connection))
        yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(scope="session")
def furnish(private_postgres: Any) -> Callable[..., None]:
    """`furnish(home)`: its database has the tables, `init` does the rest; with `district=True` all that is done."""
    from django.db import connection

    from tests import homes

    tested = connection.creation._get_test_db_name()

    def make(home: Path, *, district: bool = False) -> None:
        (homes.furnish_district if district else homes.furnish)(home, SESSION_FOLDERS, tested)

    return make


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["BIHUAN_HOME"], ignore_errors=True)


@pytest.fixture
def app_role(db: None) -> Iterator[None]:
    """The test's own connection acts with the rights of the application role until the test ends."""
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{settings.BIHUAN_APP_ROLE}"')
        yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.fixture
def app_connection(private_postgres: Any, transactional_db: None) -> Iterator[Any]:
    """A psycopg connection of its own, logged in as the application role, to the test database (autocommit)."""
    import psycopg
    from django.db import connection

    from bihuan.server.postgres import APP

    with psycopg.connect(
        **private_postgres.conninfo(APP, connection.settings_dict["NAME"]), autocommit=True
    ) as connected:
        yield connected


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(predicate, seconds=10)`: poll until it is true, fail the test when the deadline passes."""

    def wait(predicate: Callable[[], object], seconds: float = 10.0, what: str = "condition") -> None:
        deadline = time.monotonic() + seconds
        pause = threading.Event()
        while not predicate():
            if time.monotonic() > deadline:
                pytest.fail(f"{what} not true within {seconds} s")
            pause.wait(0.02)

    return wait


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real data (`../shared`, or BIHUAN_SHARED); the test is skipped when it is absent."""
    folder = Path(os.environ.get("BIHUAN_SHARED", Path(__file__).parent.parent / "shared"))
    if not folder.exists():
        pytest.skip(f"real data not found in {folder}; set BIHUAN_SHARED")
    return folder


@pytest.fixture(autouse=True)
def _no_banner_of_silence(request: pytest.FixtureRequest) -> None:
    """No worker runs in most tests; the banner that says so costs a statement every five seconds, which budgets see."""
    if "bihuan.server.beating" in sys.modules:
        sys.modules["bihuan.server.beating"].hush()


@pytest.fixture(autouse=True)
def _nobody_went_too_fast_before(request: pytest.FixtureRequest) -> None:
    """Counts of limits and heartbeats, which stay when tables of models are emptied, are not this test's."""
    if "transactional_db" in request.fixturenames or "live_server" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM server_limit; DELETE FROM server_heartbeat")
