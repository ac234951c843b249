"""Three thousand firms, twelve policies, and what goes wrong when support is delivered without application.

Planted: firms that lose by a fact nobody registered, lists of policies without a review, payments sent twice, firms
that two policies exclude from each other, firms that do not want it, admissions too early, by whoever froze the list,
or over an open objection, and grants that a correction of the register takes the ground from. Look-alikes: firms whose
missing fact decides nothing, an opt-out from another policy, an exception that still holds.
Everything is drawn from the seed; names, codes, policies and amounts are invented.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import draft_kind
from bihuan.books.posting import Act, post_acts
from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.effects.background import write_effects
from bihuan.entitlements.catalogue import all_policies, programme_of
from bihuan.entitlements.explaining import explain_line, letter_facts
from bihuan.entitlements.judging import judge_register
from bihuan.entitlements.lists import ListRefused, freeze_list, publish_list, strike
from bihuan.entitlements.models import GrantListRow, GrantRow
from bihuan.entitlements.paying import number_of, pay_approved, pay_list
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.entitlements.revisiting import revisit_list
from bihuan.loop.sequencing import sequence
from bihuan.registers.isolation import in_district
from bihuan.registers.live import default_district
from bihuan.rules.journal import POSTED

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]
FIRMS = 3000
NOT_REVIEWED = ("local-purchase", "hotel-insurance")
SMALL_BUDGET = "clean-kitchen"
KITCHEN, MACHINES, SOFTWARE, CULTURE = "6210", "3400", "6511", "9051"
LASTS = 60
"""The most days that the sample plays."""


class Town:
    """The firms of a play, and which of them are special."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.luck = play.luck.stream("firms")
        self.firms = [self._firm(play.district.enterprise(number)) for number in range(FIRMS)]
        self.free = {row["credit_code"] for row in self.firms}

    def take(self, industry: str, many: int) -> list[Row]:
        """Draw firms of a trade that nothing was planted in yet."""
        among = [row for row in self.firms if row["industry"] == industry and row["credit_code"] in self.free]
        chosen = self.luck.sample(among, many)
        self.free -= {row["credit_code"] for row in chosen}
        return chosen

    def _firm(self, row: Row) -> Row:
        luck = self.luck
        revenue = luck.whole(20, 1200) * 10_000
        high_tech = "2027-06-30" if luck.chance(0.4) else "2019-12-31"
        return row | {
            "employees": max(1, row["employees"]), "revenue": f"{revenue}.00", "tax": f"{revenue // 30}.00",
            "research": f"{luck.whole(0, 300) * 10_000}.00", "capital": f"{luck.whole(10, 900) * 10_000}.00",
            "high_tech_until": high_tech, "specialised": luck.chance(0.3), "foreign": False,
            "listed": luck.chance(0.005), "risk_grade": luck.pick(["A", "A", "B", "B", "C", "D"]),
        }  # fmt: skip


def play_sample(play: Play) -> None:
    """Play the delivery of a year's support."""
    town = Town(play)
    _plant(play, town)
    play.load("enterprise", town.firms, source="market register")
    _open_registers(play, town)
    _judge(play)
    play.to(play.day(1, 9))
    keys = _freeze(play)
    matters = _deliver(play, keys)
    _object(play, keys, town)
    play.to(play.day(10))
    _change_clauses(play, keys)
    play.to(play.day(45))
    play.meanwhile()
    _pay(play, keys)
    _pay_again(play, keys)
    _lapse(play, keys, town)
    _find_follow_ups(play)
    _tell(play, keys)
    _correct(play, keys, town, matters)
    with in_district(default_district()):
        play.prove("lists", GrantListRow.objects.count())
        play.prove("paid", GrantRow.objects.filter(state="paid").count())


