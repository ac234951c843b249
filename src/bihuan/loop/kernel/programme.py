"""The declaration of a programme: what one page of YAML says, validated and ready for `decide`.

The vocabulary is closed: shapes, events, predicates, calendars and indicators are named from
catalogues; there is no expression language. `bihuan programme schema` prints the JSON Schema.
"""

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from bihuan.declare.editions import AppliesTo
from bihuan.declare.model import Code, Name, Slug, Strict
from bihuan.loop.kernel.demand_rules import DemandRule
from bihuan.loop.kernel.evidence_types import EvidenceTypeName
from bihuan.loop.kernel.form_rules import FieldRule
from bihuan.loop.kernel.observation_rules import KeepRule, ObservedRule, Within
from bihuan.loop.kernel.subject_rules import AboutRule, EffectRule, TellsRule
from bihuan.registers.pure.roles import Code as RoleCode
from bihuan.registers.pure.roles import LocalRole, catalogue

Shape = Literal["complaint", "patrol", "gate"]
DEFAULTS = catalogue().defaults


class ByTable(Strict):
    """A value that a dated rule table gives, chosen by the date and place of the event."""

    table: Code


class ByDay(Strict):
    """A deadline that the register says: the end of the day in a date field of what the case is about (a promise)."""

    day: Code


class Extend(Strict):
    """How often a clock may be extended, by how much at most, and who approves."""

    times: int = Field(ge=1, le=5)
    approver: Code
    within: Within | None = None  # default: the clock's own length once more


