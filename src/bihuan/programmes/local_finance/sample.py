"""Thirty months of two thousand firms, with what an honest watch must find. See README.md.

Planted: eight schemes (a promised return, then its spread, then complaints), three chains of firms that hang together
with a scheme through nominees, a licence that ran out, a check handed in before its finding was entered, a reward
without a finding, a reward twice. Look-alikes: an incubator with three hundred firms at one address, a bank's campaign
that spreads, one angry customer with forty letters, a firm of which too little was seen, a licence that is renewed.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bihuan.documents.letters.models import LetterRow
from bihuan.loop.models import CaseRow
from bihuan.loop.store import history
from bihuan.simulator.plays.following import write_effects

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play
    from bihuan.simulator.plays.script import Matter

Row = dict[str, Any]
LASTS = 913
FIRMS, SCHEMES, CHAINS, INCUBATED, LICENSED = 2_000, 8, 3, 300, 24
MONTH, MONTHS, WATCHED = 30, 30, 60
LOOKS = (6, 9)
WEIGHTS = (
    ("compliance", "合规偏离", "0", "10", "15", "0"),
    ("promise", "承诺收益（人数）", "0", "6", "25", "180"),
    ("return", "承诺年收益超过市场（百分点）", "4", "20", "20", "365"),
    ("spread", "传播（线下宣讲点）", "0", "12", "20", "120"),
    ("complaint", "投诉（人数）", "0", "15", "20", "180"),
)
OFFICER = "金融风险专管员"
ADVERSE = ("finance-talk", "finance-rectify", "finance-transfer")


class FinanceMonths:
    """The sample: firms by what they are, and what was seen of them."""

    def __init__(self, play: Play) -> None:
        self.play, self.luck = play, play.luck.stream("finance")
        self.rows = [play.district.enterprise(n) for n in range(FIRMS)]
        self.codes = [str(row["credit_code"]) for row in self.rows]
        drawn = self.luck.sample(self.codes, SCHEMES + CHAINS * 2 + 6)
        self.schemes = drawn[:SCHEMES]
        self.begins = {code: self.luck.whole(2, 16) for code in self.schemes}
        self.nominees = [drawn[SCHEMES + 2 * n : SCHEMES + 2 * n + 2] for n in range(CHAINS)]
        self.bank, self.angry, self.unseen = drawn[-1], drawn[-2], drawn[-3]
        self.overdue, self.renewed = drawn[-4], drawn[-5]
        self.alert = [code for code in self.codes if code not in set(drawn)][:WATCHED]
        self.leads: list[Row] = []
        self.transferred: list[str] = []
        self.asked: dict[str, Matter] = {}
        self.seen = 0
        self.tried = False
        self.confirmed = ""

    def load(self, kind: str, rows: list[Row], source: str = "finance office") -> None:
        """Load rows that must all be taken."""
        loaded = self.play.load(kind, rows, source=source)
        assert not loaded.rejected, (kind, loaded.rejects)


def play_sample(play: Play) -> None:
    """Play the sample. Source: packs E25; docs/topics/play.md."""
    months = FinanceMonths(play)
    load_registers(months)
    plant_truth(months)
    grant = {"entry": "grant-1", "date": play.on(0).isoformat()}
    sides = (("available", "200000.00", ""), ("budget", "", "200000.00"))
    play.post("lead-rewards", [{**grant, "account": name, "debit": into, "credit": out} for name, into, out in sides])
    for month in range(MONTHS):
        play.to(play.day(month * MONTH + 5, 9))
        tell_leads(months, month)
        observe(months, month)
        for day in LOOKS:
            play.to(play.day(month * MONTH + day, 9))
            if day == LOOKS[0]:
                play.meanwhile()
            write_effects(play.now)  # a check that has just opened clears the finding of an earlier one
            react(months, f"{month}/{day}")
        play.letters()
    play.to(play.day(LASTS, 9))
    play.meanwhile()
    tell_found(months)


# -- registers --------------------------------------------------------------------------------------------


def load_registers(months: FinanceMonths) -> None:
    """Firms, weights, what they share, licensed organisations."""
    play, luck = months.play, months.luck
    months.load("enterprise", months.rows, "market register")
    columns = ("indicator", "name", "low", "high", "weight", "half_life")
    months.load("index-weight", [dict(zip(columns, row, strict=True)) | {"citation": "工作值"} for row in WEIGHTS])
    begun, links = play.on(-900).isoformat(), list[Row]()

    def share(entity: str, kind: str, value: str) -> None:
        index = sha256(f"{play.seed}/{value}".encode()).hexdigest()[:16]
        links.append({"number": f"FL{len(links):05d}", "entity": entity, "kind": kind, "value": index, "begun": begun})

    others = [code for code in months.codes if code not in months.schemes]
    for code in [*luck.sample(others, INCUBATED), months.schemes[0]]:
        share(code, "address", "incubator")
    for n in range(200):
        one, two = luck.sample(months.alert + others[:400], 2)
        if not {one, two} & {code for chain in months.nominees for code in chain}:
            share(one, "phone", f"phone {n}")
            share(two, "phone", f"phone {n}")
    for n, (near, far) in enumerate(months.nominees):
        share(months.schemes[n], "holder", f"nominee {n}")
        share(near, "holder", f"nominee {n}")
        share(near, "manager", f"nominee {n}b")
        share(far, "manager", f"nominee {n}b")
    months.load("finance-link", links, "market register")
    licensed = [months.overdue, months.renewed, *luck.sample(months.alert, LICENSED)]
    kinds = ("microcredit", "guarantee", "pawn", "leasing", "factoring", "investment")
    orgs = [
        {"number": f"FO{n:03d}", "name": f"第{n + 1}号地方金融组织", "firm": code, "kind": luck.pick(kinds),
         "licence_from": play.on(-1000).isoformat(),
         "licence_to": play.on(200 if code in (months.overdue, months.renewed) else 1500 + n).isoformat()}
        for n, code in enumerate(licensed)
    ]  # fmt: skip
    months.load("finance-org", orgs)


def plant_truth(months: FinanceMonths) -> None:
    """What must be found, and what only looks like it."""
    play = months.play
    for code in months.schemes:
        play.plant("index", code, f"a scheme that begins in month {months.begins[code]}")
    for n, chain in enumerate(months.nominees):
        for code in chain:
            play.plant("linked", code, f"hangs together with {months.schemes[n]} through a nominee")
    play.plant("licence", months.overdue, "its licence ran out and nobody renewed it or left")
    play.look_alike("licence", months.renewed, "renewed in time")
    play.look_alike("index", months.bank, "a bank's campaign: it spreads, and promises nothing")
    play.look_alike("index", months.angry, "one angry customer with forty letters")
    play.look_alike("index", months.unseen, "high where it was seen, and too little was seen")
    for code in months.codes:
        if code not in months.schemes and code not in {each for chain in months.nominees for each in chain}:
            play.look_alike("linked", code, "shares an incubator's address, or nothing")
    play.plant("finding_missing", months.schemes[1], "handed in before the finding was entered")
    play.plant("not_confirmed", months.angry, "a reward for what was never confirmed")
    play.plant("rewarded_before", months.schemes[0], "the same lead rewarded again")


# -- what is seen -----------------------------------------------------------------------------------------


def tell_leads(months: FinanceMonths, month: int) -> None:
    """Leads of the month from hotline and petitions: of schemes by many people, of the angry customer by one."""
    play, luck, rows = months.play, months.luck, list[Row]()

    def tell(entity: str, kind: str, who: str) -> None:
        day = luck.whole(month * MONTH - 20, month * MONTH + 4)
        rows.append({
            "number": f"LD{len(months.leads) + len(rows):05d}", "entity": entity, "kind": kind,
            "reporter": sha256(who.encode()).hexdigest()[:16], "told": play.on(day).isoformat(),
        })  # fmt: skip

    for code in months.schemes:
        age = month - months.begins[code]
        for n in range(min(max(age, 0), 4)):
            tell(code, "promise", f"{code}/p/{age}/{n}")
        for n in range(min(max(age - 4, 0) * 2, 8)):
            tell(code, "complaint", f"{code}/c/{age}/{n}")
    if 4 <= month < 8:
        for _ in range(10):
            tell(months.angry, "complaint", "one angry customer")
    for code in luck.sample(months.alert, 8):
        tell(code, luck.pick(("promise", "complaint")), f"{code}/{month}")
    months.leads += rows
    months.load("finance-lead", rows, "hotline and petitions")


def observe(months: FinanceMonths, month: int) -> None:
    """The month's observations of firms under watch; leads become indicators as the method counts them."""
    play, luck, rows = months.play, months.luck, list[Row]()
    today = play.local(play.now)

    def see(entity: str, indicator: str, value: object, observed: str) -> None:
        months.seen += 1
        rows.append({
            "number": f"FS{months.seen:06d}", "entity": entity, "indicator": indicator, "value": str(value),
            "observed": observed, "recorded": today.isoformat(), "source": "month",
        })  # fmt: skip

    recent = [{"lead": row["number"], **row} for row in months.leads]
    told = play.calc("lead-signals", recent, at=today.isoformat(), days=90).columns
    voices = {
        (e, i): (v, d)
        for e, i, v, d in zip(*(told[name] for name in ("entity", "indicator", "value", "observed_on")), strict=True)
    }
    named = [*months.schemes, months.bank, months.angry, *months.alert]
    for code in named:
        age = month - months.begins.get(code, 99)
        see(code, "compliance", luck.whole(0, 3) + min(max(age, 0), 6), today.isoformat())
        see(code, "return", f"{luck.between(2, 5) + min(max(age * 2, 0), 14):.1f}", today.isoformat())
        spread = min(max(age - 1, 0) * 2, 12) or (11 if code == months.bank and 6 <= month < 12 else luck.whole(0, 2))
        see(code, "spread", spread, today.isoformat())
        for kind in ("promise", "complaint"):
            value, day = voices.get((code, kind), (0, today.isoformat()))
            see(code, kind, value, str(day))
    see(months.unseen, "return", 20, today.isoformat())
    if month == 5:
        row = {"number": "FO001", "licence_to": play.on(2_000).isoformat()}
        months.load("finance-org", [row])
    months.load("finance-signal", rows, "month")


