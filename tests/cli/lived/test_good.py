"""Each command does what it says, on an installation with a past: exit code 0 and the object that programs read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.lived.conftest import Command, Lived

pytestmark = pytest.mark.slow

MONTH = "2026-10"
ROWS = "text,label,when,street\n" + "".join(
    f"{text}{i},{label},2026-03-{1 + i % 28:02} 10:00,甲街道\n"
    for i in range(40)
    for text, label in (("暖气不热", "heating"), ("路灯不亮", "lighting"))
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small table of reports."""
    path = tmp_path / "reports.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


# -- cases -------------------------------------------------------------------------------------------


def test_case_list_gives_what_was_asked_for_by_deadline(cli: Command, lived: Lived) -> None:
    listed = cli("case", "list", "--limit", 5).answer["cases"]
    assert len(listed) == 5
    assert {"number", "programme", "state", "category", "area", "deadline", "title"} <= set(listed[0])
    deadlines = [each["deadline"] for each in listed if each["deadline"]]
    assert deadlines == sorted(deadlines)
    assert len(cli("case", "list", "--limit", 1000).answer["cases"]) == len(lived.cases)


def test_case_list_is_narrowed_by_state_programme_and_area(cli: Command) -> None:
    states = {each["state"] for each in cli("case", "list", "--state", "in_progress").answer["cases"]}
    assert states <= {"in_progress"}
    assert cli("case", "list", "--programme", "whistle").answer["cases"] == []
    assert cli("case", "list", "--area", "999").answer["cases"] == []
    assert all(each["area"].startswith("110108") for each in cli("case", "list", "--area", "110108").answer["cases"])


def test_case_list_overdue_holds_only_what_has_not_ended(cli: Command, lived: Lived) -> None:
    late = {each["number"] for each in cli("case", "list", "--overdue", "--limit", 1000).answer["cases"]}
    assert lived.ended not in late
    assert late <= set(lived.cases)


def test_case_show_tells_events_and_what_may_be_done(cli: Command, lived: Lived) -> None:
    told = cli("case", "show", lived.open, "--as", "operator").answer
    assert told["case"]["number"] == lived.open
    assert [event["version"] for event in told["events"]] == list(range(1, len(told["events"]) + 1))
    assert "urge" in told["actions"]
    assert cli("case", "show", lived.open).answer["actions"] == [], "an onlooker does nothing"


def test_case_act_does_what_the_page_would(cli: Command, lived: Lived) -> None:
    before = cli("case", "show", lived.open).answer["case"]["version"]
    done = cli("case", "act", lived.open, "urge", "--as", "operator").answer
    assert done["events"][-1]["kind"] == "urged"
    assert done["case"]["version"] > before


def test_why_answers_three_questions_in_both_languages(cli: Command, lived: Lived) -> None:
    told = cli("why", lived.open).answer["why"]
    assert set(told) == {"state", "holder", "deadline"}
    assert all(answer["zh"] and answer["en"] and answer["events"] for answer in told.values())
    assert set(cli("why", lived.open, "holder").answer["why"]) == {"holder"}


def test_why_explains_a_published_number(cli: Command) -> None:
    told = cli("why", f"resolution_rate@{MONTH}").answer
    assert told["definition"]["citation"]
    assert told["cut"]["size"] > 0


# -- numbers -----------------------------------------------------------------------------------------


def test_indicators_come_with_definition_cut_and_interval(cli: Command) -> None:
    told = cli("indicators", "--period", MONTH).answer
    assert told["period"] == MONTH
    assert told["cut"]["size"] > 0
    rate = told["indicators"]["resolution_rate"]
    assert rate["name"]["zh"]
    assert rate["name"]["en"]
    by_unit = cli("indicators", "--period", MONTH, "--by", "unit").answer["indicators"]["resolution_rate"]["values"]
    assert len(by_unit) > 1


def test_close_month_publishes_once_and_recomputes(cli: Command) -> None:
    closed = cli("close-month", MONTH).answer
    assert (closed["period"], closed["sequence"]) == (MONTH, 0)
    assert len(closed["digest"]) == 64
    checked = cli("close-month", MONTH, "--check").answer
    assert (checked["ok"], checked["digest"]) == (True, closed["digest"])
    error, remedy = cli("close-month", MONTH).refused
    assert MONTH in error
    assert remedy


