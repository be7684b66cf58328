"""Bytes from outside as text, whatever they say of themselves."""

from __future__ import annotations

import re

_CHARSETS = re.compile(
    r"utf-?8|utf-?16-?(?:le|be)?|(?:us-)?ascii|latin-?\d|iso-?8859-?\d+|windows-?\d+|cp\d+|koi8-\w"
    r"|gb2312|gbk|gb18030|big5(?:-?hkscs)?|euc-(?:jp|kr)|shift[_-]?jis|sjis|iso-2022-(?:jp|kr)"
    r"|tis-620|macintosh|mac-?\w+",
    re.IGNORECASE,
)
# As browsers do (WHATWG Encoding): the label names the smaller set, pages use the larger.
_LARGER = {"iso-8859-1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252", "latin1": "cp1252"}
_LARGER |= {"gb2312": "gb18030", "gbk": "gb18030", "euc-kr": "cp949", "shift_jis": "cp932"}
_STATED = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?\s*([\w-]{2,20})",
    re.IGNORECASE,
)


def decode(content: bytes, *, charset: str | None = None) -> str:
    """Return text from bytes: UTF-8 where they are, else as the header or the document says."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"<\x00", "utf-16-le"),
        (b"\x00<", "utf-16-be"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    stated = _STATED.search(content[:4096])
    names = [charset, stated[1].decode("ascii") if stated else None]
    if not any(name and name.lower().startswith("iso-2022") for name in names):
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in names:
        # Only real charsets: Python would also 'decode' rot13, punycode or compressed data.
        if name and _CHARSETS.fullmatch(name):
            try:
                return content.decode(_LARGER.get(name.lower(), name), "replace")
            except LookupError:
                continue
    return content.decode("cp1252", "replace")
