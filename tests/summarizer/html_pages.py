"""A page of an outlet, and a paragraph for it."""

from __future__ import annotations

PROSE = (
    "The council of Olm voted on Monday to rebuild the old harbour wall before next winter, "
    "after three storms had damaged it in as many months. "
)


def page(body: str, *, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body><article>{body}</article></body></html>".encode()