# -- people -----------------------------------------------------------------------------------------------


def react(months: FinanceMonths, mark: str) -> None:
    """An officer looks, enters what was found and hands in; somebody else reviews; letters are written by hand."""
    play = months.play
    if months.confirmed:
        _reward(months, months.confirmed)
        months.confirmed = ""
    for row in play.cases(ended_at__isnull=True, kind="check"):
        code = str(row.about).partition("/")[2]
        if row.state == "dispatched":
            _look(months, row, code, mark)
        elif row.state == "in_progress":
            _enter(months, code)
            handler = play.person("handler", row.fold["lead"])
            play.act(play.matter(row), "submit", play.now + timedelta(hours=1), handler, {"text": "已登记 · entered"})
        elif row.state == "verifying":
            reviewer = play.person("finance_reviewer")
            play.act(play.matter(row), "verify", play.now + timedelta(hours=1), reviewer, result="passed")
            _follow(months, row, code)


def _look(months: FinanceMonths, row: CaseRow, code: str, mark: str) -> None:
    play, matter = months.play, months.play.matter(row)
    handler, at = play.person("handler", row.fold["lead"]), play.now + timedelta(hours=2)
    play.act(matter, "accept", at, handler)
    spot = play.district.spot("finance", 1)
    play.photo(matter, at + timedelta(minutes=30), handler, spot, picture=f"{play.seed}/{row.number}/{mark}")
    words = {"text": "已现场核查 · looked at on the spot"}
    if code == months.schemes[1] and not months.tried:
        months.tried = True
        play.attempt("finding_missing", code, matter, "submit", at + timedelta(hours=1), handler, words)
        return
    _enter(months, code)
    play.act(matter, "submit", at + timedelta(hours=1), handler, words)


