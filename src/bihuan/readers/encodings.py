"""Which encoding bytes are in: named by its label, or found from the bytes themselves. Pure.

Nearly every sequence of bytes is valid in some East Asian encoding, so validity proves nothing. Two opinions that know
nothing of each other must agree: a detector that scores byte pairs, and whether what is then read looks like words.
Where they differ the answer is None, and a person is asked.
"""

import codecs
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import pairwise

import chardetng_py
import webencodings

UTF8, GB18030 = "utf-8", "gb18030"
FAMILIAR = ("utf-8", "gb18030", "big5", "utf-16", "cp949", "shift_jis", "euc_jp", "cp1252", "cp1251")
"""What an error offers; every other name that Python knows is taken too."""

_WIDER = {
    "gbk": GB18030, "gb2312": GB18030, "gb18030": GB18030, "cp936": GB18030, "big5": "big5hkscs",
    "euc-kr": "cp949", "shift_jis": "cp932", "shift-jis": "cp932",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": UTF8, "us-ascii": UTF8, "iso-8859-8-i": "iso8859-8",
}  # fmt: skip
"""Labels that in practice mean a larger set (WHATWG Encoding Standard, and GB 18030 for all of GB)."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

COMMON = 0.55  # share of Chinese text that the thousand commonest characters make up at least; mojibake stays under 0.4
SHORT, LIKELY_CHINESE = 12, 0.6  # of so few signs, a reading that is so far plain Chinese may as well be that
_LETTERS = frozenset({"Lu", "Ll", "Lo", "Mn", "Nd", "Pi", "Pf", "Pd"})
_EAST = ("cp949", "big5hkscs", "cp932", "euc_jp")
LIKELY = 0.85  # share of a reading's signs that must suit its encoding


def codec_of_label(label: str) -> str | None:
    """Return the codec that a label names, in whatever spelling, or None when there is none of that name.

    Source: WHATWG Encoding Standard for labels of the web (gb2312 means GBK and more), else Python's own codecs.
    """
    wanted = label.strip().strip("\"'").casefold()
    dashed = wanted.replace("_", "-")
    if dashed in _WIDER or dashed in ("utf-16", "utf-32"):  # these two keep their byte-order mark
        return _WIDER.get(dashed, dashed)
    if dashed.replace("-", "") in _WIDER:
        return _WIDER[dashed.replace("-", "")]
    found = webencodings.lookup(wanted)
    name = found.name if found is not None and found.name not in ("replacement", "x-user-defined") else wanted
    try:
        codec = codecs.lookup(_WIDER.get(name, name))
    except (LookupError, ValueError):
        return None
    return codec.name if _is_text(codec) else None


def _is_text(codec: codecs.CodecInfo) -> bool:
    """Return whether bytes become text through it (`hex` and `zip` are codecs too)."""
    try:
        return isinstance(codec.decode(b"")[0], str) and codec.name not in ("idna", "punycode", "undefined")
    except Exception:  # noqa: BLE001 - a codec that cannot even read nothing is of no use, whatever it raises
        return False


def guess_codec(data: bytes) -> str | None:
    """Return the codec that non-Unicode bytes are in, or None when that is not certain.

    Args:
        data: A sample of at least a sentence; what is valid UTF-8 is not asked here.

    Source: docs/adr/0201 (two opinions, and none when they differ).
    """
    detector = chardetng_py.EncodingDetector()
    detector.feed(data, last=True)
    name = codec_of_label(detector.guess(tld=None, allow_utf8=False)) or GB18030
    words = [sign for sign in _decoded(data, name) or "" if not sign.isascii()]
    chinese = [sign for sign in _decoded(data, GB18030) or "" if not sign.isascii()]
    if name == GB18030:
        return name if _share(chinese, _is_common) >= COMMON else None
    if len(chinese) > 1 and _share(chinese, _is_common) >= COMMON:
        return None
    if name in ("cp932", "euc_jp") and not any("\u3040" <= sign <= "\u30ff" for sign in words):
        return None  # Japanese without a single kana may as well be Chinese
    if len(words) < {"cp1252": 1, "cp949": 3}.get(name, 4 if name in _EAST else 6):
        return None  # a few signs of a script of its own: as good as any other
    if name in _EAST[1:] and len(chinese) < SHORT and _share(chinese, _is_simplified) >= LIKELY_CHINESE:
        return None
    return name if words and _share(words, _suits(name)) >= LIKELY and _cased("".join(words), name, data) else None


def decode_leniently(data: bytes, label: str | None = None) -> tuple[str, bool]:
    """Text of bytes that must be shown whatever they are (a mail's words), and whether the reading is certain.

    Args:
        data: The bytes.
        label: What their sender calls their encoding; None when it does not say.

    Source: docs/adr/0201 (a mail is shown with the likeliest reading); labels: WHATWG Encoding Standard.
    """
    mark = next((name for sign, name in MARKS if data.startswith(sign)), None)
    for name in (mark, codec_of_label(label) if label else None, UTF8):
        if name is not None and (text := _decoded(data, name)) is not None:
            return text, True
    found = guess_codec(data)
    if found is not None and (text := _decoded(data, found)) is not None:
        return text, True
    # Nobody can ask the sender's machine now: the likeliest reading is shown, and said to be a guess.
    likely = (codec_of_label(label) if label else None) or GB18030
    return data.decode(likely, "replace"), False


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _share(signs: list[str], suits: Callable[[str], bool]) -> float:
    return sum(map(suits, signs)) / len(signs) if signs else 0.0


@cache
def _commonest() -> frozenset[str]:
    text = (resources.files("bihuan.readers") / "common.txt").read_text(encoding="utf-8")
    return frozenset(text) - {"\n"}


def _is_common(sign: str) -> bool:
    return sign in _commonest() or sign in "，。、；：？！“”‘’（）《》【】—…·　￥０１２３４５６７８９"


def _is_simplified(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff" and _encodes(sign, "gb2312")


def _encodes(sign: str, name: str) -> bool:
    try:
        return bool(sign.encode(name))
    except UnicodeEncodeError:
        return False


def _suits(name: str) -> Callable[[str], bool]:
    """Return whether a sign is one that texts in an encoding are made of."""
    return {"cp949": _is_korean, "big5hkscs": _is_traditional, "cp932": _is_japanese, "euc_jp": _is_japanese}.get(
        codecs.lookup(name).name, _is_letter
    )


def _is_korean(sign: str) -> bool:
    return "\uac00" <= sign <= "\ud7a3" or _is_wide_mark(sign)


def _is_traditional(sign: str) -> bool:
    return sign in _level_one("big5") or _is_wide_mark(sign)


def _is_japanese(sign: str) -> bool:
    return "\u3040" <= sign <= "\u30ff" or sign in _level_one("cp932") or _is_wide_mark(sign)


def _is_wide_mark(sign: str) -> bool:
    return "\u3000" <= sign <= "\u303f" or "\uff01" <= sign <= "\uff5e" or sign in "‘’“”…—·"


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign) in _LETTERS or sign in "€£§°·¿¡ºª№²³\xa0…“”„’‚"


@cache
def _level_one(name: str) -> frozenset[str]:
    """Return the characters that an encoding's standard counts as common: level 1 of Big5 and of JIS X 0208."""
    leads = {"big5": range(0xA4, 0xC7), "cp932": range(0x88, 0x99)}[name]
    pairs = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
    return frozenset(sign for pair in pairs if (sign := _decoded(pair, name)) is not None and len(sign) == 1)


def _cased(words: str, name: str, data: bytes) -> bool:
    """Whether capital letters stand where words have them: of a wrong single-byte reading many stand in the middle."""
    if not any(unicodedata.category(sign) == "Lu" for sign in words):
        return True
    pairs = pairwise(_decoded(data, name) or "")
    inside = sum(sign.isupper() and before.islower() and not sign.isascii() for before, sign in pairs)
    return inside * 10 <= len(words)
