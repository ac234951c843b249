"""One more row and a role is there: granted, signed in, on pages, in the API, in the reference; and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.cli.load import app as load_command
from bihuan.declare.problems import DeclarationError
from bihuan.faces.api import access
from bihuan.loop import programmes
from bihuan.loop.actors import actor_of
from bihuan.loop.folders import shipped
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.store import Order, append, current_facts, visible_to
from bihuan.registers import doctoring, live
from bihuan.registers.models import Grant, User
from bihuan.registers.people import issue_token
from bihuan.registers.pure.roles import FILE, read_roles
from tests.api.callers import Caller
from tests.commands import answer_of
from tests.docs.test_reference import generator
from tests.shipped import load_shipped

ROLE = """
roles:
  surveyor:
    name: {zh: 测绘员, en: Surveyor}
    about: {zh: 复核现场, en: checks the site}
    sees: scope
    may: [work, act, read_words, reveal, see_restricted]
    rooms: [inbox]
"""
pytestmark = pytest.mark.slow

HEADER = "username,name,roles,scope_kind,scope\n"
PAGES = ("/desk/", "/unit/", "/callback/", "/approvals/", "/cockpit/", "/erasures/", "/desk/stuck/", "/desk/mails/")
OPERATOR = Actor("user:operator", frozenset({"operator"}))


def toy(root: Path, name: str = "toy-scene", role: str = ROLE) -> Path:
    """A city's own programme whose desk is a role that only it knows."""
    folder = shutil.copytree(programmes.folder_of("street-scene"), root / name)
    path = folder / "programme.yaml"
    text = path.read_text(encoding="utf-8").replace("id: street-scene", f"id: {name}", 1)
    path.write_text(text.replace("    desk: inspector", "    desk: surveyor", 1) + role, encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a city's own programmes, still empty."""
    monkeypatch.setattr(programmes, "_roots", lambda: [*shipped(), tmp_path])
    programmes.forget_folders()
    yield tmp_path
    monkeypatch.undo()
    programmes.forget_folders()


@pytest.fixture
def town(root: Path, db: None) -> Iterator[dict[str, str]]:
    """The model district with the toy programme, and a case of it and one of another programme (their numbers)."""
    toy(root)
    programmes.forget_folders()
    live.forget_snapshots()
    access.forget_tokens()
    load_shipped()
    opened = {
        "toy": _opened("toy-scene", "finding", "inspector", "cleanliness.litter"),
        "restricted": _opened("toy-scene", "finding", "inspector", "cleanliness.litter", restricted="minor"),
        "other": _opened("hotline", "request", "phone", "housing.property.service"),
        "other_restricted": _opened("hotline", "request", "phone", "housing.property.service", restricted="minor"),
    }
    yield opened
    live.forget_snapshots()


def _opened(programme: str, kind: str, channel: str, category: str, **data: Any) -> str:
    at = datetime.now(UTC) - timedelta(hours=1)
    about = {
        "channel": channel,
        "category": category,
        "area": "110108001001",
        "place": [116_300_000, 39_950_000],
        **data,
    }
    order = Order(Command("open", OPERATOR, at, about, {"title": "t", "text": "t"}), programme=programme, kind=kind)
    made = append([order], facts=current_facts())[0]
    assert made.case is not None, made.refusal
    return made.case.number


def loaded(folder: Path, *rows: str) -> dict[str, Any]:
    """What `bihuan load users` answers."""
    file = folder / "people.csv"
    file.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return answer_of(load_command, "users", str(file))


def surveyor(folder: Path) -> User:
    """Somebody who was given the role by the command line."""
    assert loaded(folder, "lin,林测绘,surveyor,programme,toy-scene")["created"] == 1
    return User.objects.get(username="lin")


def test_it_is_granted_in_its_programme_and_nowhere_else(town: dict[str, str], tmp_path: Path) -> None:
    surveyor(tmp_path)
    from typer.testing import CliRunner

    for row, words in (
        ("lin2,林二,surveyor,district,110108", "grant it for the programme toy-scene"),
        ("lin3,林三,surveyor,programme,hotline", "write toy-scene"),
        ("lin4,林四,surveyer,programme,toy-scene", "did you mean surveyor?"),
        ("lin5,林五,reporter,district,110108", "is not known"),
    ):
        file = tmp_path / "wrong.csv"
        file.write_text(HEADER + row + "\n", encoding="utf-8")
        done = CliRunner().invoke(load_command, ["users", str(file)])
        assert done.exit_code == 1, row
        assert words in done.output, (row, done.output)
        assert not User.objects.filter(username=row.split(",")[0]).exists()


def test_who_has_it_works_on_its_pages_and_no_others(town: dict[str, str], tmp_path: Path) -> None:
    client = Client()
    client.force_login(surveyor(tmp_path), backend="django.contrib.auth.backends.ModelBackend")
    home = client.get("/home/").content.decode()
    assert "测绘员" in home or "Surveyor" in home
    assert "/inbox/" in home
    waiting = client.get("/inbox/").content.decode()
    assert town["toy"] in waiting
    assert town["other"] not in waiting
    for page in PAGES:
        assert client.get(page).status_code == 403, page
    assert client.get(reverse("case", args=[town["toy"]])).status_code == 200
    assert client.get(reverse("case", args=[town["other"]])).status_code == 404


def test_the_api_lists_and_lets_act_in_its_programme_only(town: dict[str, str], tmp_path: Path) -> None:
    token, _ = issue_token(surveyor(tmp_path), "test", access.SCOPES, datetime.now(UTC) + timedelta(days=1))
    who = Caller(token, None)
    listed = {item["number"] for item in who.get("/cases").json()["items"]}
    assert listed == {town["toy"], town["restricted"]}
    assert who.get(f"/cases/{town['other']}").status_code == 404
    assert who.get("/indicators/2026-10").status_code == 403
    assert who.get("/erasures").status_code == 403
    for thing, status in (("toy", 200), ("other", 404)):
        sent = who.post(f"/cases/{town[thing]}/commands/dispatch", {"data": {}})
        assert sent.status_code == status, sent.content


def test_with_a_role_of_the_district_beside_it_nothing_of_it_reaches_further(
    town: dict[str, str], tmp_path: Path
) -> None:
    """Restricted cases, words and identities open by the toy role in its programme only, whatever else is seen."""
    from bihuan.faces.parts.reporting import may_reveal
    from bihuan.loop.store import get_case

    user = surveyor(tmp_path)
    Grant.objects.create(district_id="110108", user=user, role="analyst", scope_kind="district", scope="110108")
    actor = actor_of(user, datetime.now(UTC), live.current_registers())
    seen = {row.number: row.words_seen for row in visible_to(actor)}
    assert seen == {town["toy"]: True, town["restricted"]: True, town["other"]: False}
    mine, other = get_case(town["toy"]), get_case(town["other"])
    assert mine is not None
    assert other is not None
    assert may_reveal(actor, mine)
    assert not may_reveal(actor, other)


def test_the_reference_names_it(town: dict[str, str]) -> None:
    from bihuan.registers.roles import all_roles

    page = generator().roles_page(all_roles())
    assert "| `surveyor` | 测绘员：复核现场 | Surveyor: checks the site | scope |" in page
    assert "programme toy-scene" in page


def test_a_grant_ends_with_its_role_and_doctor_says_so(town: dict[str, str], tmp_path: Path) -> None:
    user = surveyor(tmp_path)
    assert doctoring.roles().level == "ok"
    shutil.rmtree(tmp_path / "toy-scene")
    programmes.forget_folders()
    actor = actor_of(user, datetime.now(UTC), live.current_registers())
    assert (actor.roles, actor.local) == (frozenset(), {})
    assert not actor.may("work")
    found = doctoring.roles()
    assert found.level == "warning"
    assert "surveyor in programme:toy-scene" in found.message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  surveyor:", "  operator:", "'operator' is a role of the whole house"),
        ("may: [work", "may: [keep, work", "'keep' is not for a role of one programme"),
        ("rooms: [inbox]", "rooms: [cockpit]", "'cockpit' is not for a role of one programme"),
        ("sees: scope", "sees: everything", "'everything' is not allowed"),
        ("    sees: scope", "    granted: true", "'granted' is not a known field"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(root: Path, old: str, new: str, words: str) -> None:
    folder = toy(root, role=ROLE.replace(old, new, 1))
    with pytest.raises(DeclarationError) as error:
        programmes.load_programme(folder)
    problem = next(p for p in error.value.problems if words in f"{p.what} {p.rule}")
    assert problem.line > 60, "a line of the row itself"


def test_one_id_names_one_role(root: Path) -> None:
    """Of two programmes that declare a role of one id the later is set aside, the other goes on."""
    toy(root)
    second = toy(root, "zoo-scene")
    programmes.forget_folders()
    assert "toy-scene" in programmes.all_programmes()
    assert "already a role of the programme toy-scene" in str(programmes.folders_aside()[second])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("may: [import]", "may: [imports]", "names 'imports'"),
        ("rooms: [callback]", "rooms: [call]", "names 'call'"),
        ("desk: operator", "desk: operators", "'operators' is not a role"),
        ("    granted: false", "    grunted: false", "roles.importer.grunted"),
    ],
)
def test_a_wrong_row_of_the_house_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "roles.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=words):
        read_roles(tmp_path / "roles.yaml")


def test_who_asks_for_what_is_not_declared_is_told_at_once() -> None:
    actor = Actor("user:x", frozenset({"operator"}))
    with pytest.raises(KeyError):
        actor.may("fly")
    with pytest.raises(KeyError):
        actor.opens("roof")