def _enter(months: FinanceMonths, code: str) -> None:
    """What a person found of a firm."""
    scheme = code in months.schemes
    chained = any(code in chain for chain in months.nominees)
    outcome = "transfer" if scheme else "talk" if chained else "rectify" if code == months.overdue else "unfounded"
    months.load("finance-check", [{"entity": code, "outcome": outcome}], "officer")


def _follow(months: FinanceMonths, row: CaseRow, code: str) -> None:
    """What an officer does after the review: a letter, and for the first scheme a reward."""
    play = months.play
    day, officer = play.local(play.now + timedelta(days=7)).isoformat(), play.person("finance_officer")
    if code in months.schemes:
        play.write(
            "finance-transfer",
            f"transfer:{row.number}",
            "有权机关",
            firm=code,
            check=row.number,
            officer=OFFICER,
            by=officer,
        )
        if code == months.schemes[0] and code not in months.transferred:
            months.confirmed = code
        months.transferred.append(code)
    elif any(code in chain for chain in months.nominees):
        play.write(
            "finance-talk", f"talk:{row.number}", code, firm=code, check=row.number, on=day, officer=OFFICER, by=officer
        )
    elif code == months.overdue:
        what = "许可期满仍以原名义经营"
        play.write(
            "finance-rectify",
            f"rectify:{row.number}",
            code,
            firm=code,
            check=row.number,
            what=what,
            until=day,
            officer=OFFICER,
            by=officer,
        )


