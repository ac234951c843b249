"""The raw frames of a subject's loggers, for the evidence package of a case.

Source: docs/adr/0364-evidence-package.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.extend import RawQuestion
from bihuan.series.catalogue import current_catalogue
from bihuan.server.home import current_home
from bihuan.standards.hj212.evidence import evidence_files
from bihuan.standards.hj212.wire import FOLDER
from bihuan.standards.parts.following import places_of

WIRE = "hj212"


def raw_files(question: RawQuestion) -> Mapping[str, bytes]:
    """Frames, their digests and readings of every logger that the subject's fields name; nothing where none came.

    Source: docs/adr/0364-evidence-package.md.
    """
    folder = current_home().path / FOLDER
    loggers = {
        str(question.values[source.device])
        for series, source in places_of(current_catalogue(), WIRE).values()
        if series.declared.subject == question.type and question.values.get(source.device)
    }
    told: dict[str, bytes] = {}
    for mn in sorted(loggers):
        frames, files = evidence_files(folder, mn, question.first, question.last)
        if frames:
            told |= {f"{mn}/{name}": content for name, content in files.items()}
    return told
