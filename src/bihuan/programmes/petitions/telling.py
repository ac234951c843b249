"""What the sample proves beside findings: terms counted twice agree, the body complained about saw nothing, letters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.loop.store import visible_to
from bihuan.registers.isolation import in_district
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

if TYPE_CHECKING:
    from bihuan.programmes.petitions.mediations import Mediations
    from bihuan.programmes.petitions.office import Office, Petition

CLOCKS = {
    "received": "received", "accepted": "accepted", "answered": "answered", "answer_served": "served",
    "review_asked": "review_asked", "review_decided": "reviewed", "review_served": "review_served",
    "recheck_asked": "recheck_asked", "recheck_decided": "rechecked",
}  # fmt: skip


def prove_clocks(office: Office) -> None:
    """The loop's own clocks and `petition-clocks` over the register name the same petitions as late."""
    play = office.play
    rows = [
        {"id": key, "extended": int(bool(told.get("extended"))),
         **{name: told.get(field) or "" for name, field in CLOCKS.items()}}
        for key, told in play.subjects("petition") if not key.startswith("OLD") and not told.get("refused")
        and not told.get("joined")
    ]  # fmt: skip
    told = play.calc("petition-clocks", rows, at=play.local(play.now).isoformat()).columns
    counted = {
        str(number) for number, clock, state in zip(told["id"], told["clock"], told["state"], strict=True)
        if clock in ("accept", "answer") and state in ("late", "overdue")
    }  # fmt: skip
    ticked = {
        row.number for row in play.cases(kind="petition")
        if any(row.fold["clocks"].get(name, {}).get("missed") for name in ("accept", "answer"))
    }  # fmt: skip
    play.prove("clocks_differ", len(counted ^ ticked))
    untils = {key: told for key, told in play.subjects("petition") if told.get("ask_review_until")}
    due = dict(zip(zip(told["id"], told["clock"], strict=True), told["due"], strict=True))
    play.prove("last_days_differ", sum(
        str(each["ask_review_until"]) != str(due[key, "ask_review"]) for key, each in untils.items()
        if (key, "ask_review") in due
    ))  # fmt: skip


def prove_unseen(office: Office) -> None:
    """Count what people of a body complained about could see of the petition: as a case, in the register, in review."""
    play, seen, closed = office.play, 0, 0
    district = play.registers.district.code
    for each in office.petitions:
        if not each.organ:
            continue
        unit = play.unit(each.organ)
        about = {each.matter.number}
        for role in ("handler", "unit_head"):
            actor = play.person(role, unit)
            with in_district(district):
                rows = visible_to(actor).filter(
                    programme=play.programme.id, kind__in=("petition", "review", "mediation")
                )
                seen += sum(row.number in about or row.fold.get("subject") in about for row in rows)
            looker = Looker(actor.id, actor.roles, frozenset(), "asks about itself")
            try:
                seen += (
                    asking.get(district, subject_type("petition"), each.matter.number, play.local(play.now), looker)
                    is not None
                )
            except FenceClosed:
                closed += 1
    play.prove("seen_by_complained_about", seen)
    play.prove("looks_refused", closed)


def prove_letters(office: Office, mediations: Mediations, lapsing: list[Petition]) -> None:
    """Write every kind of letter from what the registers say; each has basis, remedy and the day until which."""
    play = office.play
    known = dict(play.subjects("petition"))
    matters = dict(play.subjects("petition-matter"))
    told = letters_of_play([*_of_petitions(office, known, matters, lapsing), *_of_agreements(office, mediations)])
    play.prove("letters", [
        {name: each[name] for name in ("kind", "basis", "remedy", "remedy_until", "number", "sha256")}
        for each in told["letters"]
    ])  # fmt: skip
    play.prove("letters_with_a_gap", len(told["refused"]) + sum(
        not (each["basis"] and each["remedy"] and each["remedy_until"]) for each in told["letters"]
    ))  # fmt: skip


def _letter(name: str, dated: Any, number: str, facts: dict[str, Any]) -> Any:
    given = {"facts": facts, "dated": str(dated), "addressee": [f"信访人（{number}）"], "case": number}
    return letter_named(name), given


def _of_petitions(office: Office, known: Any, matters: Any, lapsing: list[Petition]) -> Any:
    officer = "信访工作人员01"
    for number, each in sorted(known.items()):
        if number.startswith("OLD"):
            continue
        base = {"number_of_case": number, "matter": matters[each["matter"]]["name"], "received": str(each["received"]),
                "officer": officer}  # fmt: skip
        if each.get("refused") and matters[each["matter"]]["way"] != "petition":
            matter = matters[each["matter"]]
            facts = base | {name: matter[name] for name in ("way", "competent", "competent_en")}
            yield _letter("petition-not-accepted", each["refused"], number, facts)
        elif each.get("refused"):
            yield _letter("petition-on-file", each["refused"], number, base)
        if each.get("extended_on"):
            facts = base | {"accepted": str(each["accepted"]), "matter_code": each["matter"]}
            yield _letter("petition-extended", each["extended_on"], number, facts)
        if each.get("review_served"):
            yield _letter(
                "petition-reviewed", each["review_served"], number, base | {"body": _name(office, each["reviewed_by"])}
            )
        if each.get("final"):
            yield _letter("petition-rechecked", each["final"], number, base | {"body": _name(office, office.highest)})
    for petition in lapsing:
        each, number = known[petition.matter.number], petition.matter.number
        base = {"number_of_case": number, "matter": matters[each["matter"]]["name"], "received": str(each["received"]),
                "officer": officer}  # fmt: skip
        yield _letter(
            "petition-accepted",
            each["accepted"],
            number,
            base | {"body": _name(office, each["handled_by"]), "matter_code": each["matter"]},
        )
        answered = base | {
            "body": _name(office, each["answered_by"]),
            "decision_text": "支持部分请求，依政策办理",
            "served": str(each["served"]),
        }
        yield _letter("petition-answered", each["served"], number, answered)
        yield _letter("petition-lapsing", date.fromisoformat(str(each["ask_review_until"])) - timedelta(days=7), number,
                      base | {"served": str(each["served"])})  # fmt: skip


def _of_agreements(office: Office, mediations: Mediations) -> Any:
    play, officer = office.play, "信访工作人员01"
    steps = dict(play.subjects("agreement-step"))
    for petition, mediator, made in mediations.held[:3]:
        facts: dict[str, Any] = {"number_of_case": made.number, "mediator": mediator, "officer": officer}
        yield _letter("petition-mediation-record", play.on(petition.accepted + 30), made.number, facts)
    for agreement in mediations.agreements[:5]:
        facts = {"agreement": agreement.number, "effective": str(play.on(agreement.effective)),
                 "mediator": agreement.mediator,
                 "officer": officer, "steps": [
                     {"what": step["what"], "due": str(step["due"]), "amount": step["amount"]}
                     for step in agreement.steps
                 ]}  # fmt: skip
        yield _letter("petition-agreement", play.on(agreement.effective), agreement.number, facts)
    for key, step in sorted(steps.items()):
        if step.get("enforced"):
            facts = {
                "agreement": step["agreement"],
                "step": key,
                "due": str(step["due"]),
                "amount": f"{step['amount']}",
                "officer": officer,
            }
            yield _letter("petition-step-broken", step["enforced"], step["agreement"], facts)


def _name(office: Office, unit: str) -> str:
    found = office.play.registers.unit(unit, office.play.local(office.play.now))
    return found.name_zh if found else unit
