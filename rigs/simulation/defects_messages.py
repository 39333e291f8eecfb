"""Defects of how a module hears, keeps, obeys and passes on messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from typing_extensions import override

from rigs.simulation.line import CARRIAGE_RETURN, LINE_FEED, Run, duration_ns
from rigs.simulation.modules.buffer import CAPACITY, Buffer
from rigs.simulation.modules.memory import DIGITS, UPPER_CASE_DIGITS
from rigs.simulation.modules.module import LONGEST_SENT, Module
from rigs.simulation.modules.receiver import Receiver

FIRSTS = b"ASed"
OFF_BY = 0.04
"""Of an oscillator: heard by a host with an exact one, not by every other module."""
EARLY_NS = 1_000_000_000
HANGS_NS = 60_000_000_000

Obey = Callable[[bytes, int, int], None]


class _OtherBuffer(Buffer):
    """A buffer that is wrong in one way."""

    def __init__(
        self, capacity: int = CAPACITY, *, purges: bool = True, keeps_line_feeds: bool = False
    ) -> None:
        super().__init__()
        self._capacity = capacity
        self._purges = purges
        self._keeps_line_feeds = keeps_line_feeds

    @override
    def take(self, character: int) -> bytes | None:
        if character == CARRIAGE_RETURN or (character == LINE_FEED and not self._keeps_line_feeds):
            return super().take(character)
        if len(self._characters) < self._capacity:
            self._characters.append(character)
        elif self._purges:
            self.overflow()
        return None

    def overflow(self) -> None:
        """There is a character too many."""
        self._characters.clear()


class _Unpurged(_OtherBuffer):
    """Never forgets what it holds."""

    @override
    def purge(self) -> None:
        pass


class _Choking(_OtherBuffer):
    """Takes nothing any more after a character too many, until it is given ``air``."""

    choked = False

    @override
    def take(self, character: int) -> bytes | None:
        return None if self.choked else super().take(character)

    @override
    def overflow(self) -> None:
        super().overflow()
        self.choked = True


def buffer_of_nine(module: Module, _generator: np.random.Generator) -> None:
    """Its tenth character purges."""
    _give(module, _OtherBuffer(9))


def buffer_of_eleven(module: Module, _generator: np.random.Generator) -> None:
    """Its eleventh character does not purge, the twelfth does."""
    _give(module, _OtherBuffer(11))


def keeps_the_first_ten(module: Module, _generator: np.random.Generator) -> None:
    """It drops surplus characters instead of the message."""
    _give(module, _OtherBuffer(purges=False))


def keeps_line_feeds(module: Module, _generator: np.random.Generator) -> None:
    """An LF inside a message is a character like any other; one ahead of it is skipped."""
    _give(module, _OtherBuffer(keeps_line_feeds=True))
    obey: Obey = module.obey

    def obey_after_line_feed(message: bytes, begun_ns: int, time_ns: int) -> None:
        obey(message.removeprefix(b"\n"), begun_ns, time_ns)

    module.obey = obey_after_line_feed  # type: ignore[method-assign]


def never_purges_on_pause(module: Module, _generator: np.random.Generator) -> None:
    """A watchdog wake leaves what it has received where it is."""
    _give(module, _Unpurged())


def purges_early(module: Module, _generator: np.random.Generator) -> None:
    """Its watchdog's period is a second."""
    module.watchdog.period_ns = EARLY_NS


def stuck_after_purge(module: Module, _generator: np.random.Generator) -> None:
    """A character too many leaves it deaf until its power is cycled."""
    buffer = _Choking()
    _give(module, buffer)
    power_up = module.power_up

    def power_up_with_air(time_ns: int) -> None:
        buffer.choked = False
        power_up(time_ns)

    module.power_up = power_up_with_air  # type: ignore[method-assign]


def deaf_after_purge(module: Module, _generator: np.random.Generator) -> None:
    """A character too many leaves it deaf until its watchdog wakes it."""
    buffer = _Choking()
    _give(module, buffer)
    purge = buffer.purge

    def purge_with_air() -> None:
        buffer.choked = False
        purge()

    buffer.purge = purge_with_air  # type: ignore[method-assign]


def no_line_feed(module: Module, _generator: np.random.Generator) -> None:
    """It sends messages without an LF ahead."""
    send = module.send

    def send_without(run: Run) -> None:
        begins_ns = run.start_ns + duration_ns(1, run.bit_ns)
        send(run._replace(characters=run.characters.removeprefix(b"\n"), start_ns=begins_ns))

    module.send = send_without


def passes_garbage_on(module: Module, _generator: np.random.Generator) -> None:
    """It passes on whatever does not concern it, however it begins."""
    obey: Obey = module.obey

    def pass_on(message: bytes, begun_ns: int, time_ns: int) -> None:
        obey(message, begun_ns, time_ns)
        if message and message[0] not in FIRSTS:
            characters = b"\n" + message + b"\r"
            begins_ns = time_ns + module.traits.processing_ns
            ends_ns = begins_ns + duration_ns(len(characters), module.traits.bit_ns)
            module.send(Run(characters, begins_ns, ends_ns, module.traits.bit_ns, message))

    module.obey = pass_on  # type: ignore[method-assign]


