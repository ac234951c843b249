"""A district's energy statements of seven months, its quota, and what goes wrong. See README.md.

Planted: heat that two units count, a quantity a thousand times too large, a factor of another year, a jump that nobody
explains, three units that do not state their month, a unit that states another's meter, quota that is passed on but
not held. Look-alikes: a new building, a meter that was replaced in the month, a cold winter, a jump with its reason, a
transfer of everything that is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bihuan.programmes.carbon.months import EnergyUser, EnergyYear

if TYPE_CHECKING:
    from bihuan.simulator.plays.play import Play

Row = dict[str, Any]


def play_sample(play: Play) -> None:
    """Play two months: statements come, what is in doubt is asked about, what is missing comes late."""
    energy = EnergyYear(play)
    _load(play, "reporting-unit", [each.row for each in energy.users], "unit list")
    _load(play, "energy-meter", energy.meters(), "meter list")
    _load(play, "emission-factor", energy.factors(), "factor list")
    before = [energy.stated(user, source, end) for end in energy.months[:-1] for user in energy.users
              for source in user.meters]  # fmt: skip
    _load(play, "energy-statement", before, "statements")
    _quota(play, energy)
    play.to(play.day(2))
    play.meanwhile()
    play.prove("in_doubt_before", len(play.cases()))
    silent = _month(play, energy)
    _remind(play, energy, silent)
    _found(play)
    _answer(play, energy, silent)
    _reckon(play, energy)
    play.prove("letters", len(play.letters()))


def _load(play: Play, kind: str, rows: list[Row], source: str, back: int = -300) -> None:
    told = play.load(kind, rows, at=play.on(back), source=source)
    assert not told.rejected, told.rejects


def _month(play: Play, energy: EnergyYear) -> list[EnergyUser]:
    """The month that ends now: most state it, with the planted faults; who does not is returned."""
    end, luck = energy.months[-1], energy.luck
    play.to(play.day(energy.offset + 8, 9))
    heated = [each for each in energy.users if "heat" in each.meters]
    chosen = luck.sample(heated, 14)
    silent, supplied = chosen[:3], chosen[5:7]
    heads = luck.sample([each for each in energy.users if each.row["kind"] != "plant" and "heat" not in each.meters], 2)
    thousand, wrong_year, jumped, explained, renewed = chosen[7:12]
    rows = {
        (each.key, source): energy.stated(each, source, end)
        for each in energy.users if each not in silent for source in each.meters
    }  # fmt: skip
    extra: list[Row] = []
    for head, part in zip(heads, supplied, strict=True):
        row = rows[part.key, "heat"] | {"number": f"Z-{head.key}-{end:%Y%m}", "unit": head.key}
        row["street"] = head.row["street"]
        extra.append(row)
        play.plant("double", row["number"], "the heat of one meter is stated by two")
    row = rows[thousand.key, "grid"]
    row["quantity"] = f"{float(row['quantity']) * 1000:.3f}"
    play.plant("scale", row["number"], "kilowatt-hours written as megawatt-hours")
    rows[wrong_year.key, "grid"]["factor_year"] = 2021
    play.plant("factor_year", rows[wrong_year.key, "grid"]["number"], "the factor of 2021")
    for user, rule in ((jumped, True), (explained, False)):
        row = rows[user.key, "grid"]
        row["quantity"] = f"{float(row['quantity']) * 2:.3f}"
        if rule:
            play.plant("jump", row["number"], "twice as much, and nobody says why")
        else:
            row["explained"] = True
            play.look_alike("jump", row["number"], "twice as much, with its reason")
    extra += _look_alikes(play, energy, renewed, rows)
    for each in silent:
        play.plant("missing", each.key, "does not state its month")
    _load(play, "energy-statement", [*rows.values(), *extra], "statements")
    play.meanwhile()
    return silent


def _look_alikes(play: Play, energy: EnergyYear, renewed: EnergyUser, rows: dict[tuple[str, str], Row]) -> list[Row]:
    """A new building that states for the first time, and a meter that was replaced within the month."""
    end, first = energy.months[-1], energy.users[0]
    said = {"number": "CU-99", "name": "新落成办公楼", "kind": "public"}
    row = first.row | said | {"states_since": play.on(energy.offset - 20).isoformat()}
    new = EnergyUser(row, {"grid": "CU-99-grid-m1"}, {"grid": 700})
    old = rows[renewed.key, "grid"]
    meter = {"number": f"{renewed.key}-grid-m2", "unit": renewed.key, "source": "grid", "uom": "MWh",
             "installed_on": play.on(energy.offset - 12).isoformat(), "replaces": renewed.meters["grid"]}  # fmt: skip
    _load(play, "reporting-unit", [new.row], "unit list", energy.offset - 20)
    building = {"number": "CU-99-grid-m1", "unit": "CU-99", "source": "grid", "uom": "MWh"}
    _load(play, "energy-meter", [meter, building], "meter list", energy.offset - 20)
    half = f"{float(old['quantity']) / 2:.3f}"
    rest = old | {"number": f"{old['number']}-2", "meter": meter["number"], "quantity": half}
    old["quantity"] = half
    stated = energy.stated(new, "grid", end)
    play.look_alike("jump", stated["number"], "a new building")
    play.look_alike("jump", old["number"], "its meter was replaced in the month")
    play.look_alike("double", rest["number"], "the new meter of one unit")
    play.look_alike("missing", "CU-99", "has stated for three weeks only")
    return [rest, stated]


def _remind(play: Play, energy: EnergyYear, silent: list[EnergyUser]) -> None:
    """Reminders first, cases later."""
    play.to(play.day(energy.offset + 14, 9))
    play.meanwhile()
    reminded = {each.subject for each in play.incidents() if each.watch == "statement_due"}
    play.prove("reminded", len(reminded & {each.key for each in silent}))
    play.prove("cases_at_the_reminder", len(play.cases(kind="missing")))
    play.to(play.day(energy.offset + 25, 9))
    play.meanwhile()


def _found(play: Play) -> None:
    """What the watches opened."""
    for row in play.cases(kind="query"):
        play.find(str(row.category).partition(".")[2], str(row.about).partition("/")[2], row.number)
    for row in play.cases(kind="missing"):
        play.find("missing", str(row.about).partition("/")[2], row.number)


def _answer(play: Play, energy: EnergyYear, silent: list[EnergyUser]) -> None:
    """Late statements come by the form; what was in doubt is corrected; an inspector looks."""
    day, end, officer = energy.offset + 26, energy.months[-1], play.person("carbon_officer")
    totals = _totals(play)
    for number, user in enumerate(silent):
        office = play.office(user.row["street"])
        by = play.person("handler", office)
        wrong = number == 0
        for source in user.meters:
            row = energy.stated(user, source, end)
            fields = {
                name: str(row[name])
                for name in ("covers_to", "year", "meter", "source", "quantity", "uom", "factor_year")
            }
            if wrong:
                other = dict(fields, meter=energy.users[0].meters["grid"], source="grid")
                key = f"late:{user.key}:wrong"
                matter = play.report("statement", play.day(day, 9), by, key=key, title="能源月报", subject=user.key,
                                     fields=other, unit=office, dispatch=False)  # fmt: skip
                play.plant("meter_of_another", user.key, "states another unit's meter")
                play.attempt("meter_of_another", user.key, matter, "approve", play.day(day, 10), officer,
                             until=play.day(3_000).isoformat())  # fmt: skip
                play.act(matter, "reject", play.day(day, 11), officer, {"reason": "表号不属于本单位"})
                wrong = False
            matter = play.report("statement", play.day(day, 12), by, key=f"late:{user.key}:{source}", title="能源月报",
                                 subject=user.key, fields=fields, unit=office, dispatch=False)  # fmt: skip
            play.act(matter, "approve", play.day(day, 14), officer, until=play.day(3_000).isoformat())
    _correct(play, energy)
    looks = play.person("inspector", play.unit("emergency"), 5)
    for number, case in enumerate(each for each in play.cases() if each.kind != "statement" and each.ended_at is None):
        matter, hour, spot = play.matter(case), 9 + number % 7, play.district.spot("site", 3)
        by = play.person("handler", case.fold["lead"])
        play.act(matter, "accept", play.day(day + 1, hour), by)
        play.photo(matter, play.day(day + 1, hour + 0.5), by, spot, picture=f"{play.seed}/{case.number}")
        play.act(matter, "submit", play.day(day + 2, hour), by, words={"text": "已更正 · corrected"})
        play.act(matter, "verify", play.day(day + 3, hour), looks, result="passed")
    play.to(play.day(day + 4, 9))
    play.meanwhile()
    after = _totals(play)
    play.prove("tonnes", {"stated": totals, "corrected": after})


def _correct(play: Play, energy: EnergyYear) -> None:
    """Statements that were wrong are stated anew from the same month on: a new version of each."""
    known = dict(play.subjects("energy-statement"))
    rows = []
    for row in play.cases(kind="query"):
        number = str(row.about).partition("/")[2]
        values = {"number": number} | known[number]
        if str(row.category) == "statement.scale":
            values["quantity"] = f"{float(values['quantity']) / 1000:.3f}"
        elif str(row.category) == "statement.factor_year":
            values["factor_year"] = min(int(values["year"]), 2023)
        elif str(row.category) == "statement.double":
            values |= {"meter": "", "quantity": "0"}  # the other one's meter is not its own
        else:
            values["explained"] = True
        rows.append({name: value for name, value in values.items() if value is not None})
    _load(play, "energy-statement", rows, "corrections")


def _reckon(play: Play, energy: EnergyYear) -> None:
    """Two measures, and what the stated years would have come to with them."""
    unit = energy.users[1].key
    rows = [
        {"number": "M-1", "name": "更换照明", "source": "grid", "percent": "10", "since": 2020, "basis": "示例"},
        {"number": "M-2", "name": "余热利用", "source": "grid", "percent": "25", "since": 2020, "unit": unit},
    ]
    _load(play, "carbon-measure", rows, "measures")
    play.prove("measures", len(play.subjects("carbon-measure")))


def _totals(play: Play) -> str:
    statements = [values for _, values in play.subjects("energy-statement")]
    columns = ("unit", "year", "source", "quantity", "uom")
    factors = [{name: values.get(name) or "" for name in ("source", "scope", "year", "tco2", "per", "purpose")}
               for _, values in play.subjects("emission-factor")]  # fmt: skip
    activity = [{name: row[name] for name in columns} | {"supplier": row.get("supplier") or ""} for row in statements]
    told = play.calc("carbon", activity, factors, purpose="national")
    assert not told.rejects, told.rejects
    units = [{"unit": key, "street": values["street"]} for key, values in play.subjects("reporting-unit")]
    views = play.calc("carbon-streets", activity, factors, units, purpose="national")
    rows = zip(views.columns["street"], views.columns["difference_t"], strict=True)
    play.prove("views_differ_by", [each for street, each in rows if street == "*"])
    return str(told.facts["total_t"])


def _quota(play: Play, energy: EnergyYear) -> None:
    """Quota is issued, passed on and surrendered; more than is held cannot be passed on."""
    day = play.on(0).isoformat()
    firms = energy.luck.sample([each for each in energy.users if each.row["kind"] == "firm"], 4)
    amount = energy.luck.whole(500, 900)
    entries = [(f"Q-{n}", f"held:{each.key}", "allotted", amount, "") for n, each in enumerate(firms)]
    entries += [("Q-T1", f"held:{firms[1].key}", f"held:{firms[0].key}", amount, "Q-0"),
                ("Q-T2", f"held:{firms[2].key}", f"held:{firms[0].key}", 1, "Q-0"),
                ("Q-S1", f"surrendered:{firms[3].key}", f"held:{firms[3].key}", amount - 7, "Q-3")]  # fmt: skip
    play.look_alike("oversold", "Q-T1", "everything that is held")
    play.plant("oversold", "Q-T2", "a tonne that is not held any more")
    rows = [
        {"entry": entry, "date": day, "account": account, "debit": debit, "credit": credit, "unit": "tCO2", "ref": ref}
        for entry, to, by, tonnes, ref in entries for account, debit, credit in ((to, tonnes, ""), (by, "", tonnes))
    ]  # fmt: skip
    told = play.post("carbon-quota", rows)
    for reject in told.rejects:
        play.find("oversold", str(reject["entry"]), str(reject["reason"]))
    play.prove("quota_posted", told.posted)
