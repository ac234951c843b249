"""Who acts in the play: opaque actors with the roles and units that the kernel checks."""

from __future__ import annotations

from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from bihuan.loop.kernel.model import Actor, acting_as
from bihuan.registers.pure.roles import roles_that

PEOPLE_PER_UNIT = 6
HANDLES, LEADS = roles_that("handle")[0], roles_that("lead")[0]


def _id(name: str) -> str:
    return f"user:{uuid5(NAMESPACE_URL, f'bihuan:simulator:{name}')}"


@lru_cache(maxsize=20_000)
def handler(unit: str, n: int = 0) -> Actor:
    """One of the people who handle cases in a unit.

    Source: docs/topics/simulator.md, "What is played"; docs/adr/0234 (roles by their ids)
    """
    return Actor(
        id=_id(f"{HANDLES}:{unit}:{n % PEOPLE_PER_UNIT}"),
        roles=frozenset({HANDLES}),
        unit=unit,
        units=frozenset({unit}),
    )


@lru_cache(maxsize=20_000)
def head(unit: str) -> Actor:
    """The head of a unit. Source: docs/topics/simulator.md, "What is played"; docs/adr/0234 (roles by their ids)."""
    return Actor(id=_id(f"head:{unit}"), roles=frozenset({HANDLES, LEADS}), unit=unit, units=frozenset({unit}))


@lru_cache(maxsize=1_000)
def officer(role: str, unit: str | None, n: int = 0) -> Actor:
    """One of the people at a desk of the district, by the role that the programme names.

    Source: docs/topics/simulator.md, "What is played"; docs/adr/0234 (roles by their ids)
    """
    units = frozenset({unit}) if unit else frozenset()
    return Actor(id=_id(f"{role}:{n}"), roles=frozenset({role}), unit=unit, units=units)


def reporter(report: str, case: str) -> Actor:
    """Return the person who made one report; may touch only their own case.

    Source: docs/topics/simulator.md, "What is played"; docs/adr/0234 (roles by their ids)
    """
    return acting_as("own_report", str(uuid5(NAMESPACE_URL, report)), case=case)


CITY = Actor(id="system:city-above", roles=frozenset(roles_that("relay")))
