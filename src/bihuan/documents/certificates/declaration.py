"""A type of certificate as a declared file: `PROGRAMME/certificates/NAME.yaml`. Pure, no Django.

    certificate: waste-disposal
    name: {zh: 建筑垃圾处置证明, en: Certificate of disposal}
    issuer: {zh: 区城市管理委员会, en: District Urban Management Commission}
    about: {type: disposal-plan, key: plan}
    occasion: {event: approved, cases: [certificate]}
    revoked: [{event: revoked, cases: [certificate]}]
    valid: 3 years
    claims:
      plan: {name: {zh: 备案编号, en: Plan}, type: code, from: {case: subject}, open: true}
      works: {name: {zh: 工程, en: Works}, from: {subject: disposal-plan.name, key: plan}}
    basis: [{law: …, article: …, edition: …, citation: …}]

A claim may be hidden by its holder unless it is `open`.
Source: DESIGN §14 (document: certificate); docs/topics/certificates.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bihuan.declare.editions import short_digest
from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.declare.types import field_types
from bihuan.documents.letters.pure.declaration import LegalBasis, LetterFact
from bihuan.methods.parts.selective import FRAME

FOLDER = "certificates"
DAYS = {"days": 1, "months": 31, "years": 366}
Validity = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3} (days|months|years)$", examples=["90 days", "3 years"])]


class CertificateClaim(LetterFact):
    """One claim: its field type and where it comes from. `open`: always shown; else its holder may hide it."""

    open: bool = False


class CertificateAbout(Strict):
    """What it certifies something of: a type of subjects, and the claim that says the key."""

    type: Slug
    key: Code


class CertificateEvent(Strict):
    """A kind of event of the programme's loop: `cases` of these types, `when` these values its data has.

    `does`: revoked (for ever), suspended, or resumed; of an occasion nothing.
    """

    event: Code
    cases: tuple[Code, ...] = ()
    when: dict[Code, str | int | bool] = Field(default_factory=dict)
    does: Literal["revoked", "suspended", "resumed"] = "revoked"


class CertificateDeclaration(Strict):
    """A type of certificate.

    `occasion`: the event that issues it; none: an officer does. `revoked`: events that end or suspend it. `valid`: how
    long; or `until`: the claim (a date) after which it is over. `about`: the subject that it is of.
    """

    certificate: Slug
    name: Name
    issuer: Name
    about: CertificateAbout | None = None
    occasion: CertificateEvent | None = None
    revoked: tuple[CertificateEvent, ...] = ()
    valid: Validity | None = None
    until: Code | None = None
    claims: dict[Code, CertificateClaim] = Field(min_length=1)
    basis: tuple[LegalBasis, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if (self.valid is None) == (self.until is None):
            raise ValueError("a certificate is `valid` for a time or `until` a claim's day, one of the two")
        return self

    @property
    def facts(self) -> dict[str, LetterFact]:
        """Its claims, as facts are gathered."""
        return dict(self.claims)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the claims that its holder may hide."""
        return tuple(name for name, each in self.claims.items() if not each.open)

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content: the edition that a certificate names."""
        return short_digest(json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False))


def load_certificate(path: Path) -> CertificateDeclaration:
    """Return the validated certificate of a file.

    Raises:
        DeclarationError: with every problem, each with file, line, field, rule and remedy.

    Source: docs/topics/certificates.md, "A certificate is a file".
    """
    document = Document(path)
    declared = validated(document, CertificateDeclaration)
    problems = [*_claim_problems(document, declared), *_name_problems(document, declared)]
    if problems:
        raise DeclarationError(problems)
    return declared


def _claim_problems(document: Document, declared: CertificateDeclaration) -> list[Problem]:
    problems = []
    for name, claim in declared.claims.items():
        steps: list[str | int] = ["claims", name]
        if name in FRAME:
            rule = "a name that says something of the certificate itself is taken"
            problems.append(document.problem(steps, f"{name!r} is taken", rule, "give the claim another name"))
        if claim.type not in field_types() or claim.type == "table":
            what = f"no field type {claim.type!r} for a claim"
            problems.append(
                document.problem([*steps, "type"], what, "a type of the catalogue", "see docs/reference/fields.md")
            )
        if claim.origin.table is not None:
            what = "a claim is not looked up in a rule table"
            problems.append(
                document.problem([*steps, "from"], what, "a claim states a fact", "take it from the register")
            )
    return problems


def _name_problems(document: Document, declared: CertificateDeclaration) -> list[Problem]:
    """Names that stand for claims are declared; what ends by a claim's day has such a day."""
    wanted: list[tuple[list[Any], str]] = []
    if declared.about is not None:
        wanted.append((["about", "key"], declared.about.key))
    if declared.until is not None:
        wanted.append((["until"], declared.until))
    for name, claim in declared.claims.items():
        wanted += [(["claims", name, "from"], each) for each in (claim.origin.key, claim.origin.on) if each]
    rule, remedy = "a name stands for a declared claim", f"one of: {', '.join(declared.claims)}"
    problems = [
        document.problem(steps, f"no claim {name!r}", rule, remedy)
        for steps, name in wanted
        if name not in declared.claims
    ]
    if declared.until in declared.claims and declared.claims[str(declared.until)].type != "date":
        problems.append(document.problem(["until"], "not a date", "it ends after a day", "name a claim of type date"))
    return problems
