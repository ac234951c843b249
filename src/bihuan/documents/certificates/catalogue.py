"""The certificates in use: every `certificates/*.yaml` of every programme folder; a faulty file is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.documents.certificates.declaration import (
    FOLDER,
    CertificateDeclaration,
    CertificateEvent,
    load_certificate,
)
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.kernel.table import table
from bihuan.loop.shelves import DeclaredShelf


class UnknownCertificate(Fault):
    """A certificate that no programme declares, or that was never issued."""

    remedy = "see `bihuan certificate list`; one is declared in PROGRAMME/certificates/NAME.yaml"


class DeclaredCertificate(NamedTuple):
    """A type of certificate, its file, and the id of the programme in whose folder it lies."""

    certificate: CertificateDeclaration
    file: Path
    programme: str


def all_certificates() -> Mapping[str, DeclaredCertificate]:
    """Return every type of certificate by name. Source: docs/topics/certificates.md, "A certificate is a file"."""
    return _shelf.content().found


def certificates_aside() -> Mapping[Path, DeclarationError]:
    """Return the files that are not in use. Source: docs/topics/certificates.md, "A certificate is a file"."""
    return _shelf.content().aside


def certificate_named(name: str) -> DeclaredCertificate:
    """Return a type of certificate by its name.

    Raises:
        UnknownCertificate: no programme declares it.

    Source: docs/topics/certificates.md, "A certificate is a file".
    """
    found = all_certificates().get(name)
    if found is None:
        known = ", ".join(sorted(all_certificates())) or "none"
        raise UnknownCertificate(f"没有这种证书 · there is no certificate {name!r}; known: {known}")
    return found


def forget_certificates() -> None:
    """Look at the files at once the next time."""
    _shelf.forget()


def _read(file: Path) -> tuple[str, DeclaredCertificate]:
    declared = load_certificate(file)
    named: list[tuple[list[str | int], CertificateEvent]] = []
    if declared.occasion is not None:
        named.append((["occasion"], declared.occasion))
    named += [(["revoked", n], each) for n, each in enumerate(declared.revoked)]
    for steps, each in named:
        if each.event not in table().kinds:
            rule, remedy = f"one of {', '.join(sorted(table().kinds))}", "see docs/reference/events.md"
            problem = Document(file).problem([*steps, "event"], f"no event {each.event!r}", rule, remedy)
            raise DeclarationError([problem])
    return declared.certificate, DeclaredCertificate(declared, file, programme_of(file))


_shelf: DeclaredShelf[DeclaredCertificate] = DeclaredShelf(FOLDER, "certificate", _read)
