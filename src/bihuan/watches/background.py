"""The endless work of watches, as the worker calls it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from bihuan.loop import pausing
from bihuan.loop.store import current_facts
from bihuan.registers.live import current_registers
from bihuan.registers.models import District
from bihuan.watches import pages
from bihuan.watches.catalogue import Watch, current_catalogue
from bihuan.watches.kinds.gone import Gone
from bihuan.watches.lettering import follow_incidents
from bihuan.watches.running import needs_of, run_watches
from bihuan.watches.scene import Scene


def look() -> int:
    """Let every watch look once. Never asks to be called again at once; nothing while a district is played.

    Source: docs/topics/watches.md, "A run".
    """
    if District.objects.exists() and not pausing.is_played():
        catalogue = current_catalogue()
        if catalogue.watches:
            run_watches(catalogue)
    return 0


def write_letters() -> int:
    """Write the letters that events of incidents ask for; how many were looked at. Nothing while a district is played.

    Source: docs/adr/0331-letters-after-watches.md.
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    return follow_incidents(current_facts())


def ask_pages() -> int:
    """Note the pages that watches name and ask for those that are due; how many, to be called again at once.

    Source: docs/topics/watches.md, "gone".
    """
    if not District.objects.exists() or pausing.is_played():
        return 0
    watches = [each for each in current_catalogue().watches.values() if isinstance(each.declared.when.rule, Gone)]
    if not watches:
        return 0
    registers, now = current_registers(), timezone.now()
    pages.note_pages(registers.district.code, set(_urls(watches, Scene(registers, now, needs=needs_of(watches)))), now)
    return pages.ask_due_pages(registers.district.code, now)


def _urls(watches: list[Watch], scene: Scene) -> Iterator[str]:
    for watch in watches:
        table = scene.of(watch.programme).narrow(watch.declared.over)
        column = table[watch.declared.when.rule.field].to_pylist()
        yield from (url for url in column if url and len(url) <= pages.LONGEST)