def test_rank_orders_units_with_the_interval_of_every_rank(cli: Command) -> None:
    told = cli("rank", "--period", MONTH, "--programme", "hotline").answer
    for line in told["lines"]:
        assert line["rank"] is None or line["rank_low"] <= line["rank"] <= line["rank_high"]


def test_a_call_back_sample_is_fixed_before_it_is_drawn(cli: Command) -> None:
    options = ("--period", MONTH, "--programme", "hotline")
    commitment = cli("callback", "commit", *options, "--per-unit", 1).answer["commitment"]
    assert cli("callback", "commit", *options, "--per-unit", 1).answer["commitment"] != commitment, "each has a salt"
    cli("callback", "draw", commitment, "03 08 11 19 27 33 + 05")
    assert cli("callback", "estimate", *options, "--draw", commitment).answer["ok"]
    error, _remedy = cli("callback", "audit", *options).refused
    assert "8 are needed" in error, "a small district cannot tell honest units' spread"


# -- the log -----------------------------------------------------------------------------------------


def test_audit_verifies_every_case_and_names_its_keys(cli: Command) -> None:
    told = cli("audit", "verify").answer
    assert told["ok"]
    assert cli("audit", "keys").code == 0


def test_audit_export_writes_a_bundle_of_one_case(cli: Command, lived: Lived, tmp_path: Path) -> None:
    target = tmp_path / "bundle.jsonl"
    assert cli("audit", "export", target, "--case", lived.ended).code == 0
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 2


# -- programmes --------------------------------------------------------------------------------------


def test_programmes_are_listed_checked_drawn_and_described(cli: Command, tmp_path: Path) -> None:
    listed = cli("programme", "list").answer["programmes"]
    assert "hotline" in {each["id"] for each in listed}
    assert cli("programme", "check", "hotline").code == 0
    assert "stateDiagram" in cli("programme", "diagram", "hotline", "--case", "request").answer["text"]
    target = tmp_path / "schema.json"
    assert cli("programme", "schema", "--output", target).code == 0
    assert "$defs" in json.loads(target.read_text(encoding="utf-8"))


def test_programme_diff_names_what_migrating_would_change(cli: Command) -> None:
    told = cli("programme", "diff", "hotline").answer
    assert told["programme"] == "hotline"


def test_a_programme_is_retired_and_taken_up_again(cli: Command) -> None:
    assert cli("programme", "retire", "hotline", "--reason", "merged into another").code == 0
    row = next(each for each in cli("programme", "list").answer["programmes"] if each["id"] == "hotline")
    assert row["takes_new_cases"] is False
    assert cli("programme", "resume", "hotline", "--reason", "was a mistake").code == 0


# -- people and programs -----------------------------------------------------------------------------


