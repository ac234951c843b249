"""One distinctive person in every field of every channel; then all that leaves the house is searched."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from bihuan.briefings import render
from bihuan.briefings.collect import BriefedDays, collect_facts
from bihuan.briefings.text import compose_briefing, templates
from bihuan.extend import PERSONAL
from bihuan.faces.api import access
from bihuan.intake import upward
from bihuan.lake.sync import sync_lake
from bihuan.ledger import keyring
from bihuan.ledger import store as ledger
from bihuan.ledger.export import export_cases
from bihuan.loop.background import sequence
from bihuan.loop.models import CaseRow
from bihuan.notices import delivering, planning
from bihuan.notices.models import Webhook
from bihuan.registers import live
from bihuan.registers.pure.ids import new_id
from bihuan.server import rows
from bihuan.server.archive import ArchiveManifest, Packer
from bihuan.server.stream import secret_of
from tests.api.callers import CODE, Caller, caller
from tests.faces.planting import PERSON, WORDS, plant
from tests.notices.conftest import Receiver, receiver
from tests.shipped import load_shipped

pytestmark = pytest.mark.slow

__all__ = ["receiver"]  # the fixture
EVERYTHING = {**PERSON, **WORDS}

READERS = ("operator", "callback_agent", "arbiter")
OTHERS = ("analyst", "leader", "auditor", "district_admin", "resident", "integrator", None)


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    for forget in (live.forget_snapshots, access.forget_tokens, keyring.forget_cached_keys):
        forget()
    load_shipped()
    return tmp_path


def in_columns(wanted: dict[str, str], allowed: frozenset[str]) -> tuple[int, list[str]]:
    """(columns searched, hits) over every text column of the database that is not allowed to hold it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')"
        )
        columns = [(t, c) for t, c in cursor.fetchall() if f"{t}.{c}" not in allowed and t != "pg_stat_statements"]
        hits = []
        for table, column in columns:
            cursor.execute(f'SELECT "{column}" FROM "{table}"')
            seen = "\n".join(_text(row[0]) for row in cursor.fetchall())
            hits += [f"{table}.{column}: {name}" for name, value in wanted.items() if value in seen]
    return len(columns), hits


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def leaving(who: Caller, numbers: list[str]) -> list[tuple[str, str]]:
    """What a caller can get: lists, cases, events, actions, suggestions, numbers, and their pages."""
    paths = ["/cases", "/indicators/2026-11", "/ranking/2026-11", "/audit/head", "/programmes"]
    paths += [f"/cases/{n}{end}" for n in numbers for end in ("", "/events", "/actions", "/suggestions")]
    found = [(path, who.get(path).content.decode("utf-8", "replace")) for path in paths]
    client = Client(raise_request_exception=False)
    if who.user:
        client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    pages = [
        "/",
        "/home/",
        "/desk/",
        "/unit/",
        "/inbox/",
        "/callback/",
        "/approvals/",
        "/cockpit/",
        "/audit/",
        "/programmes/",
        "/track/",
        "/report/",
    ]
    pages += [f"/cases/{n}/" for n in numbers] + [f"/desk/{n}/" for n in numbers]
    for page in pages:
        answer = client.get(page)
        found.append(
            (
                page,
                b"".join(answer).decode("utf-8", "replace")
                if answer.streaming
                else answer.content.decode("utf-8", "replace"),
            )
        )
    return found


def found_in(where: str, told: str, wanted: dict[str, str]) -> list[str]:
    """Hits of the people in one output."""
    return [f"{where}: {name}" for name, value in wanted.items() if value in told]


def dumped() -> tuple[int, list[str]]:
    """A dump of all that the application's role may read, without what is kept for words."""
    words = {place.where for place in PERSONAL.all()}
    hits, searched = [], 0
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{django_settings.BIHUAN_APP_ROLE}"')
        cursor.execute("SELECT set_config('bihuan.district', %s, false)", [CODE])
        try:
            for table, columns in rows.read_held(connection.connection).tables.items():
                cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
                if not cursor.fetchone()[0] or table == "pg_stat_statements":
                    continue
                for named, wanted in ((columns, PERSON), ([c for c in columns if f"{table}.{c}" not in words], WORDS)):
                    listed = ", ".join(f'"{column}"' for column in named)
                    cursor.execute(f'SELECT {listed} FROM "{table}"')
                    searched += 1
                    hits += found_in(f"dump {table}", "\n".join(_text(list(row)) for row in cursor.fetchall()), wanted)
        finally:
            cursor.execute("RESET ROLE")
    return searched, hits