def _reward(months: FinanceMonths, code: str) -> None:
    """A lead of a confirmed scheme is rewarded once; one of nothing is not."""
    play = months.play
    lead = next(row["number"] for row in months.leads if row["entity"] == code)
    other = next((row["number"] for row in months.leads if row["entity"] == months.angry), lead)
    officer, reviewer = play.person("finance_officer"), play.person("finance_reviewer")
    until = play.day(LASTS + 400).isoformat()
    for n, (subject, firm, rule) in enumerate(
        ((lead, code, ""), (lead, code, "rewarded_before"), (other, months.angry, "not_confirmed"))
    ):
        at = play.now + timedelta(days=1 + n)
        matter = play.report(
            "reward", at, officer, key=f"reward:{n}", title="举报奖励", subject=subject, dispatch=False,
            unit=play.unit("finance"), fields={"amount": "5000", "check": firm, "lead": subject},
        )  # fmt: skip
        if rule:
            play.attempt(rule, firm, matter, "approve", at + timedelta(hours=2), reviewer, until=until)
        else:
            play.act(matter, "approve", at + timedelta(hours=2), reviewer, until=until)


# -- what was found ---------------------------------------------------------------------------------------


def tell_found(months: FinanceMonths) -> None:
    """Incidents of the watches; what was done by whom; how the index did."""
    play = months.play
    rules = {"index_high": "index", "linked_confirmed": "linked"}
    first: dict[str, int] = {}
    for each in play.incidents():
        if each.watch in rules:
            play.find(rules[each.watch], each.subject, f"{each.watch} on {play.local(each.opened_at)}")
        if each.watch == "index_high":
            first.setdefault(each.subject, (play.local(each.opened_at) - play.on(0)).days)
    for row in play.cases(kind="check"):
        if row.fold["category"] == "finance.licence":
            play.find("licence", str(row.about).partition("/")[2], f"case {row.number}")
    tell_record(months, first)
    automatic = sum(
        str(event.actor).startswith("system:")
        for row in play.cases()
        for event in history(row.id)
        if event.kind in ("refused", "approved", "verified", "invalidated")
    )
    automatic += LetterRow.objects.filter(letter__in=ADVERSE, actor__startswith="system:").count()
    play.prove("automatic_measures", automatic)
    play.prove("letters", len(play.letters()))


def tell_record(months: FinanceMonths, first: dict[str, int]) -> None:
    """The index's record: how many of its alarms were schemes, and how long before complaints were many."""
    play = months.play
    seen = play.register("finance-signal", "entity", "indicator", "value", "observed", "recorded")
    rows = [{**row, "observed_on": row["observed"], "recorded_on": row["recorded"]} for row in seen]
    columns = ("indicator", "name", "low", "high", "weight", "half_life_days")
    weights = [dict(zip(columns, row, strict=True)) for row in WEIGHTS]
    events = [
        {"entity": code, "happened_on": play.on((months.begins[code] + 10) * MONTH).isoformat()}
        for code in months.schemes
    ]
    told = play.calc(
        "index-backtest", rows, weights, events, k=SCHEMES, every=90, horizon=400, **{
            "from": play.on(3 * MONTH).isoformat(), "to": play.on(MONTHS * MONTH).isoformat(),
        },
    )  # fmt: skip
    play.prove("backtest", {name: told.facts[name] for name in ("events", "foreseen", "lead_days")})
    play.prove("alarms", len(first))