def test_a_token_is_printed_once_bound_listed_and_revoked(cli: Command) -> None:
    made = cli("token", "issue", "operator", "--name", "watch", "--scopes", "read").answer
    assert made["token"].startswith("bih_")
    listed = cli("token", "list").answer["tokens"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert made["token"] not in json.dumps(listed)
    assert cli("token", "revoke", made["id"]).code == 0
    assert cli("token", "list").answer["tokens"] == []
    assert cli("token", "sources").answer["sources"] == []


def test_an_erasure_is_asked_by_one_and_refused_by_another(cli: Command, lived: Lived) -> None:
    asked = cli("erase", "ask", lived.ended, "--reason", "asked in writing", "--by", "operator").answer
    waiting = cli("erase", "list").answer["requests"]
    assert [each["id"] for each in waiting] == [asked["id"]]
    decided = cli("erase", "refuse", asked["id"], "--by", "arbiter").answer
    assert decided["outcome"] == "refused"


def test_nothing_waits_where_nothing_came(cli: Command) -> None:
    assert cli("mail", "list").answer == {"ok": True, "count": 0, "mails": []}
    assert cli("webhook", "list").answer["webhooks"] == []
    assert cli("prevent", "list").code == 0


def test_users_are_loaded_and_a_wrong_row_is_rejected_with_its_place(cli: Command, tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    head = "username,name,roles,scope_kind,scope,is_active\n"
    users.write_text(head + "nina,吴娜,operator,district,110108,yes\n", encoding="utf-8")
    assert cli("load", "users", users).code == 0
    users.write_text(head + "nina,吴娜,emperor,district,110108,yes\n", encoding="utf-8")
    said = cli("load", "users", users)
    assert said.code == 1
    assert "users.csv:2" in json.dumps(said.answer, ensure_ascii=False) + said.err


def test_the_duty_matrix_has_no_gap(cli: Command) -> None:
    assert cli("load", "check").answer["gaps"] == 0


def test_articles_of_a_programme_are_loaded_once(cli: Command) -> None:
    first = cli("knowledge", "load", "hotline").answer
    again = cli("knowledge", "load", "hotline").answer
    assert first["ok"]
    assert again != first


# -- what is kept, and the lake ----------------------------------------------------------------------


def test_what_is_kept_is_counted_and_written_as_files(cli: Command, tmp_path: Path) -> None:
    assert isinstance(cli("kept", "list").answer["rooms"], dict)
    assert cli("kept", "take").answer["ok"]
    assert cli("kept", "export", tmp_path / "kept").answer["files"] >= 0


def test_a_lake_is_filled_checked_and_asked(cli: Command, tmp_path: Path) -> None:
    lake = ("--lake", tmp_path / "lake")
    assert cli("lake", "sync", *lake).code == 0
    told = cli("lake", "verify", *lake).answer
    assert told["files"] > 0
    assert told["damaged"] == []
    questions = {each["id"] for each in cli("lake", "questions").answer["questions"]}
    assert "funnel" in questions
    assert cli("lake", "ask", "funnel", *lake).answer["rows"]


def test_a_briefing_is_written_in_both_languages_and_every_number_is_traced(cli: Command, tmp_path: Path) -> None:
    told = cli("briefing", "monthly", "--period", MONTH, "--no-found", "--out", tmp_path / "out").answer
    assert told["traced"] is True
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"monthly-{MONTH}.zh.html", f"monthly-{MONTH}.en.html", f"monthly-{MONTH}.json"} <= written


# -- suggestions and what is learnt ------------------------------------------------------------------


def test_suggestions_are_counted_written_and_asked_for_again(cli: Command, tmp_path: Path) -> None:
    assert cli("suggestions", "counts", "--month", MONTH).answer["ok"]
    assert cli("suggestions", "export-labels", "--out", tmp_path / "labels.csv").answer["labels"] == 0
    assert cli("suggestions", "again").answer["queued"] >= 0


def test_categories_are_proposed_by_keywords_before_any_model(cli: Command, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert cli("triage", "predict", file, "--text", "text", "--out", out).code == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1 + ROWS.count("\n") - 1


def test_there_is_no_model_before_the_first_training(cli: Command) -> None:
    assert cli("triage", "models").answer["models"] == []


def test_places_are_located_in_a_file(cli: Command, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "places.csv"
    assert cli("locate", file, "--text", "text", "--out", out).code == 0
    assert out.exists()


# -- import ------------------------------------------------------------------------------------------


def test_a_mapping_is_proposed_from_the_header(cli: Command, file: Path) -> None:
    proposals = cli("import", file, "--propose").answer["proposals"]
    assert len(proposals) == 1


def test_reports_are_imported_once(cli: Command, tmp_path: Path) -> None:
    reports = tmp_path / "in.csv"
    reports.write_text("id,opened,title\n1,2026-03-01 10:00,路灯不亮\n2,someday,暖气不热\n", encoding="utf-8")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "id: own\nname: {zh: 自有, en: Own}\nsource: own\nprogramme: hotline\nkind: request\n"
        "columns: {id: id, opened: opened, title: title}\n", encoding="utf-8",
    )  # fmt: skip
    told = cli("import", reports, "--mapping", mapping, "--rejects", tmp_path / "rejects.csv").answer
    assert (told["read"], told["created"], told["rejected"]) == (2, 1, 1)
    assert "someday" in (tmp_path / "rejects.csv").read_text(encoding="utf-8")