def saved() -> tuple[int, list[str]]:
    """A backup: under a key nothing of anybody can be read; without one the words are in it and nobody's identity."""
    raw, plain, hits = connection.connection, 0, []
    held = rows.rows_to_save(raw)
    sealed = io.BytesIO()
    with raw.transaction():
        packer = Packer(
            sealed,
            secret_of("a passphrase of the canary", None),
            ArchiveManifest("test", "2026-11-29T00:00:00+00:00", [], held),
            None,
        )
        for table, columns in held.tables.items():
            for data, number in rows.copy_parts(raw, table, columns):
                packer.table(table, data, number)
                plain += 1
                hits += found_in(f"plain backup {table}", data.decode(), PERSON)
        packer.close()
    told = sealed.getvalue().decode("utf-8", "replace")
    return plain + 1, hits + found_in("sealed backup", told, EVERYTHING)


def told_to_leaders_and_cities(house: Path) -> tuple[int, list[str]]:
    """Briefings of the week and month in both languages, and what goes to the city above."""
    hits, searched = [], 0
    now = datetime.now(UTC)
    for kind, period in (
        ("monthly", f"{now:%Y-%m}"),
        ("weekly", f"{now.isocalendar()[0]}-W{now.isocalendar()[1]:02d}"),
    ):
        facts = collect_facts(BriefedDays.parse(kind, period))
        for language in ("zh", "en"):
            briefing = compose_briefing(kind, period, facts, language, templates())
            for told in (render.render_html(briefing), "\n".join(render.docx_paragraphs(render.render_docx(briefing)))):
                searched += 1
                hits += found_in(f"briefing {kind} {language}", told, EVERYTHING)
    upward.export_upward("canary", house / "city.jsonl")
    told = (house / "city.jsonl").read_text(encoding="utf-8")
    (house / "city.jsonl").unlink()
    return searched + 1, hits + found_in("city", told, PERSON)


def test_a_person_planted_everywhere_is_found_nowhere_it_may_not_be(
    house: Path, caplog: Any, capsys: Any, receiver: Receiver
) -> None:
    Webhook.objects.create(id=new_id(), district_id=CODE, url=receiver.url, kinds=[])
    fields, outputs = plant(house), 0
    while sequence():
        pass
    while planning.plan_notices():
        pass
    while delivering.deliver_due():
        pass
    hits: list[str] = []
    places = frozenset(p.where for p in PERSONAL.all())
    searches = [in_columns(PERSON, frozenset()), in_columns(WORDS, places), dumped(), saved(),
                told_to_leaders_and_cities(house)]  # fmt: skip
    assert receiver.taken, "webhooks were told"
    searches.append(
        (len(receiver.taken), [h for _, b in receiver.taken for h in found_in("hook", b.decode(), EVERYTHING)])
    )
    for searched, found in searches:
        outputs += searched
        hits += found
    for file in (p for p in house.rglob("*") if p.is_file()):
        outputs += 1
        content = file.read_bytes()
        hits += [f"{file.name}: {n}" for n, v in EVERYTHING.items() if v.encode() in content]
    lake = house / "lake"
    sync_lake(lake)
    for part in lake.rglob("*.parquet"):
        outputs += 1
        hits += found_in(f"lake {part.name}", str(pq.read_table(part).to_pydict()), EVERYTHING)
    export = house / "cases.jsonl"
    export_cases(export, list(CaseRow.objects.values_list("id", flat=True)))
    outputs += 1
    hits += found_in("export", export.read_text(encoding="utf-8"), EVERYTHING)
    numbers = list(CaseRow.objects.values_list("number", flat=True))
    for role in (*READERS, *OTHERS):
        forbidden = PERSON if role in READERS else EVERYTHING
        for where, told in leaving(caller(role), numbers):
            outputs += 1
            hits += found_in(f"{role} {where}", told, forbidden)
    outputs += 1
    hits += found_in("log", caplog.text + "".join(capsys.readouterr()), EVERYTHING)
    print(f"identity canary: {fields} fields planted, {outputs} outputs searched, {len(hits)} hits")
    assert hits == []
    assert len(numbers) == 14
    assert ledger.size() > 0
    operator = dict(leaving(caller("operator"), numbers))
    for name in ("text", "neighbour"):
        assert any(WORDS[name] in told for told in operator.values()), "who works on it does read the words"
