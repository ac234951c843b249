"""Loads a whole district from a folder."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.db.models import F

from bihuan.registers import live
from bihuan.registers.loading.outcome import LoadOutcome
from bihuan.registers.loading.tables import load_register
from bihuan.registers.models import District
from bihuan.registers.pure.snapshot import Registers, district_folder
from bihuan.registers.pure.tables import District as DistrictFacts

ORDER = ("areas", "organisations", "duties", "users", "deputies")


def load_district(folder: Path | str, *, users: bool = True) -> tuple[DistrictFacts, list[LoadOutcome]]:
    """Load a district folder (or the name of a shipped one) in one transaction; return its facts and the outcomes.

    The folder is first read as a snapshot, so a contradiction anywhere refuses it whole: a new district starts clean.
    Raises RegisterError naming file, line and field.

    Source: docs/topics/registers.md, "Loading".
    """
    path = district_folder(folder)
    facts = Registers.from_folder(path).district
    with transaction.atomic():
        known = District.objects.filter(pk=facts.code).first()
        fields = {
            "name_zh": facts.name_zh,
            "name_en": facts.name_en,
            "zone": facts.zone,
            "calendar": facts.calendar,
            "dial_country": facts.dialling[0],
            "dial_area": facts.dialling[1],
        }
        outcome = LoadOutcome("district", read=1)
        if outcome.count({name: getattr(known, name) for name in fields} if known else None, fields):
            District.objects.update_or_create(
                pk=facts.code, defaults=fields | {"revision": F("revision") + 1}, create_defaults=fields
            )
        outcomes = [outcome]
        for register in ORDER:
            file = path / f"{register}.csv"
            if file.is_file() and (users or register != "users"):
                outcomes.append(load_register(register, file, facts.code))
    live.forget_snapshots()
    return facts, outcomes
