"""Setting commands with arguments that are none: asked of every module, each by its address.

Whole messages reach all modules, whatever their argument (MSG-2), so all are asked at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.messages import (
    CARRIAGE_RETURN,
    Setting,
    SettingMessage,
    address_of,
    decode,
    position_of,
)
from drivers.chain.timing import Exchange, Order
from quantities import Clock, Purpose
from quantities.errors import ProtocolError
from rigs.framing import CAPACITY

DIGITS = "ABCDEF"
"""Letters, so that each can be lowered; as constant or threshold no module is set to these."""
ADDRESSED = 4
"""So many characters stand ahead of an argument."""


class Arguments:
    """Asks the modules of a chain."""

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self._chain = chain
        self._clock = clock

    @staticmethod
    def in_lower_case(setting: Setting) -> list[str]:
        """As many digits as are due, one of them in lower case, and all of them."""
        due = DIGITS[: setting.digits]
        singly = [due[:at] + due[at].lower() + due[at + 1 :] for at in range(setting.digits)]
        return [*singly, due.lower()]

    @staticmethod
    def too_few(setting: Setting) -> list[str]:
        """One digit and more, but fewer than are due."""
        return [DIGITS[:digits] for digits in range(1, setting.digits)]

    @staticmethod
    def surplus(setting: Setting) -> list[str]:
        """More digits than are due, as far as the buffer takes them (MSG-5)."""
        return [DIGITS[:digits] for digits in range(setting.digits + 1, CAPACITY - ADDRESSED + 1)]

    def after_surplus(
        self, setting: Setting, stored: NDArray[np.float64], *, first_digits_store: bool
    ) -> NDArray[np.float64]:
        """What should be stored after these: what was before, or the first digits of them."""
        if not (first_digits_store and self.surplus(setting)):
            return stored
        return np.full_like(stored, int(DIGITS[: setting.digits], 16))

    def bring(
        self, stored: NDArray[np.float64], setting: Setting, arguments: Iterable[str]
    ) -> NDArray[np.bool_]:
        """Whether every argument brings, of each module, the answer that tells what is stored."""
        answers = np.array([self.answers(setting, argument) for argument in arguments])
        return np.asarray(np.all(answers == stored, axis=0), np.bool_)

    def answers(self, setting: Setting, argument: str) -> NDArray[np.float64]:
        """What each module answers as stored, by position; NaN where it answers nothing of it.

        A module that does not answer is asked a second time by itself.
        """
        answers = self.send(setting, argument)
        for position in np.flatnonzero(np.isnan(answers)) + 1:
            self._chain.resynchronise()
            again = self._ask(setting, argument, [int(position)])
            answers[position - 1] = again[position - 1]
        return answers

    def send(self, setting: Setting, argument: str) -> NDArray[np.float64]:
        """The same, once: of some arguments no clause says that they are answered."""
        return self._ask(setting, argument, range(self._chain.modules, 0, -1))

    def _ask(
        self, setting: Setting, argument: str, positions: range | list[int]
    ) -> NDArray[np.float64]:
        """Ask these, the far end first; the answers by position."""
        line, timing = self._chain.raw, self._chain.timing
        query = ADDRESSED + len(argument) + 2
        answer = max(query, ADDRESSED + setting.digits + 2)
        exchange = Exchange(query, answer, eeprom_bytes=3)
        spacing_s = timing.spacing_s(exchange, Order.FAR_END_FIRST) - timing.wire_s(query - 1)
        for position in positions:
            line.send(f"A{address_of(position):02X}{setting.value}{argument}\r".encode())
            self._clock.wait(spacing_s, Purpose.WIRE)
        last_s = timing.timeout_s(exchange, positions[-1], self._chain.modules)
        received = line.receive(len(positions), last_s)
        answers = self._stored(setting, received)
        if not np.any(np.isnan(answers[np.asarray(positions) - 1])):
            line.trust()
        return answers

    def _stored(self, setting: Setting, received: bytes) -> NDArray[np.float64]:
        values = np.full(self._chain.modules, np.nan)
        for characters in received.split(CARRIAGE_RETURN)[:-1]:
            try:
                message = decode(characters)
            except ProtocolError:
                continue
            if isinstance(message, SettingMessage) and message.setting is setting:
                position = position_of(message.address, self._chain.modules)
                if position <= self._chain.modules:
                    values[position - 1] = message.value
        return values
