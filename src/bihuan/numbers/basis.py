"""What a kept or published period is counted by, as JSON and back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bihuan.ledger.core.canonical import canonical
from bihuan.loop.indicator_files import Definition
from bihuan.numbers.counting import Basis


def basis_json(basis: Basis) -> dict[str, Any]:
    """Return a basis as plain JSON.

    Source: docs/adr/0080 (2, definition and query are published with the number); docs/adr/0232.
    """
    return {
        "definitions": [d.to_json() for d in basis.definitions.values()],
        "queries": basis.queries,
        "uses": basis.uses,
    }


def digest_of(basis: Basis) -> str:
    """Return the SHA-256 (hex) of a basis in its canonical form.

    Source: docs/adr/0080 (2, definition and query are published with the number); docs/adr/0232.
    """
    return hashlib.sha256(canonical(basis_json(basis))).hexdigest()


def basis_of_json(digest: str, body: dict[str, Any] | str) -> Basis:
    """Return the basis of `basis_json`, as JSON or its text; one that was read before is not read again.

    Source: docs/adr/0080 (2, definition and query are published with the number); docs/adr/0232.
    """
    if digest not in _known:
        told = json.loads(body) if isinstance(body, str) else body
        known = {d["id"]: Definition.model_validate(d) for d in told["definitions"]}
        while len(_known) >= MOST:
            _known.pop(next(iter(_known)))
        _known[digest] = Basis(known, told["queries"], told["uses"])
    return _known[digest]


MOST = 64
_known: dict[str, Basis] = {}