def takes_small_letters(module: Module, _generator: np.random.Generator) -> None:
    """A message may as well begin with a or s."""
    obey: Obey = module.obey

    def obey_any(message: bytes, begun_ns: int, time_ns: int) -> None:
        first = message[:1]
        obey((first.upper() if first in (b"a", b"s") else first) + message[1:], begun_ns, time_ns)

    module.obey = obey_any  # type: ignore[method-assign]


def takes_lower_case_digits(module: Module, _generator: np.random.Generator) -> None:
    """Lower-case digits are digits."""
    _read(module, lambda _command, argument: argument.upper())


def stores_short_arguments(module: Module, _generator: np.random.Generator) -> None:
    """Missing digits count as zeros ahead of those that are there."""
    _read(module, lambda command, argument: argument and argument.rjust(DIGITS[command], b"0"))


def stores_surplus_digits(module: Module, _generator: np.random.Generator) -> None:
    """Surplus digits are left away, and the rest is stored."""
    _read(module, lambda command, argument: argument[: DIGITS[command]])


def takes_any_digits(module: Module, _generator: np.random.Generator) -> None:
    """It takes the low half of any character for a digit."""

    def digit(character: int) -> int:
        return character if character in UPPER_CASE_DIGITS else b"0123456789ABCDEF"[character & 15]

    _read(module, lambda _command, argument: bytes(digit(character) for character in argument))


def stores_on_unknown_command(module: Module, _generator: np.random.Generator) -> None:
    """A command that it does not know moves its high threshold."""
    _on_unknown_command(
        module,
        lambda time_ns: module.settings.store("H", module.settings.codes["H"] ^ 1, time_ns),
    )


def hangs_on_unknown_command(module: Module, _generator: np.random.Generator) -> None:
    """A command that it does not know leaves it deaf for a minute."""
    _on_unknown_command(module, lambda _time_ns: HANGS_NS)


def drops_long_messages(module: Module, _generator: np.random.Generator) -> None:
    """It passes no message on that has six digits."""
    send = module.send

    def send_short(run: Run) -> None:
        if run.message is None or len(run.message) < CAPACITY or run.message[1:3] == b"00":
            send(run)

    module.send = send_short


def slow_oscillator(module: Module, _generator: np.random.Generator) -> None:
    """Its bits are too long."""
    _set_clock(module, 1 - OFF_BY)


def fast_oscillator(module: Module, _generator: np.random.Generator) -> None:
    """Its bits are too short."""
    _set_clock(module, 1 + OFF_BY)


def _give(module: Module, buffer: Buffer) -> None:
    """Another buffer, through which every message goes, character by character."""
    module.buffer = buffer
    module.receiver.longest_bit_ns = 0.0


def _read(module: Module, understood: Callable[[str, bytes], bytes]) -> None:
    """Understand arguments of setting commands otherwise."""
    obey = module.settings.obey

    def obey_as_understood(command: str, argument: bytes, time_ns: int) -> tuple[bytes, int]:
        return obey(command, understood(command, argument), time_ns)

    module.settings.obey = obey_as_understood  # type: ignore[method-assign]


def _on_unknown_command(module: Module, busy_with: Callable[[int], int]) -> None:
    """Do something that takes so many ns."""
    execute = module._execute  # noqa: SLF001 - a defect is within

    def execute_any(command: bytes, time_ns: int) -> tuple[bytes | None, int]:
        answer, writing_ns = execute(command, time_ns)
        return answer, writing_ns if answer is not None else busy_with(time_ns)

    module._execute = execute_any  # type: ignore[method-assign]  # noqa: SLF001 - as above


def _set_clock(module: Module, factor: float) -> None:
    """An oscillator that is off by so much, and no other tolerance."""
    bit_ns = 1e9 / Receiver.NOMINAL_BAUD / factor
    module._bit_ns = bit_ns  # noqa: SLF001 - a defect is within
    module.receiver = Receiver(bit_ns)
    module._sent_length_ns = [  # noqa: SLF001 - as above
        duration_ns(length, bit_ns) for length in range(LONGEST_SENT)
    ]


MESSAGE_DEFECTS: Mapping[str, Callable[[Module, np.random.Generator], None]] = {
    "buffer-of-nine": buffer_of_nine,
    "buffer-of-eleven": buffer_of_eleven,
    "keeps-the-first-ten": keeps_the_first_ten,
    "keeps-line-feeds": keeps_line_feeds,
    "never-purges-on-pause": never_purges_on_pause,
    "purges-early": purges_early,
    "stuck-after-purge": stuck_after_purge,
    "deaf-after-purge": deaf_after_purge,
    "no-line-feed": no_line_feed,
    "passes-garbage-on": passes_garbage_on,
    "takes-small-letters": takes_small_letters,
    "takes-lower-case-digits": takes_lower_case_digits,
    "stores-short-arguments": stores_short_arguments,
    "stores-surplus-digits": stores_surplus_digits,
    "takes-any-digits": takes_any_digits,
    "stores-on-unknown-command": stores_on_unknown_command,
    "hangs-on-unknown-command": hangs_on_unknown_command,
    "drops-long-messages": drops_long_messages,
    "slow-oscillator": slow_oscillator,
    "fast-oscillator": fast_oscillator,
}
