"""Defects of what all modules obey and pass on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from typing_extensions import override

from rigs.simulation.line import Run, into_the_air
from rigs.simulation.modules.memory import Latches
from rigs.simulation.modules.module import Module


def s_without_or(module: Module, _generator: np.random.Generator) -> None:
    """Does not join its status into the first digit of ``S``."""
    module.latches = _JoiningOtherwise(lambda x, _: x, lambda y, nibble: y & nibble)


def s_without_and(module: Module, _generator: np.random.Generator) -> None:
    """Does not join its status into the second digit of ``S``."""
    module.latches = _JoiningOtherwise(lambda x, nibble: x | nibble, lambda y, _: y)


def s_overwrites(module: Module, _generator: np.random.Generator) -> None:
    """Puts its status in place of the first digit of ``S``."""
    module.latches = _JoiningOtherwise(lambda _, nibble: nibble, lambda y, nibble: y & nibble)


def s_keeps_bits(module: Module, _generator: np.random.Generator) -> None:
    """``S`` does not clear what it has reported."""
    module.latches = _KeepingFromS()


def ignores_d(module: Module, _generator: np.random.Generator) -> None:
    """Takes ``d`` for ``e``, and passes it on as it came."""
    obey, send = module.obey, module.send
    disguised = False

    def obey_e_instead(message: bytes, begun_ns: int, time_ns: int) -> None:
        nonlocal disguised
        disguised = message == b"d"
        obey(b"e" if disguised else message, begun_ns, time_ns)

    def send_as_it_came(run: Run) -> None:
        if disguised and run.message == b"e":
            run = run._replace(characters=b"\nd\r", message=b"d")
        send(run)

    module.obey = obey_e_instead  # type: ignore[method-assign]
    module.send = send_as_it_came


def keeps_e_and_d(module: Module, _generator: np.random.Generator) -> None:
    """Obeys ``e`` and ``d``, and does not pass them on."""
    send = module.send

    def send_but_e_and_d(run: Run) -> None:
        if run.message not in (b"e", b"d"):
            send(run)

    module.send = send_but_e_and_d


def starts_disabled(module: Module, _generator: np.random.Generator) -> None:
    """Bleeding is disabled after power-up."""
    power_up = module.power_up

    def power_up_disabled(time_ns: int) -> None:
        power_up(time_ns)
        send, module.send = module.send, into_the_air
        module.obey(b"d", time_ns, time_ns)
        module.send = send
        module.latches.clear()

    module.power_up = power_up_disabled  # type: ignore[method-assign]


def keeps_addresses(module: Module, _generator: np.random.Generator) -> None:
    """Passes addresses on as they came."""
    obey = module.obey

    def obey_higher(message: bytes, begun_ns: int, time_ns: int) -> None:
        if message[:1] == b"A" and message[1:3] != b"01":
            message = b"A%02X" % ((int(message[1:3], 16) + 1) % 256) + message[3:]
        obey(message, begun_ns, time_ns)

    module.obey = obey_higher  # type: ignore[method-assign]


def borrows_nothing(module: Module, _generator: np.random.Generator) -> None:
    """Counts 10, 20 … F0 down to 1F, 2F … FF."""
    send = module.send

    def send_higher(run: Run) -> None:
        message = run.message or b""
        if message[:1] == b"A" and message[1:2] != b"F" and message[2:3] == b"F":
            higher = b"A%02X" % (int(message[1:3], 16) + 16) + message[3:]
            run = run._replace(characters=b"\n" + higher + b"\r", message=higher)
        send(run)

    module.send = send_higher


class _KeepingFromS(Latches):
    @override
    def general_status(self, message: bytes, enabled: int) -> bytes | None:
        kept = self.chain
        answer = super().general_status(message, enabled)
        self.chain = kept
        return answer


class _JoiningOtherwise(Latches):
    """Makes other digits of ``S`` than x OR status and y AND status."""

    def __init__(self, x_of: Callable[[int, int], int], y_of: Callable[[int, int], int]) -> None:
        super().__init__()
        self._x_of, self._y_of = x_of, y_of

    @override
    def general_status(self, message: bytes, enabled: int) -> bytes | None:
        nibble = self.chain | enabled
        if super().general_status(message, enabled) is None:
            return None
        x, y = int(message[1:2], 16), int(message[2:3], 16)
        return b"S%X%X" % (self._x_of(x, nibble), self._y_of(y, nibble))


CHAIN_DEFECTS: Mapping[str, Callable[[Module, np.random.Generator], None]] = {
    "s-without-or": s_without_or,
    "s-without-and": s_without_and,
    "s-overwrites": s_overwrites,
    "s-keeps-bits": s_keeps_bits,
    "ignores-d": ignores_d,
    "keeps-e-and-d": keeps_e_and_d,
    "starts-disabled": starts_disabled,
    "keeps-addresses": keeps_addresses,
    "borrows-nothing": borrows_nothing,
}