def _plant(play: Play, town: Town) -> None:
    for number, row in enumerate(town.take(KITCHEN, 10) + town.take(SOFTWARE, 10)):
        row["high_tech_until"] = "2027-06-30"
        row["employees" if number < 10 else "research"] = None
        play.plant("missing_fact", row["credit_code"], "a fact that decides is not registered")
    for row in town.take(CULTURE, 8):
        row["research"], row["listed"] = None, False
        play.look_alike("missing_fact", row["credit_code"], "what is missing decides nothing")
    for row in town.take(MACHINES, 3):
        row.update(specialised=True, foreign=True, tax="300000.00", employees=60)
        play.plant("stacking", row["credit_code"], "entitled to two rewards that exclude each other")
    for row in town.take(KITCHEN, 8):
        row.update(employees=12, founded="2012-03-01")
    for policy in NOT_REVIEWED:
        play.plant("no_review", policy, "nobody has concluded that it does not restrict competition")


def _open_registers(play: Play, town: Town) -> None:
    """Policies with their reviews, clauses, opt-outs; the year's money."""
    numbers = {name: policy.requires.key for name, policy in all_policies().items() if policy.requires}
    ends = (play.on(0) + timedelta(days=200)).isoformat()
    rows, clauses, drafts = [], [], []
    book = book_named("policy-budget").book
    for name, policy in _own().items():
        conclusion = "pending" if name == NOT_REVIEWED[0] else "exception" if name == "rent-relief" else "no_problem"
        until = (play.on(0) - timedelta(days=3)).isoformat() if name == NOT_REVIEWED[1] else ends
        rows.append({
            "number": numbers[name], "name": policy.name.zh, "owner": "发展改革部门", "kind": policy.kind,
            "line": policy.budget.line, "edition": policy.edition, "begins": policy.from_.isoformat(),
            "conclusion": conclusion,
            "conclusion_until": until if conclusion in ("exception", "no_problem") else None,
        })  # fmt: skip
        clauses += [
            {"number": f"{name}/{rule.id}", "policy": numbers[name], "alternative": alternative, "field": rule.field,
             "test": " ".join(rule.test), "text": rule.text.zh, "citation": rule.citation}
            for alternative, rule in policy.rules()
        ]  # fmt: skip
        amount = "60000.00" if name == SMALL_BUDGET else "40000000.00"
        values = {"amount": amount, "line": policy.budget.line}
        drafts.append(draft_kind(book, "appropriate", f"open:{name}", play.on(0), values))
    play.look_alike("no_review", "rent-relief", "an exception that still holds")
    play.load("policy", rows, source="policy office")
    play.load("policy-clause", clauses, source="policy office")
    said = []
    for number, row in enumerate(town.take(KITCHEN, 6)):
        row_key, whole = row["credit_code"], number < 5
        said.append({"number": f"O-{number}", "firm": row_key, "policy": None if whole else "stable-trade",
                     "said_on": play.on(0).isoformat()})  # fmt: skip
        _entitle(play, row)
        if whole:
            play.plant("opt_out", row_key, "the firm said that it wants nothing")
        else:
            play.look_alike("opt_out", row_key, "the firm does not want another policy")
    play.load("policy-opt-out", said, source="firms")
    with in_district(default_district()):
        post_acts([Act((draft,), "play") for draft in drafts])


def _entitle(play: Play, row: Row) -> None:
    """Let a kitchen be entitled to the subsidy for taking on staff."""
    row["employees"] = 12
    play.load("enterprise", [row], source="market register")


def _own() -> dict[str, PolicyFile]:
    return {name: policy for name, policy in all_policies().items() if programme_of(name) == "policy-delivery"}


def _judge(play: Play) -> None:
    """Who is entitled, who loses by a fact that nobody registered."""
    policies = list(_own().values())
    found = judge_register(policies, default_district(), play.local(play.now))
    for place, name in enumerate(found.policies):
        for row in found.of(place, 1):
            play.find("missing_fact", found.keys[row], f"{name}: {found.missing[place][row]}")
    play.prove("answers", {name: found.counts(place) for place, name in enumerate(found.policies)})


