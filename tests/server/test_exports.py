"""What a home decided and learnt is rows: files of earlier versions are taken in once, a city's own are written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.faults import Fault
from bihuan.server import exports, keeping
from bihuan.server.home import Home
from bihuan.server.keeping import Rows

OLD = {
    "draws/abc.drawn.json": ("draws", "abc.drawn.json"),
    "models/triage/0123/model.bin": ("models", "triage/0123/model.bin"),
    "models/triage/state.json": ("models", "triage/state.json"),
    "models/triage/corrections.jsonl": ("corrections", "corrections.jsonl"),
    "places/corrections.jsonl": ("places", "corrections.jsonl"),
    "places/gazetteer.csv": ("places", "gazetteer.csv"),
    "briefings/weekly-2026-W01.en.docx": ("briefings", "weekly-2026-W01.en.docx"),
    "programmes/own/programme.yaml": ("programmes", "own/programme.yaml"),
    "programmes/own/tables/t.yaml": ("programmes", "own/tables/t.yaml"),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of an earlier version, with a file of every kind."""
    for name in OLD:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "programmes/own/special.py").write_text("raise SystemExit", encoding="utf-8")
    return Home(tmp_path)


@pytest.mark.django_db
def test_files_of_an_earlier_version_become_rows_once(home: Home) -> None:
    assert sum(exports.take_in(home).values()) == len(OLD)
    for name, (room, thing) in OLD.items():
        assert keeping.find_content(room, thing) == name.encode()
    assert exports.take_in(home) == {}, "nothing is taken twice"
    assert keeping.find_content("programmes", "own/special.py") is None, "code never comes out of a database"


@pytest.mark.django_db
def test_rows_count_after_the_upgrade_and_old_copies_do_not_come_back(home: Home) -> None:
    exports.take_in(home)
    Rows("models").write("triage/state.json", b"newer")
    (home.path / "models/triage/state.json").write_bytes(b"somebody's edit of a copy")
    assert exports.take_in(home) == {}
    assert keeping.find_content("models", "triage/state.json") == b"newer"


@pytest.mark.django_db
def test_what_a_city_edits_is_taken_in_and_written_where_it_is_missing_or_stale(home: Home, tmp_path: Path) -> None:
    exports.take_in(home)
    table = Path("programmes/own/tables/t.yaml")
    (home.path / table).write_bytes(b"second edition")
    assert exports.take_in(home) == {"programmes": 1}
    other = Home(tmp_path / "other")
    assert exports.write_out(other) == {"programmes": 2, "places": 1}
    assert (other.path / table).read_bytes() == b"second edition"
    (other.path / table).write_bytes(str(table).encode())  # a stale copy of the first edition
    assert exports.write_out(other) == {"programmes": 1}
    (other.path / table).write_bytes(b"work in progress")
    assert exports.write_out(other) == {}
    assert (other.path / table).read_bytes() == b"work in progress", "nobody's unfinished work is overwritten"


@pytest.mark.django_db
def test_a_kept_name_never_leads_out_of_the_folder(home: Home, tmp_path: Path) -> None:
    from django.db import connection

    with pytest.raises(ValueError, match="cannot be kept"):
        keeping.keep_content("programmes", "../x.yaml", b"x")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO server_kept VALUES ('programmes', '../../evil.yaml', 1, 'x', repeat('0', 64), now())"
        )
    with pytest.raises(Fault, match="leads out"):
        exports.write_out(Home(tmp_path / "deep" / "home"))
    assert not list(tmp_path.rglob("evil.yaml"))


@pytest.mark.django_db
def test_the_same_content_is_one_revision_and_history_goes_where_it_is_not_wanted() -> None:
    assert [keeping.keep_content("draws", "a", c) for c in (b"1", b"1", b"2", b"1")] == [True, False, True, True]
    assert [k.revision for k in keeping.newest_of_room("draws")] == [3]
    shelf = Rows("corrections", history=False)
    for content in (b"words", b""):
        shelf.write("corrections.jsonl", content)
    assert keeping.kept_digests("corrections")["corrections.jsonl"] == {keeping.newest_of_room("corrections")[0].sha256}
