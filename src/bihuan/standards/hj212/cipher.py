"""The field hook of HJ 212-2025: what lies between `&&` and `&&` in SM4, where a device was given a key.

The block cipher is that of `cryptography`; how a vendor packs it (mode, padding, base64) is not uniform: the hook
takes any `Decipher`, and the one here is ECB with PKCS#7 over hexadecimal text, which is said and nothing is guessed.
Source: GB/T 32907-2016 (vector of appendix A); HJ 212-2025.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from bihuan.standards.hj212.messages import Decipher, NoMessageError

BLOCK = 16


def sm4_block(key: bytes, block: bytes) -> bytes:
    """One block of sixteen bytes, enciphered. Source: GB/T 32907-2016 §6."""
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - one block, as the vector has it
    return cipher.update(block) + cipher.finalize()


def sm4_sealed(key: bytes, body: bytes) -> bytes:
    """A body as the hook expects it: padded, enciphered, in hexadecimal text. Source: GB/T 32907-2016; HJ 212-2025."""
    padder = PKCS7(BLOCK * 8).padder()
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - as loggers send it
    return (cipher.update(padder.update(body) + padder.finalize()) + cipher.finalize()).hex().upper().encode()


def sm4_hook(keys: Mapping[str, bytes]) -> Decipher:
    """A hook that opens the bodies of devices with a key and leaves the others alone.

    Source: GB/T 32907-2016; HJ 212-2025.
    """

    def open_body(mn: str, body: bytes) -> bytes:
        if mn not in keys:
            return body
        try:
            cipher = Cipher(algorithms.SM4(keys[mn]), modes.ECB()).decryptor()  # noqa: S305 - as loggers send it
            unpadder = PKCS7(BLOCK * 8).unpadder()
            raw = cipher.update(bytes.fromhex(body.decode("ascii"))) + cipher.finalize()
            return unpadder.update(raw) + unpadder.finalize()
        except (ValueError, UnicodeDecodeError) as error:
            raise NoMessageError(f"the body of {mn} does not open with its key") from error

    return open_body
