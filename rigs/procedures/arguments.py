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
    LONGEST_CHAIN,
    Setting,
    SettingMessage,
    address_of,
    decode,
    position_of,
)
from drivers.chain.timing import Order
from quantities import Clock, Purpose
from quantities.errors import ChainBroken, ProtocolError
from rigs.procedures.firstmodule import LONGEST
from rigs.procedures.framing import CAPACITY
from rigs.settings import PanelSettings

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

    @staticmethod
    def known(verdicts: NDArray[np.bool_], *settings: NDArray[np.float64]) -> list[bool | None]:
        """The verdicts by position, None where a setting that they rest on could not be read."""
        unread = np.any(np.isnan(settings), axis=0)
        return [
            None if missing else bool(verdict)
            for verdict, missing in zip(verdicts, unread, strict=True)
        ]

    @staticmethod
    def kept(before: PanelSettings, after: PanelSettings) -> list[bool | None]:
        """Whether each module holds what it did before; None where that could not be read."""
        settings = (*before.by_setting().values(), *after.by_setting().values())
        return Arguments.known(before.equal(after), *settings)

    def bring(
        self, stored: NDArray[np.float64], setting: Setting, arguments: Iterable[str]
    ) -> list[bool | None]:
        """Whether every argument brings, of each module, the answer that tells what is stored.

        None where that is not known.
        """
        answers = np.array([self.answers(setting, argument) for argument in arguments])
        return self.known(np.all(answers == stored, axis=0), stored)

    def answers(self, setting: Setting, argument: str) -> NDArray[np.float64]:
        """What each module answers as stored, by position; NaN where it answers nothing of it.

        A module that does not answer is asked a second time by itself. Raises ``ChainBroken`` if
        one still does not, and the chain does not pass such a message on either.
        """
        answers = self._ask(setting, argument, self._all)
        for position in np.flatnonzero(np.isnan(answers)) + 1:
            self._chain.resynchronise()
            again = self._ask(setting, argument, [int(position)])
            answers[position - 1] = again[position - 1]
        if np.any(np.isnan(answers)):
            self._prove_passed_on(setting.value, argument)
        return answers

    def send(self, command: str, argument: str = "") -> None:
        """The same command to each module, whatever comes of it."""
        self._send(command, argument, self._all)

    @property
    def _all(self) -> range:
        """Positions, the far end first."""
        return range(self._chain.modules, 0, -1)

    def _ask(
        self, setting: Setting, argument: str, positions: range | list[int]
    ) -> NDArray[np.float64]:
        """Ask these; the answers by position."""
        return self._stored(setting, self._send(setting.value, argument, positions))

    def _send(self, command: str, argument: str, positions: range | list[int]) -> bytes:
        """Send to these at a spacing that any answer allows; what comes of it."""
        line, timing = self._chain.raw, self._chain.timing
        spacing_s = timing.spacing_s(LONGEST, Order.FAR_END_FIRST)
        for position in positions:
            message = f"A{address_of(position):02X}{command}{argument}\r".encode()
            line.send(message)
            self._clock.wait(spacing_s - timing.wire_s(len(message)), Purpose.WIRE)
        way_s = timing.timeout_s(LONGEST, 1, self._chain.modules)
        received = line.receive(len(positions), way_s)
        if received.count(CARRIAGE_RETURN) == len(positions):
            line.trust()
        return received

    def _prove_passed_on(self, command: str, argument: str) -> None:
        """Send the same to a module beyond the chain: whoever spoils it may have spoilt others'."""
        beyond = self._chain.modules + 1
        if not 2 < beyond <= LONGEST_CHAIN:
            return
        self._chain.resynchronise()
        if not self._send(command, argument, [beyond]):
            raise ChainBroken(
                f"a {command} with {argument!r} for a module beyond the chain does not come back",
                where=f"chain of {self._chain.modules} modules",
                expected="the message, passed on by every module",
                remedy="test the modules one by one",
            )

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