class ClockRule(Strict):
    """A deadline from one event (or any of several) to another.

    `within` is a duration or a table; `warn` are fractions of the time allowed; `restart` says whether
    the `from` event starts it anew when it happens again (a new dispatch) or leaves it running.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Code
    label: Name | None = None
    from_: str | list[str] = Field(alias="from")
    to: str | list[str]
    within: Within | ByTable | ByDay
    warn: list[Annotated[Decimal, Field(gt=0, lt=1)]] = [Decimal("0.5"), Decimal("0.8")]
    extend: Extend | None = None
    restart: bool = True
    pauses: bool = True  # stands still while the case is suspended

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """Events that start this clock."""
        return (self.from_,) if isinstance(self.from_, str) else tuple(self.from_)

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """Events that stop this clock."""
        return (self.to,) if isinstance(self.to, str) else tuple(self.to)


class DutyRule(Strict):
    """How the duty-bearer is found: by the duty matrix, by the place, by who keeps what the case is about, named by
    whoever dispatches, or one fixed unit."""

    by: Literal["matrix", "area", "about", "given"] = "matrix"
    lead: str | None = None  # fixed unit code
    fallback: str = "district"  # 兜底: the district itself when the matrix has no row


class ReturnRule(Strict):
    """Returns (退单): at most `max`, each with a reason code, then the arbiter decides."""

    max: int = Field(ge=0, le=9, default=2)
    reasons: dict[Code, Name] = {}
    arbiter: Code = DEFAULTS.arbiter


class EvidenceRule(Strict):
    """What a claim of completion needs."""

    min: int = Field(ge=0, default=0)
    types: list[EvidenceTypeName] = [
        "photo",
        "document",
        "video",
    ]
    within_m: int | None = Field(default=None, ge=1)
    taken_after: str | None = None  # event name
    unique: bool = False  # a file that closed another case (the same bytes or the same picture) closes no second one


class Attempts(Strict):
    """Call-back attempts: how many, how far apart."""

    max: int = Field(ge=1, le=10, default=3)
    spacing: Within = "4h"


class Sample(Strict):
    """Verify a reproducible fraction of cases instead of all."""

    fraction: Annotated[Decimal, Field(gt=0, le=1)]


Relation = Literal["handler", "unit", "superiors_below_district", "contractor", "finder"]


class VerifyRule(Strict):
    """Who verifies, of whom they must be independent, and whether all or a sample.

    `observed`: a series may do it instead, where the instrument is kept by others; `by` looks at all that it cannot say.
    """

    by: Code
    independent_of: list[Relation] = [
        "handler",
        "unit",
        "superiors_below_district",
        "contractor",
    ]
    sample: Literal["all"] | Sample = "all"
    attempts: Attempts = Attempts()
    results: list[Literal["solved", "partly", "unsolved", "unreachable", "refused", "passed", "failed"]]
    script: Code | None = None
    observed: ObservedRule | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_series(cls, given: Any) -> Any:
        """`by: series` with its condition in one place means `observed`; `otherwise` is the role that looks else."""
        if not isinstance(given, dict) or given.get("by") != "series":
            return given
        said = {name: given[name] for name in ObservedRule.model_fields if name in given}
        said |= given.get("condition") or {}
        rest = {name: each for name, each in given.items() if name not in (*said, "condition", "otherwise")}
        return {**rest, "by": given.get("otherwise", DEFAULTS.desk), "observed": said}


class ReopenRule(Strict):
    """Second handling: how often, and until when after closing."""

    max: int = Field(ge=0, default=1)
    window: Within = "30 days"
    by: list[Code] = DEFAULTS.reopened_by


class SuspendRule(Strict):
    """Approved suspension (挂账), always with an end."""

    approver: Code
    max: Within = "180 days"
    reasons: dict[Code, Name] = {}


class PartyRule(Strict):
    """Multi-party: calling other units in (吹哨报到)."""

    kinds: dict[Code, Name]
    arrive: dict[Code, Within | ByTable]  # by kind
    arrival_within_m: int = 200
    signature: bool = True
    finish: Within | ByTable = "7 days"
    score: bool = True

    def arrival(self, call: str) -> str | ByTable:
        """Within which a unit called in so must be there: the span of that kind, else the one for the whole task.

        Source: DOMAIN E12 (an arrival clock by kind of call: 应急哨 30 minutes)
        """
        return self.arrive.get(call, self.finish)


class NoticePeriod(Strict):
    """How long before the start (a date in `field`) an application must be made."""

    field: Code
    within: Within


class AdmissionRule(Strict):
    """A case that may only be opened under an admission in effect: the gate case type that grants it.

    Without one it is refused at once, and the refusal is on record.
    """

    by: Code
    reason: Name


class GroundsRule(Strict):
    """On what a gate may be refused: each ground by name, and the dated table that gives its article."""

    names: dict[Code, Name] = Field(min_length=1)
    table: Code


class GateRule(Strict):
    """Gate: who reviews, how long an approval lasts at most, how early to apply, what an application must state, on
    which grounds it may be refused."""

    reviewer: Code
    valid_max: Within = "365 days"
    notice: NoticePeriod | None = None
    requires: dict[Code, Name] = {}
    grounds: GroundsRule | None = None


class ExclusionRule(Strict):
    """Exclusion appeals (申请剔除): reasons, reviewer and cut-off after the end of the month."""

    reviewer: Code
    cutoff: Within = "5 working days"
    reasons: dict[Code, Name] = {}


class CaseType(Strict):
    """One kind of case."""

    name: Name
    shape: Shape
    opened_by: list[Code] = DEFAULTS.opened_by
    desk: Code = DEFAULTS.desk  # the role that holds what is not yet dispatched
    categories: str | None = None  # file beside the programme
    urgencies: list[Code] = ["emergency", "urgent", "general", "complex"]
    auto_dispatch: bool = False
    duty: DutyRule = DutyRule()
    clocks: list[ClockRule]
    returns: ReturnRule = ReturnRule()
    evidence: EvidenceRule = EvidenceRule()
    verify: VerifyRule | None = None
    reopen: ReopenRule = ReopenRule()
    keep: KeepRule | None = None
    suspend: SuspendRule | None = None
    parties: PartyRule | None = None
    gate: GateRule | None = None
    admission: AdmissionRule | None = None
    about: AboutRule | None = None
    tells: TellsRule | None = None
    unseen: list[str] = []  # states in which the unit that was asked sees it no longer
    demands: list[DemandRule] = []  # what must be true before a step
    effects: list[EffectRule] = []
    exclusions: ExclusionRule | None = None
    fields: dict[Code, FieldRule] = {}
    disabled: list[str] = []  # commands of the shape this programme does not use
    outcomes: list[str]

    @model_validator(mode="after")
    def _complete(self) -> "CaseType":
        if self.shape == "gate" and self.gate is None:
            raise ValueError("shape gate needs a 'gate' block naming the reviewer")
        if self.shape != "gate" and self.verify is None:
            raise ValueError(f"shape {self.shape} needs a 'verify' block: nothing closes unverified")
        if self.duty.by == "about" and (self.about is None or self.about.unit is None):
            raise ValueError("duty by about needs an 'about' block that names the field `unit`")
        ids = [demand.id for demand in self.demands]
        if len(ids) != len(set(ids)):
            raise ValueError("ids of demands must be unique within a case type")
        promised = [c for c in self.clocks if isinstance(c.within, ByDay)]
        if promised and self.about is None:
            raise ValueError("a clock that runs to a day of the register needs an 'about' block")
        if any(c.extend is not None and c.extend.within is None for c in promised):
            raise ValueError("an extension of a clock that runs to a day of the register says by how much (`within`)")
        names = [c.name for c in self.clocks]
        if len(names) != len(set(names)):
            raise ValueError("clock names must be unique within a case type")
        return self

    @cached_property
    def deadline_tables(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """The tables that give its clocks and those of called-in units their time: (path in the declaration, table).

        Source: DESIGN §2 (clocks from dated rule tables)
        """
        spans: list[tuple[tuple[str | int, ...], str | ByTable | ByDay]] = [
            (("clocks", index, "within"), clock.within) for index, clock in enumerate(self.clocks)
        ]
        if self.parties is not None:
            spans += [(("parties", "arrive", kind), within) for kind, within in self.parties.arrive.items()]
            spans.append((("parties", "finish"), self.parties.finish))
        return tuple((path, within.table) for path, within in spans if isinstance(within, ByTable))


class IndicatorUse(Strict):
    """An indicator that the programme's cases count in, with the clock it judges them by where it needs one."""

    id: Code
    clock: Code | None = None


