"""SCPI as an instrument hears it: bytes of a program message in, calls and errors out.

Syntax after SCPI-1999 volume 1 (chapter 6 for headers, chapter 7 for parameters) and
IEEE 488.2-1992 chapter 7; error numbers and texts after SCPI-1999 volume 2, chapter 21.8. An
instrument declares a table of header patterns as manuals print them
(``"[SOURce:]VOLTage[:LEVel]"``) with the method behind each and the parameters it takes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache, partial
from typing import Any, TypeAlias

STANDARD_TEXTS: Mapping[int, str] = {
    0: "No error",
    -101: "Invalid character",
    -102: "Syntax error",
    -103: "Invalid separator",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -113: "Undefined header",
    -121: "Invalid character in number",
    -123: "Exponent too large",
    -128: "Numeric data not allowed",
    -131: "Invalid suffix",
    -138: "Suffix not allowed",
    -148: "Character data not allowed",
    -151: "Invalid string data",
    -158: "String data not allowed",
    -168: "Block data not allowed",
    -171: "Invalid expression",
    -178: "Expression data not allowed",
    -211: "Trigger ignored",
    -213: "Init ignored",
    -214: "Trigger deadlock",
    -221: "Settings conflict",
    -222: "Data out of range",
    -224: "Illegal parameter value",
    -230: "Data corrupt or stale",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
}

QUEUE_OVERFLOW = -350

Procedure: TypeAlias = Generator[int | None, None, str | None]
"""What takes an instrument time: yields the times (ns) until which it is busy, None for "until
woken", and returns the answer, if any."""

Reply: TypeAlias = str | Procedure | None
"""What a command's method hands back: nothing, an answer, or a procedure that leads to it."""


