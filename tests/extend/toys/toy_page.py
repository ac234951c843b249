"""A page of somebody else, its entry in the staff's navigation, and the same for programs."""

from __future__ import annotations

from typing import Any

from bihuan.extend import Link, Page, Router


def pages() -> tuple[Page, ...]:
    """One page."""
    return (Page("cockpit/toys/", _page, "toys"),)


def menu() -> tuple[Link, ...]:
    """For everybody who works here."""
    return (Link("toys", "玩具", "Toys", lambda actor: True),)


def routers() -> tuple[Router, ...]:
    """One question."""
    from ninja import Router as Part

    router = Part(tags=["toys"])

    @router.get("/toys", summary="Toys 玩具")
    def toys(request: Any) -> dict[str, int]:
        """How many toys there are."""
        return {"toys": 3}

    return (Router("toys", router),)


def _page(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse("玩具三件 · three toys")
