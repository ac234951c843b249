"""Requests to addresses that others have named: never into our own networks, whatever a name resolves to.

A name is resolved once, every address it has is looked at, and the connection goes to an address that was looked at:
a name that resolves to a public address when it is checked and to a private one when it is called (DNS rebinding)
reaches nothing. Hosts of the own network that shall be told are named in `BIHUAN_WEBHOOK_HOSTS`.
Source: RFC 6890 (special-purpose addresses); OWASP, Server-Side Request Forgery Prevention; docs/adr/0371.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore
import httpx

ALLOWED = "BIHUAN_WEBHOOK_HOSTS"
"""Names of hosts inside, by commas."""


class AddressRefused(httpx.ConnectError):
    """A name leads into a network that is not everybody's."""


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host that may be called.

    Raises:
        AddressRefused: one of them is not public, and the host is not named among those inside.
        OSError: the name is not known.

    Source: RFC 6890; docs/adr/0371.
    """
    found = list(dict.fromkeys(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    if host.casefold() not in _inside():
        for each in found:
            if not is_public(each):
                raise AddressRefused(f"{host} leads to {each}, which is not a public address")
    return found


def is_public(address: str) -> bool:
    """Return whether an address is everybody's; one of IPv4 inside of IPv6 is looked at as what it is.

    Source: RFC 6890; RFC 4291 §2.5.5.2; RFC 6052 (64:ff9b::/96); RFC 3056 (6to4).
    """
    found: Any = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6:
        inner = found.ipv4_mapped or found.sixtofour
        if found in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.ip_address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
    return bool(found.is_global) and not found.is_multicast


def _inside() -> set[str]:
    return {each.strip().casefold() for each in os.environ.get(ALLOWED, "").split(",") if each.strip()}


class _LookedAt(httpcore.SyncBackend):
    """Connects to the address that was looked at; the name stays what TLS is checked against."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = addresses_of(host, port)
        except AddressRefused as refused:
            raise httpcore.ConnectError(str(refused)) from refused
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not known") from error
        return super().connect_tcp(found[0], port, timeout, local_address, socket_options)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom TLS trusts: read once, it takes a quarter of a second."""
    return ssl.create_default_context()


class OutwardTransport(httpx.HTTPTransport):
    """The transport of httpx over connections that were looked at. Source: docs/adr/0371."""

    def __init__(self) -> None:
        super().__init__(verify=_trusted())
        self._pool = httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=_LookedAt())


def post_outward(url: str, content: bytes, headers: dict[str, str], timeout: float) -> httpx.Response:
    """Post to an address that somebody else has named; redirects are not followed.

    Raises:
        httpx.HTTPError: it cannot be reached, or must not be.

    Source: docs/adr/0371.
    """
    with httpx.Client(transport=OutwardTransport(), trust_env=False, timeout=timeout, follow_redirects=False) as client:
        return client.post(url, content=content, headers=headers)


def get_outward(url: str, params: dict[str, str], timeout: float) -> httpx.Response:
    """Get what an address that somebody else has named tells; raises as `post_outward`. Source: docs/adr/0371."""
    with httpx.Client(transport=OutwardTransport(), trust_env=False, timeout=timeout, follow_redirects=False) as client:
        return client.get(url, params=params)