class ScpiError(Exception):
    """An error on its way to the instrument's own queue; it never leaves the instrument."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)

    @property
    def is_command_error(self) -> bool:
        """Whether the message was not understood; its remainder is dropped then."""
        return -200 < self.number <= -100


class ErrorQueue:
    """First in, first out; when full, the last entry becomes the overflow error (21.8.1)."""

    def __init__(self, depth: int, texts: Mapping[int, str]) -> None:
        self._depth = depth
        self._texts = {**STANDARD_TEXTS, **texts}
        self._numbers: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, number: int) -> None:
        """Queue this error, or the overflow in its place."""
        if len(self._numbers) < self._depth:
            self._numbers.append(number)
        else:
            self._numbers[-1] = QUEUE_OVERFLOW

    def take(self) -> tuple[int, str]:
        """Oldest number and its text, removed; zero where there is none."""
        number = self._numbers.popleft() if self._numbers else 0
        return number, self._texts[number]

    def clear(self) -> None:
        """Forget all errors."""
        self._numbers.clear()


class Kind(Enum):
    """What a parameter is by its first character, and the error where it is out of place."""

    NUMBER = -128
    CHARACTER = -148
    STRING = -158
    BLOCK = -168
    EXPRESSION = -178


@dataclass(frozen=True)
class Parameter:
    """Which kinds of data are taken here, and what becomes of them.

    ``convert`` raises ``ScpiError`` for data of the right kind that mean nothing.
    """

    kinds: frozenset[Kind]
    convert: Callable[[str], Any]
    optional: bool = False


@dataclass(frozen=True)
class Command:
    """The method behind a header, called with the instrument and one value per parameter.

    A parameter that was left out comes as None.
    """

    method: Callable[..., Reply]
    parameters: tuple[Parameter, ...] = ()


class CommandTree:
    """All headers that an instrument knows."""

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._patterns = [(mnemonic(pattern), command) for pattern, command in commands.items()]
        self.find = lru_cache(maxsize=512)(self._find)

    def _find(self, header: str) -> Command:
        """The command of a full header (without leading colon); error -113 if there is none."""
        for expression, command in self._patterns:
            if expression.fullmatch(header):
                return command
        raise ScpiError(-113)

    def calls(self, message: str) -> Iterator[Callable[[object], Reply]]:
        """One call for each message unit, each to be made with the instrument before the next.

        Raises ``ScpiError`` where a header cannot be understood; the call itself raises what
        is wrong with the parameters, then what is wrong with doing it.
        """
        branch = ""
        for unit in _split(message, ";"):
            if not unit:
                continue
            header, tokens = _parse_unit(unit)
            if not header.startswith(("*", ":")):
                header = branch + header
            header = header.removeprefix(":")
            if not header.startswith("*"):
                branch = header[: header.rfind(":") + 1]
            yield partial(_call, self.find(header.upper()), tokens)


def _call(command: Command, tokens: Sequence[str], instrument: object) -> Reply:
    return command.method(instrument, *_bind(command.parameters, tokens))


@cache
def mnemonic(pattern: str) -> re.Pattern[str]:
    """What matches a word or a header that a manual prints with its short form in capitals."""
    return re.compile(_header_expression(pattern), re.IGNORECASE)


def _header_expression(pattern: str) -> str:
    """A manual's header as a regular expression: ``VOLTage[:LEVel]`` → ``VOLT(?:AGE)?(?::LEV…``.

    Braces with bars, ``{CH1|CH2}``, choose one of several mnemonics.
    """
    return "".join(map(_piece_expression, re.findall(r"[A-Za-z]\w*|.", pattern)))


def _piece_expression(piece: str) -> str:
    word = re.fullmatch(r"([A-Z_0-9]+)([a-z]*)(\d*)", piece)
    if word is None:
        return _BRACKETS.get(piece) or re.escape(piece)
    short, rest, suffix = word.groups()
    return f"{short}(?:{rest})?{suffix}"


_BRACKETS = {"[": "(?:", "]": ")?", "{": "(?:", "}": ")", "|": "|"}

_HEADER = re.compile(r"(?:\*|:?)[A-Za-z][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9_]*)*\??")


def _parse_unit(unit: str) -> tuple[str, list[str]]:
    """Header and parameters of one message unit."""
    header = _HEADER.match(unit)
    if header is None:
        raise ScpiError(-102 if unit[0].isascii() and unit[0].isprintable() else -101)
    rest = unit[header.end() :]
    if rest and not rest[0].isspace():
        raise ScpiError(-103 if rest[0] in ",(\"'" else -101)
    return header.group(), list(_split(rest, ",")) if rest.strip() else []


def _split(text: str, separator: str) -> Iterator[str]:
    """Parts between separators outside quotes and parentheses, without white space around.

    Raises error -151 for a quote and -171 for a parenthesis that is not closed, in place of
    the part that it spoils.
    """
    start, quote, depth = 0, "", 0
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == separator and depth <= 0:
            yield text[start:index].strip()
            start = index + 1
    if quote:
        raise ScpiError(-151)
    if depth:
        raise ScpiError(-171)
    yield text[start:].strip()


def _kind(token: str) -> Kind:
    """What kind of data a parameter is; error -109 for an empty one, -102 for none at all."""
    if not token:
        raise ScpiError(-109)
    if token[0] in "+-.#" or token[0].isdecimal():
        block = token[0] == "#" and token[1:2].isdecimal()
        return Kind.BLOCK if block else Kind.NUMBER
    if token[0] in "\"'":
        return Kind.STRING
    if token[0] == "(":
        return Kind.EXPRESSION
    if token[0].isalpha():
        return Kind.CHARACTER
    raise ScpiError(-102)


def _bind(parameters: Sequence[Parameter], tokens: Sequence[str]) -> list[Any]:
    """One value per parameter; an optional one is skipped where the next token does not fit it."""
    values: list[Any] = [None] * len(parameters)
    waiting = deque(enumerate(parameters))
    for token in tokens:
        kind = _kind(token)
        while waiting and waiting[0][1].optional and kind not in waiting[0][1].kinds:
            waiting.popleft()
        if not waiting:
            raise ScpiError(-108)
        index, parameter = waiting.popleft()
        if kind not in parameter.kinds:
            raise ScpiError(kind.value)
        values[index] = parameter.convert(token)
    if any(not parameter.optional for _, parameter in waiting):
        raise ScpiError(-109)
    return values
