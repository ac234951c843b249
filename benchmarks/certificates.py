"""Presented certificates verified per CPU second, beside joserfc for the signature alone, with growth.

    .venv/bin/python benchmarks/certificates.py 1000 10000

Each has six claims of which four may be hidden and two are shown, a status in a list of a million places, and is within
its times. CPU seconds of this process count, for the machine may be shared.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import ECKey

from bihuan.methods.parts.jose import write_key
from bihuan.methods.parts.selective import TrustedWorld, issue_certificate, present_certificate, verify_certificate
from bihuan.methods.parts.status_list import StatusBits

ISSUER, LIST, AT = "https://issuer.example", "https://issuer.example/status/1", 1_790_000_000
CLAIMS = {
    "number": "W-000001", "carrier": "示范运输公司", "plate": "京A12345", "mass": "12.40", "site": "S-77",
    "day": "2026-11-30",
}  # fmt: skip
HIDDEN = ("carrier", "plate", "mass", "site")


def made(count: int, key: ec.EllipticCurvePrivateKey) -> list[str]:
    """Certificates as presented, each its own place in the list."""
    found = []
    for n in range(count):
        frame = {
            "iss": ISSUER, "vct": f"{ISSUER}/load", "iat": AT - 100, "exp": AT + 1000,
            "status": {"status_list": {"idx": n, "uri": LIST}},
        }  # fmt: skip
        salts = iter(f"{n:020d}{place:02d}" for place in range(20))
        whole = issue_certificate(frame, CLAIMS | {"number": f"W-{n:06d}"}, HIDDEN, {}, key, lambda s=salts: next(s))
        found.append(present_certificate(whole, ("plate", "mass")))
    return found


def rate(count: int, work: Callable[[], None]) -> float:
    """How many per CPU second."""
    begun = time.process_time()
    work()
    return count / (time.process_time() - begun)


def main() -> None:
    """Print a line for each size."""
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = write_key(key.public_key())
    world = TrustedWorld({ISSUER: [jwk]}, {LIST: StatusBits(2, bytes(250_000))}, AT)
    peer = ECKey.import_key({name: str(value) for name, value in jwk.items() if name in ("kty", "crv", "x", "y")})
    for count in [int(each) for each in sys.argv[1:]] or [1000, 10_000]:
        tokens = made(count, key)
        bare = [each.split("~")[0] for each in tokens]

        def ours(tokens: list[str] = tokens) -> None:
            wrong = [each for each in tokens if not verify_certificate(each, world).valid]
            assert not wrong, wrong[:1]

        def theirs(bare: list[str] = bare) -> None:
            for each in bare:
                jws.deserialize_compact(each, peer, algorithms=["ES256"])

        told = {"certificates": count, "verified_per_cpu_s": round(rate(count, ours)),
                "joserfc_signature_alone_per_cpu_s": round(rate(count, theirs))}  # fmt: skip
        print(json.dumps(told))


if __name__ == "__main__":
    main()
