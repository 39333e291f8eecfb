"""What a bench engineer would type to try a module's framing: the scripts of the framing tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drivers.chain.messages import LONGEST_CHAIN, Setting, address_of
from rigs.procedures.demands import CR, FIRSTS, FramingFigures, Stored
from rigs.procedures.framing import CAPACITY, LF, Pause, Script
from rigs.procedures.undefined import INPUTS

GOOD = b"A01L" + CR
"""A good message, answered by the first module and harmless. Other scripts use other commands,
so that what was left of them cannot bring the same answer."""

DIGITS = b"0123456789" * 4
"""With none of these may a message begin, so they make tails that say nothing (E8)."""

SHORTER, LONGER = 0.9, 1.1
"""Of the watchdog's shortest and longest period: pauses that clearly do not and do purge."""

RELAXATION_s = 0.010
"""Added to processing times: a host's characters leave some milliseconds early or late."""


class Scripts:
    """Scripts for the first module of a chain that holds what is ``stored``."""

    def __init__(self, figures: FramingFigures, stored: Stored) -> None:
        self._figures = figures
        self._stored = stored
        self._settled = Pause(figures.processing_s + RELAXATION_s)
        self._answered = Pause(figures.busy_s)

    # -- messages --------------------------------------------------------------------------------

    @property
    def obeyed(self) -> tuple[bytes, ...]:
        """One of each kind that the first module obeys, the longest among them."""
        return (b"A01U", b"A01V", b"A01H", self._write(Setting.CALIBRATION), b"S0F", b"d")

    @property
    def of_ten_characters(self) -> Script:
        """A constant that differs in its last bit, and the one that was there before."""
        other = self._write(Setting.CALIBRATION, differing_in=1)
        return other + CR, self._answered, self._write(Setting.CALIBRATION) + CR

    def passed_on(self, command: str) -> Script:
        """A command for a module beyond the chain, with arguments of no to six digits.

        A chain of 256 has no module beyond it: its first is asked without an argument.
        """
        modules = self._figures.modules
        beyond = b"A%02X" % ((modules + 1) % 256) + command.encode()
        arguments = range(CAPACITY - 3) if modules < LONGEST_CHAIN else range(1)
        messages = [beyond + b"4A05E1"[:digits] + CR for digits in arguments]
        return self._spaced(messages)

    @property
    def to_pause_in(self) -> tuple[bytes, ...]:
        """Fewer of them: pauses take their time."""
        return (self._write(Setting.CALIBRATION), b"A01U", b"S0F", b"d")

    @property
    def sent_by_the_last(self) -> list[Script]:
        """Messages that the last module answers, and messages that it passes on."""
        last = b"A%02X" % address_of(self._figures.modules)
        answered = [last + command.encode() for command in "UWVLH"]
        return [(message + CR,) for message in (*answered, b"A00@", b"S0F", b"d")]

    @property
    def undefined(self) -> list[Script]:
        """Each input of which no clause says what comes."""
        return [(message + CR,) for message in INPUTS]

    @property
    def in_short(self) -> tuple[Script, Script]:
        """An LF inside a message, and a message that is too long with a good one after it."""
        (too_long,) = self.over_long(self._write(Setting.CALIBRATION), [CAPACITY + 1])
        return (GOOD[:2] + LF + GOOD[2:],), too_long

    @property
    def after_a_watchdog_period(self) -> Script:
        """A good message, when every buffer has been purged."""
        return Pause(LONGER * self._figures.watchdog_longest_s), GOOD

    # -- framing ---------------------------------------------------------------------------------

    def with_line_feeds(self, message: bytes) -> list[Script]:
        """An LF at each place of a message, and two at every one."""
        whole = message + CR
        singly: list[Script] = [(whole[:at] + LF + whole[at:],) for at in range(len(whole))]
        everywhere = b"".join(LF + LF + whole[at : at + 1] for at in range(len(whole)))
        return [*singly, (everywhere,)]

    def over_long(self, message: bytes, lengths: Iterable[int] = range(11, 41)) -> list[Script]:
        """A message lengthened with digits, and after the processing time a good one."""
        return [((message + DIGITS)[:length] + CR, self._settled, GOOD) for length in lengths]

    def short_pauses(self, message: bytes) -> Script:
        """A pause that does not purge between any two characters."""
        pause = Pause(SHORTER * self._figures.watchdog_shortest_s)
        pieces = [piece for character in message for piece in (bytes([character]), pause)]
        return *pieces, CR

    def long_pauses(self, message: bytes) -> list[Script]:
        """The beginning of a message, a pause that purges it, and a good message."""
        pause = Pause(LONGER * self._figures.watchdog_longest_s)
        return [(message[:at], pause, GOOD) for at in range(1, len(message) + 1)]

    @property
    def other_firsts(self) -> dict[str, list[Script]]:
        """Each character with which no message begins, in the place of each that does."""
        others = [code for code in range(256) if code not in FIRSTS + CR + LF]
        return {
            "control characters": [self._begun_with(code) for code in others if code < 32],
            "printable characters": [self._begun_with(code) for code in others if 32 <= code < 127],
            "others": [self._begun_with(code) for code in others if code >= 127],
        }

    def _begun_with(self, code: int) -> Script:
        first = bytes([code])
        return self._spaced([first + rest + CR for rest in (b"01V", b"0F", b"")], self._settled)

    def _write(self, setting: Setting, *, differing_in: int = 0) -> bytes:
        value = self._stored[1, setting] ^ differing_in
        return f"A01{setting.value}{value:0{setting.digits}X}".encode()

    def _spaced(self, messages: Sequence[bytes], pause: Pause | None = None) -> Script:
        return tuple(piece for message in messages for piece in (message, pause or self._answered))[
            :-1
        ]
