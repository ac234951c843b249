"""What a loop or list could not handle and has set aside: red until it is mended."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.people import requires
from bihuan.loop import stuck


@requires("operator", "district_admin")
def page(request: HttpRequest) -> HttpResponse:
    """Each thing that is set aside: whose work it is, since when, how often it was tried, and why it failed."""
    return render(request, "faces/stuck.html", {"lines": stuck.all_stuck()})
