"""Whether a sleeping chain loses what wakes it (SLP-2): raw messages, each after a pause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from drivers.chain.chain import Chain
from drivers.chain.messages import LINE_FEED, decode
from drivers.chain.timing import exchange_of
from quantities import Clock, Purpose

MESSAGES: Mapping[str, bytes] = {
    "A": b"A00@\r",
    "S": b"S0F\r",
    "d": b"d\r",
    "e": b"e\r",
    "LF": LINE_FEED + b"A00@\r",
}
"""A message that begins with each character that a message can begin with; the last leaves ``e``."""

PASSED_ON = {"A": rb"A[0-9A-F]{2}@", "S": rb"S(?!0F)[0-9A-F]{2}", "d": rb"d", "e": rb"e"}

SHORT_PAUSES = 8


class Waking:
    """Sends messages to a chain that has had time to fall asleep."""

    def __init__(
        self, chain: Chain, clock: Clock, *, within_s: float, watchdog_longest_s: float
    ) -> None:
        self.messages = MESSAGES
        self._chain, self._clock = chain, clock
        # Long enough to fall asleep, and once long enough that a watchdog has woken everybody.
        self.pauses_s = (
            *np.linspace(2 * within_s, 10 * within_s, SHORT_PAUSES).tolist(),
            1.1 * watchdog_longest_s,
        )

    def lost(self, message: bytes) -> int:
        """How many of these messages do not come back as they should, one after each pause."""
        return sum(not self._comes_back(message, pause_s) for pause_s in self.pauses_s)

    def finish(self, lost: Sequence[int]) -> None:
        """If nothing was lost nobody holds a character; else the next query waits until then."""
        if not any(lost):
            self._chain.raw.trust()

    def _comes_back(self, message: bytes, pause_s: float) -> bool:
        text = message.strip(b"\r\n")
        timeout_s = self._chain.timing.timeout_s(
            exchange_of(decode(text)), self._chain.modules, self._chain.modules
        )
        self._clock.wait(pause_s, Purpose.SETTLING)
        self._chain.raw.send(message)
        received = self._chain.raw.receive(1, timeout_s)
        pattern = PASSED_ON[text[:1].decode()]
        return re.fullmatch(rb"\n*" + pattern + rb"\r", received) is not None
