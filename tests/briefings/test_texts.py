"""Each number of a briefing is a fact; what changes one is seen; rewordings that change one are thrown away."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bihuan.briefings import render
from bihuan.briefings.facts import LANGUAGES, BriefingFacts
from bihuan.briefings.given import GivenError, add_effect, add_forecast, add_topics
from bihuan.briefings.reword import Endpoint, RewordOutcome, reword
from bihuan.briefings.text import compose_briefing, templates
from bihuan.briefings.trace import refit, trace_numbers
from bihuan.declare.problems import DeclarationError

ABOUT = {"zh": "定义", "en": "definition"}


def told() -> BriefingFacts:
    """A week with two categories, one rate, and nothing else."""
    facts = BriefingFacts(names={"东岸街道", "西岸街道"})
    for name, shown in {
        "district": "示范区", "period": "2026-W45", "first": "2026-11-02", "last": "2026-11-08",
        "cut": "2026-11-09 00:00",
        "opened": "1,204", "opened_before": "1,187", "ended": "990", "open": "312", "late": "14", "month": "2026-11",
        "category.1.name": "噪音", "category.1.count": "210", "category.1.before": "190",
        "category.2.name": "供暖 A3 区", "category.2.count": "35", "category.2.before": "12",
        "rate.1.name": "响应率", "rate.1.percent": "98.21%", "rate.1.level": "95%", "rate.1.low": "97.3%",
        "rate.1.high": "98.8%", "rate.1.numerator": "1100", "rate.1.denominator": "1120", "rate.1.before": "97.05%",
    }.items():  # fmt: skip
        facts.add(name, shown, shown, ABOUT, "query", "/cockpit/" if name == "late" else "", ("H-1",))
    return facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_printed_traces_and_every_changed_digit_is_seen(language):
    briefing = compose_briefing("weekly", "2026-W45", told(), language, templates())
    page = render.render_html(briefing, "https://example.org")
    for paragraphs in (render.html_paragraphs(page), render.docx_paragraphs(render.render_docx(briefing))):
        assert trace_numbers(paragraphs, briefing).whole
        text = "\n".join(paragraphs)
        spots = [match.start() for match in re.finditer(r"\d", text)]
        assert len(spots) > 60
        for spot in spots:
            changed = text[:spot] + str((int(text[spot]) + 1) % 10) + text[spot + 1 :]
            assert not trace_numbers(changed.splitlines(), briefing).whole, changed[max(0, spot - 20) : spot + 20]
        assert not trace_numbers([*paragraphs, "约 7 件"], briefing).whole
    assert 'href="https://example.org/cockpit/" data-fact="late"' in page


def test_lines_without_their_facts_are_left_out():
    facts = told()
    del facts.known["late"]
    texts = [s.text for s in compose_briefing("weekly", "2026-W45", facts, "zh", templates()).sentences()]
    assert not any("超期" in text for text in texts)
    assert any("供暖 A3 区：35 件，上周 12 件。" in text for text in texts)
    assert "排名" not in texts


def test_a_template_may_hold_no_digit(tmp_path):
    file = tmp_path / "templates.yaml"
    file.write_text('weekly: {title: {zh: "共 3 件", en: "x"}, sections: []}', encoding="utf-8")
    with pytest.raises(DeclarationError, match="digit"):
        templates(file)


def test_both_languages_use_the_same_facts():
    holes = re.compile(r"\{([a-z0-9_.*]+)\}")
    for form in templates().values():
        for pair in [form.title, *(line for section in form.sections for line in section.lines)]:
            assert set(holes.findall(pair.zh)) == set(holes.findall(pair.en)), pair.en


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("上周为 1,187 件，本周（2026-11-02 至 2026-11-08）则受理 1,204 件诉求。", True),
        ("本周（2026-11-02 至 2026-11-08）受理诉求 1,205 件，上周 1,187 件。", False),
        ("本周（2026-11-02 至 2026-11-08）受理诉求 1,204 件。", False),
        ("本周（2026-11-02 至 2026-11-08）受理诉求 1,204 件，上周 1,187 件，增加三成。", False),
        ("本周（2026-11-02 至 2026-11-08）受理诉求 1,204 件，上周 1,187 件，增加 17 件。", False),
        ("东岸街道本周（2026-11-02 至 2026-11-08）受理诉求 1,204 件，上周 1,187 件。", False),
        ("本周（2026-11-02 至 2026-11-08）受理诉求 11,204 件，上周 1,187 件。", False),
        ("本周（2026-11-02 至 2026-11-08）受理诉求 -1,204 件，上周 1,187 件。", False),
    ],
)
def test_a_rewording_fits_only_with_the_same_facts(text, fits):
    facts = told()
    line = compose_briefing("weekly", "2026-W45", facts, "zh", templates()).sections[0].lines[0]
    found = refit(line, text, facts.names)
    assert isinstance(found, str) is not fits, found
    if fits:
        assert found.text == text
        assert {f.id for f in found.facts} == {f.id for f in line.facts}


@pytest.fixture
def model():
    """A model that sometimes changes a number, a name, answers nonsense or fails; yields (url, requests seen)."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((self.path, self.headers.get("Authorization"), body["model"]))
            line = body["messages"][-1]["content"]
            turn = len(seen) % 5
            answers = [line.rstrip("。") + "！", line.replace("1", "2", 1), "东岸街道：" + line, "好的。"]
            if turn == 4:
                self.send_response(500)
                self.end_headers()
                return
            text = json.dumps({"choices": [{"message": {"content": answers[turn if turn < 4 else 0]}}]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args):
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", seen
    server.shutdown()
    thread.join()


def test_rewordings_that_change_a_fact_are_rejected_and_counted(model, monkeypatch):
    url, seen = model
    for name, value in (("URL", url + "/"), ("MODEL", "small"), ("KEY", "k")):
        monkeypatch.setenv(f"BIHUAN_REWORD_{name}", value)
    facts = told()
    before = compose_briefing("weekly", "2026-W45", facts, "zh", templates())
    outcome, after = RewordOutcome(), before
    for _ in range(3):
        after = reword(before, Endpoint.from_environment(), facts.names, outcome)
    lines = [
        (a, b)
        for s, t in zip(before.sections, after.sections, strict=True)
        for a, b in zip(s.lines, t.lines, strict=True)
    ]
    assert len(seen) == 3 * len(lines) == sum(outcome.counts.values())
    assert min(outcome.counts[k] for k in ("accepted", "rejected", "failed")) >= 2
    assert all(b.text == a.text or (b.reworded and b.text.endswith("！")) for a, b in lines)
    assert trace_numbers([s.text for s in after.sentences()], after).whole
    assert seen[0] == ("/v1/chat/completions", "Bearer k", "small")
    assert len(outcome.reasons) == outcome.counts["rejected"] + outcome.counts["failed"]


def test_without_an_address_nothing_is_reworded(monkeypatch):
    monkeypatch.delenv("BIHUAN_REWORD_URL", raising=False)
    assert Endpoint.from_environment() is None


def test_given_results_become_facts(tmp_path):
    facts = told()
    (tmp_path / "topics.json").write_text(
        json.dumps(
            {"topics": [{"topic_id": "t1", "label": "停水", "events": [["a"], ["b", "c"]], "members": ["a", "b", "c"]}]}
        ),
        encoding="utf-8",
    )
    (tmp_path / "fc.csv").write_text(
        "series,date,mean\n噪音,2026-11-09,3.5\n噪音,2026-11-10,4.0\n供暖,2026-11-09,1\n", encoding="utf-8"
    )
    effect = {"estimate": -19.44, "interval": [-28.0, -9.5], "level": 0.95, "method": "randomised"}
    (tmp_path / "巡查.json").write_text(json.dumps(effect), encoding="utf-8")
    refused = {
        "estimate": None,
        "interval": None,
        "method": "controls",
        "refused": {"zh": "无对照。", "en": "No controls."},
    }
    (tmp_path / "整治.json").write_text("noise first\n" + json.dumps(refused), encoding="utf-8")
    add_topics(facts, tmp_path / "topics.json")
    add_forecast(facts, tmp_path / "fc.csv")
    for name in ("巡查", "整治"):
        add_effect(facts, tmp_path / f"{name}.json")
    texts = [s.text for s in compose_briefing("weekly", "2026-W45", facts, "zh", templates()).sentences()]
    assert "“停水”：2 起，3 件。" in texts
    assert "2026-11-09 至 2026-11-10，预计共 8 件。" in texts
    assert "巡查：与对照相比变化 -19.4%（95% 区间 -28.0% 至 -9.5%）。" in texts
    assert "整治：不给出数字。无对照。" in texts
    with pytest.raises(GivenError, match="no effect"):
        add_effect(facts, tmp_path / "topics.json")


def test_the_command_writes_every_form_and_says_so(db, tmp_path):
    from bihuan.cli.briefing import _render
    from bihuan.server.keeping import Rows

    body = _render("weekly", "2026-W45", told(), tmp_path / "new", "https://example.org", False)
    assert sorted(f.name for f in (tmp_path / "new").iterdir()) == body["files"]
    assert {f.rpartition(".")[2] for f in body["files"]} == {"html", "docx", "json"}
    assert Rows("briefings").names() == body["files"], "the cockpit's pages need them too"
    data = json.loads((tmp_path / "new" / "weekly-2026-W45.json").read_text(encoding="utf-8"))
    ids = {fact["id"] for fact in data["facts"]}
    lines = [line for text in data["texts"].values() for section in text["sections"] for line in section["lines"]]
    assert lines
    assert {part["fact"] for line in lines for part in line["parts"] if not isinstance(part, str)} <= ids
    page = (tmp_path / "new" / "weekly-2026-W45.zh.html").read_text(encoding="utf-8")
    assert 'href="https://example.org/cockpit/briefings/weekly-2026-W45/opened/"' in page
    assert all(fact["definition"]["zh"] and fact["query"] for fact in data["facts"])