NO_LONGER = ("signals", "effective_from", "effective_to", "default_language")
"""Keys that older versions accepted and never read; recorded editions may still hold them."""


class Programme(Strict):
    """One promise of the work report as a closed loop."""

    id: Slug
    name: Name
    clause: str
    edition: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$", examples=["2026-01"])
    applies_to: AppliesTo = "new"
    legal_basis: list[str] = []
    cases: dict[Code, CaseType]
    roles: dict[RoleCode, LocalRole] = {}  # of this programme alone, beside those of the house
    indicators: list[Code | IndicatorUse] = []
    scorecard: str | None = None
    ranks: Code = "street"  # kind of unit, in the organisation register, that the scorecard ranks
    retention: Within = "1825 days"

    @classmethod
    def recorded(cls, declared: dict[str, Any]) -> "Programme":
        """Read an edition that is on record, which may have been written by an older version.

        Source: docs/adr/0230 (what is on record stays readable)
        """
        kept = {name: value for name, value in declared.items() if name not in NO_LONGER}
        for case in kept.get("cases", {}).values():
            duty = case.get("duty", {})
            if duty.get("by") == "subject":  # was accepted, and handled as the duty matrix
                case["duty"] = {**duty, "by": "matrix"}
        return cls.model_validate(kept)

    @cached_property
    def indicator_clocks(self) -> dict[str, str | None]:
        """The ids of the indicators its cases count in, each with the clock declared for it.

        Source: docs/adr/0080 (4, a programme takes part by listing the id)
        """
        return {i: None for i in self.indicators if isinstance(i, str)} | {
            i.id: i.clock for i in self.indicators if isinstance(i, IndicatorUse)
        }

    @cached_property
    def handling_clocks(self) -> tuple[str, ...]:
        """Names of the clocks that every handled case type has and that a handing-in stops, in declared order.

        Source: docs/topics/indicators.md, "Adding an indicator".
        """
        each = [
            [c.name for c in case.clocks if "submitted" in c.stops]
            for case in self.cases.values()
            if case.shape != "gate"
        ]
        return tuple(name for name in (each[0] if each else ()) if all(name in names for names in each))

    def judging_clock(self, indicator: str) -> str | None:
        """Return the clock that an indicator is judged by: the declared one, else the only one that a handing-in stops.

        Source: docs/topics/indicators.md, "Adding an indicator".
        """
        declared = self.indicator_clocks.get(indicator)
        if declared is None and len(self.handling_clocks) == 1:
            return self.handling_clocks[0]
        return declared

    @property
    def indicator_ids(self) -> tuple[str, ...]:
        """The ids of the indicators its cases count in, in declared order.

        Source: docs/adr/0080 (4, a programme takes part by listing the id)
        """
        return tuple(i if isinstance(i, str) else i.id for i in self.indicators)