def _officer(play: Play) -> Any:
    """The policy officer, of the department that answers for the policies."""
    return play.person("policy_officer", play.graph.units("department")[0].id)


def _freeze(play: Play) -> dict[str, str]:
    """Freeze and publish every list; what has no review has no list."""
    keys: dict[str, str] = {}
    officer, district = _officer(play), default_district()
    for name, policy in _own().items():
        try:
            done = freeze_list(policy, district, play.local(play.now), officer.id)
        except ListRefused as error:
            play.find("no_review", name, error.message)
            continue
        keys[name] = done.row.key
        publish_list(done.row.key, district)
    with in_district(district):
        left = GrantRow.objects.filter(state="left_out").values_list("key", "reason", "list__policy")
        for key, reason, policy_id in left:
            if reason.startswith("excluded_by"):
                play.find("stacking", key, f"{policy_id}: {reason}")
            elif reason == "declined":
                play.find("opt_out", key, policy_id)
    return keys


def _deliver(play: Play, keys: dict[str, str]) -> dict[str, Any]:
    """Open the delivery of each list; try to admit some too early, or by who froze them; admit all after the notice."""
    officer, approver = _officer(play), play.person("policy_approver")
    both = replace(officer, roles=officer.roles | approver.roles, local=officer.local | approver.local)
    until = play.day(300).isoformat()
    matters = {}
    for number, (name, key) in enumerate(sorted(keys.items())):
        matter = play.report(
            "delivery", play.day(1, 10), officer, key=f"deliver:{key}", title=f"{key} 兑付", subject=key,
            dispatch=False,
        )  # fmt: skip
        matters[name] = matter
        if number < 3:
            play.plant("early_payment", key, "admitted while its notice runs")
            play.attempt("early_payment", key, matter, "approve", play.day(3, 10), approver, until=until)
        if number == 3:
            play.plant("own_list", key, "admitted by whoever froze it")
            play.attempt("own_list", key, matter, "approve", play.day(20, 9), both, until=until)
        if name == "rent-relief":
            play.plant("objection_open", key, "admitted over an open objection")
            play.attempt("objection_open", key, matter, "approve", play.day(20, 9), approver, until=until)
        early = name in ("listing-reward", "stable-trade")
        tell = play.plant if early else play.look_alike
        tell("not_paid", key, "admitted long ago" if early else "admitted yesterday")
        play.act(matter, "approve", play.day(20 if early else 44, 10), approver, until=until)
    return matters


def _change_clauses(play: Play, keys: dict[str, str]) -> None:
    """A policy has another edition while its list waits for payment; another's name changes, which matters nothing."""
    rows = {row["key"]: row for row in play.register("policy", "name", "edition")}
    for name, planted in (("young-firms", True), ("listing-reward", False)):
        key = all_policies()[name].requires.key  # type: ignore[union-attr]
        change = {"edition": "2026-06"} if planted else {"name": f"{rows[key]['name']}（修订）"}
        play.load("policy", [{"number": key, "name": rows[key]["name"]} | change], source="policy office")
        tell = play.plant if planted else play.look_alike
        tell("edition_changed", keys[name], "its clauses changed" if planted else "its name changed")


def _lapse(play: Play, keys: dict[str, str], town: Town) -> None:
    """Three firms that were paid take on too many people since; two others remain as small as they were."""
    key, known = keys["first-hires"], {row["credit_code"]: row for row in town.firms}
    with in_district(default_district()):
        paid = list(GrantRow.objects.filter(list__key=key, state="paid").order_by("key").values_list("key", flat=True))
    chosen = play.luck.stream("lapses").sample([each for each in paid if each in town.free], 5)
    for firm in chosen[:3]:
        play.plant("condition_lapsed", number_of("first-hires", firm, str(play.on(1).year)), "has grown since")
    for firm in chosen[3:]:
        play.look_alike("condition_lapsed", number_of("first-hires", firm, str(play.on(1).year)), "fewer, still enough")
    town.free -= set(chosen)
    rows = [known[firm] | {"employees": 140 if n < 3 else 6} for n, firm in enumerate(chosen)]
    play.load("enterprise", rows, source="market register")
    play.meanwhile()


