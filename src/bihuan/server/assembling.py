"""How what rooms have added is put in its place among what every installation has."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.extend import ExtensionError, Middleware


def placed(base: Iterable[str], added: Iterable[Middleware]) -> list[str]:
    """Return every middleware in its order: each added one directly behind the one it names.

    Args:
        base: Dotted paths in order. added: By rooms; one may stand behind another that was added before it.

    Raises:
        ExtensionError: it names one that is not there.

    Source: docs/adr/0236 (settings are assembled from what rooms add)
    """
    found = list(base)
    for each in added:
        if each.after and each.after not in found:
            raise ExtensionError(
                f"{each.path}：没有中间件 {each.after} · there is no middleware {each.after} to stand behind",
                f"现有 · there are: {', '.join(found)}",
            )
        found.insert(found.index(each.after) + 1 if each.after else 0, each.path)
    return found
