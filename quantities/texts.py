"""Texts that others wrote: as they are, but for what a terminal would obey."""

from __future__ import annotations


def printable(text: str) -> str:
    """On one line: whatever does not print, line ends among it, becomes U+FFFD."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def printable_lines(text: str) -> str:
    """Likewise, line by line."""
    return "\n".join(map(printable, text.split("\n")))