def _find_follow_ups(play: Play) -> None:
    """Ask the engine which lists and grants its watches would have somebody look at."""
    rules = {"not_paid": "not_paid", "edition_changed": "edition_changed", "condition_lapsed": "condition_lapsed"}
    for incident in play.incidents():
        if incident.watch in rules:
            play.find(rules[incident.watch], incident.subject, incident.watch)


def _tell(play: Play, keys: dict[str, str]) -> None:
    """Compose the letters of a few: why one was paid, why another was not; none has a gap."""
    key, district = keys["first-hires"], default_district()
    with in_district(district):
        lines = GrantRow.objects.filter(list__key=key).order_by("key")
        some = [
            lines.filter(state="paid").first(), lines.filter(state="left_out").first(),
            GrantRow.objects.filter(list__key=keys["rent-relief"], state="struck").first(),
        ]  # fmt: skip
    firms = {row["key"]: row["name"] for row in play.register("enterprise", "name")}
    wanted = []
    for line in filter(None, some):
        with in_district(district):
            named = line.list.key
        found = explain_line(named, line.key, district)
        facts = letter_facts(found, line.key, "经办人") | {"firm": firms[line.key], "addressee": [firms[line.key]]}
        name = "grant-notice" if found.code == "paid" else "not-granted"
        wanted.append((letter_named(name), facts | {"dated": play.local(play.now).isoformat()}))
    told = letters_of_play(wanted)
    play.prove("letters", [
        {name: each[name] for name in ("kind", "basis", "remedy", "remedy_until", "sha256")} for each in told["letters"]
    ])  # fmt: skip
    play.prove("letters_refused", told["refused"])


def _object(play: Play, keys: dict[str, str], town: Town) -> None:
    """Three objections to one list: one is right, one is wrong, one takes long."""
    key, district = keys["rent-relief"], default_district()
    with in_district(district):
        listed = list(
            GrantRow.objects.filter(list__key=key, state="listed").order_by("key").values_list("key", flat=True)
        )
    chosen = play.luck.stream("objections").sample(listed, 3)
    for number, firm in enumerate(chosen):
        opened, answered = play.day(2, 10 + number), play.day(4 if number < 2 else 20, 11 + number)
        spot = play.district.spot("site", number)
        matter = play.report(
            "objection", opened, play.person("operator"), key=f"objection:{firm}", title="名单异议", subject=key,
            spot=spot, channel="phone",
            fields={"firm": firm, "ground": "wrong_data" if number == 0 else "not_entitled"},
        )  # fmt: skip
        handler = play.person("handler", play.office(spot.community))
        play.act(matter, "accept", opened + timedelta(hours=3), handler)
        play.act(matter, "submit", answered, handler, {"text": "已核实 · checked"})
        play.act(matter, "verify", answered + timedelta(hours=5), play.person("callback_agent"), result="solved")
    play.to(play.day(6))
    strike(key, chosen[0], "登记数据更正 · the register was corrected", district)
    play.prove("struck", 1)


def _pay(play: Play, keys: dict[str, str]) -> None:
    """Pay what was admitted; a line of the budget that is too small pays until it is empty."""
    district = default_district()
    while pay_approved(district):
        pass
    with in_district(district):
        refused = GrantRow.objects.filter(state="refused")
        play.prove("refused_by_budget", refused.filter(reason="below_floor", list__policy=SMALL_BUDGET).count())
        play.prove("refused_otherwise", refused.exclude(list__policy=SMALL_BUDGET).count())
        play.prove("unpaid_lists", GrantListRow.objects.filter(paid_at=None).count())
    with in_district(district):  # in a demonstration the worker writes to a dozen of them
        paid = GrantRow.objects.filter(state="paid")
        some = list(paid.order_by("key", "id").values_list("pk", flat=True)[:12])
        paid.exclude(pk__in=some).update(told_at=play.now)


