"""The kinds of parameters that the instruments' manuals know, for tables of commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from rigs.simulation.scpi import Kind, Parameter, ScpiError, mnemonic

Number: TypeAlias = float | str
"""A number in base units, or the short form of a word that stands for one (``MIN``)."""

ChannelRanges: TypeAlias = tuple[tuple[int, int], ...]
"""First and last of each part of a channel list; a single channel is both."""

LIMITS = ("MINimum", "MAXimum", "DEFault")

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:\s*E\s*[+-]?\d+)?)\s*([A-Z]*)", re.ASCII)
_RADIX = re.compile(r"#(?:H([0-9A-F]{1,8})|Q([0-7]{1,10})|B([01]{1,32}))")
_CHANNELS = re.compile(
    r"\(@\s*(\d{1,6}(?:\s*:\s*\d{1,6})?(?:\s*,\s*\d{1,6}(?:\s*:\s*\d{1,6})?)*)\s*\)"
)
_MULTIPLIERS = {"": 1.0, "G": 1e9, "MA": 1e6, "K": 1e3, "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12}


def number(unit: str = "", words: Sequence[str] = LIMITS) -> Parameter:
    """A number, optionally with ``unit`` and its multipliers, or one of ``words``."""
    return Parameter(
        kinds=frozenset({Kind.NUMBER, Kind.CHARACTER}),
        convert=partial(_to_number, unit=unit, words=tuple(words)),
    )


def _to_number(token: str, *, unit: str, words: Sequence[str]) -> Number:
    text = token.upper()
    if text[0].isalpha():
        return _to_word(text, words)
    if radix := _RADIX.fullmatch(text):
        digits = [(group, base) for group, base in zip(radix.groups(), (16, 8, 2), strict=True)]
        return float(next(int(group, base) for group, base in digits if group))
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ScpiError(-121)
    digits_text, suffix = match.groups()
    multiplier = _multiplier(suffix, unit)
    value = float(re.sub(r"\s", "", digits_text)) * multiplier
    if abs(value) > 1e38:  # the largest number that SCPI knows is 9.9E37
        raise ScpiError(-123)
    return value


def _multiplier(suffix: str, unit: str) -> float:
    if not suffix:
        return 1.0
    if not unit:
        raise ScpiError(-138)
    multiplier = _MULTIPLIERS.get(suffix.removesuffix(unit))
    if multiplier is None or not suffix.endswith(unit):
        raise ScpiError(-131)
    return 1e6 if suffix == "MHZ" else multiplier  # IEEE 488.2, 7.7.3.2: not milli


def word(*choices: str) -> Parameter:
    """One of the words, as a manual prints them; the value is its short form."""
    return Parameter(
        kinds=frozenset({Kind.CHARACTER, Kind.NUMBER}), convert=partial(_to_word, words=choices)
    )


def _to_word(token: str, words: Sequence[str]) -> str:
    for candidate in words:
        if mnemonic(candidate).fullmatch(token):
            return re.sub("[a-z]", "", candidate)
    raise ScpiError(-224)


def _to_boolean(token: str) -> bool:
    if token.upper() in {"ON", "OFF"}:
        return token.upper() == "ON"
    value = _to_number(token, unit="", words=())
    return round(float(value)) != 0


def _to_string(token: str) -> str:
    return token[1:-1]


def _to_channels(token: str) -> ChannelRanges:
    match = _CHANNELS.fullmatch(token)
    if match is None:
        raise ScpiError(-171)
    parts = [[int(end) for end in part.split(":")] for part in match.group(1).split(",")]
    return tuple((ends[0], ends[-1]) for ends in parts)


def optional(parameter: Parameter) -> Parameter:
    """The same parameter, which may be left out."""
    return replace(parameter, optional=True)


BOOLEAN = Parameter(kinds=frozenset({Kind.CHARACTER, Kind.NUMBER}), convert=_to_boolean)
STRING = Parameter(kinds=frozenset({Kind.STRING}), convert=_to_string)
CHANNELS = Parameter(kinds=frozenset({Kind.EXPRESSION}), convert=_to_channels)
LIMIT = optional(word(*LIMITS))


def within(value: Number, *, minimum: float, maximum: float, default: float | None = None) -> float:
    """The number that was meant; error -222 outside the limits, -224 for a word unknown here."""
    meanings = {"MIN": minimum, "MAX": maximum, "DEF": default}
    meant = meanings.get(value) if isinstance(value, str) else value
    if meant is None:
        raise ScpiError(-224)
    if not minimum <= meant <= maximum:
        raise ScpiError(-222)
    return meant


def expand(ranges: ChannelRanges, valid: Sequence[int], *, otherwise: int = -222) -> list[int]:
    """The channels of a list in its order; error ``otherwise`` if a first or last is none.

    Channels in between that do not exist are passed over (34970A/34972A Programmer's
    Reference, "Rules for using a channel list").
    """
    channels = []
    for first, last in ranges:
        if first not in valid or last not in valid:
            raise ScpiError(otherwise)
        step = 1 if first <= last else -1
        channels += [channel for channel in range(first, last + step, step) if channel in valid]
    return channels
