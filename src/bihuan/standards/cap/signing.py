"""The signature over an alert: XML-DSig, enveloped, ECDSA over P-256 with SHA-256, by a key of the installation.

A certificate inside a message says nothing about who sent it: whoever reads alerts pins the one that stands at
`/alerts/certificate.pem`. It is the same bytes on every day and in every process.
Source: XML-DSig (W3C, 2013); CAP-v1.2 §3.3.4.1; docs/adr/0350-public-alerts.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import methods
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

ORDER_OF_CURVE = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


@lru_cache(8)
def alert_key(secret: str, district: str) -> ec.EllipticCurvePrivateKey:
    """Return the key that signs a district's alerts.

    Args:
        secret: The installation's seal key. district: Code.

    Source: RFC 5869; FIPS 186-5 A.2.1 (extra random bits, then the remainder).
    """
    made = HKDF(hashes.SHA256(), 48, sha256(b"bihuan seal").digest(), f"bihuan/alerts/{district}".encode())
    number = int.from_bytes(made.derive(secret.encode()), "big") % (ORDER_OF_CURVE - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


@lru_cache(8)
def alert_certificate(secret: str, district: str) -> bytes:
    """Return the certificate of that key, PEM; the same bytes every time. Source: RFC 5280; RFC 6979."""
    key = alert_key(secret, district)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"bihuan alerts {district}")])
    public = key.public_key()
    raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(int.from_bytes(sha256(raw).digest()[:16], "big") >> 1 | 1)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(serialization.Encoding.PEM)


@lru_cache(512)
def signed_alert(alert: bytes, secret: str, district: str) -> bytes:
    """Return an alert with its signature as its last element. Source: XML-DSig §2.1; CAP-v1.2 §3.3.4.1."""
    canonical = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    signer = XMLSigner(methods.enveloped, SignatureMethod.ECDSA_SHA256, DigestAlgorithm.SHA256, canonical)
    root = signer.sign(
        etree.fromstring(alert), key=alert_key(secret, district), cert=alert_certificate(secret, district).decode()
    )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