def _pay_again(play: Play, keys: dict[str, str]) -> None:
    """The same list, and single payments, sent again: nothing is paid twice."""
    district, book = default_district(), book_named("policy-budget").book
    key = keys["first-hires"]
    play.prove("paid_again", pay_list(key, district, "user:somebody").fen)
    with in_district(district):
        lines = list(GrantRow.objects.filter(list__key=key, state="paid").select_related("list").order_by("key"))
        chosen = play.luck.stream("doubles").sample(lines, 6)
        for number, line in enumerate(chosen):
            entry = number_of("first-hires", line.key, line.list.period)
            play.plant("double_payment", entry, "sent a second time")
            amount = f"{(line.amount + (100 if number % 2 else 0)) // 100}.00"
            values = {"amount": amount, "line": "L-02", "policy": "first-hires"}
            (verdicts,) = post_acts([Act((draft_kind(book, "grant", entry, play.local(play.now), values),), "play")])
            if verdicts[0] is not POSTED:
                play.find("double_payment", entry, str(verdicts[0].reason or verdicts[0].state))
    again = freeze_list(all_policies()["first-hires"], district, play.local(play.now), "user:somebody")
    play.prove("second_list", {"listed": again.listed, **again.left_out})


def _correct(play: Play, keys: dict[str, str], town: Town, matters: dict[str, Any]) -> None:
    """The register is corrected for two firms that were paid: they are found, heard, and one is decided against."""
    district, key = default_district(), keys["first-hires"]
    with in_district(district):
        paid = list(GrantRow.objects.filter(list__key=key, state="paid").order_by("key").values_list("key", flat=True))
    known = {row["credit_code"]: row for row in town.firms}
    chosen = play.luck.stream("corrections").sample([each for each in paid if each in town.free], 2)
    for firm in chosen:
        play.plant("clawback", firm, "had too many staff all along")
    play.load(
        "enterprise", [known[firm] | {"employees": 180} for firm in chosen], at=play.on(0), source="market register"
    )
    for number, lost in enumerate(revisit_list(key, district)):
        play.find("clawback", lost.key, f"{lost.answer}: {lost.grant}")
        spot, day = play.district.spot("site", number), 46 + number
        matter = play.report(
            "clawback", play.day(day, 9), _officer(play), key=f"clawback:{lost.key}",
            title="追回兑付资金", subject=lost.grant, spot=spot,
            fields={"reason": "wrong_data", "amount": f"{lost.fen / 100:.2f}"},
        )  # fmt: skip
        handler = play.person("handler", play.office(spot.community))
        play.act(matter, "accept", play.day(day, 14), handler)
        play.act(matter, "add_evidence", play.day(day + 5, 10), handler, type="document", sha256=f"{number:064x}")
        play.act(matter, "submit", play.day(day + 5, 11), handler, {"text": "已听取陈述 · the firm was heard"})
        result = "passed" if number == 0 else "failed"
        play.act(matter, "verify", play.day(day + 6, 10), play.person("policy_approver"), result=result)
    play.to(play.day(60))
    while sequence(50_000):
        pass
    while write_effects():
        pass
    from bihuan.extend import FactQuestion
    from bihuan.subjects import facts

    states = [
        (facts.ask(FactQuestion("policy-grant.state", district, number_of("first-hires", firm, str(play.on(1).year)),
                                play.now, play.now)) or ("",))[0]
        for firm in chosen
    ]  # fmt: skip
    play.prove("grants_after", sorted(states))
