"""A central unit that plays by a table, with a scripted chain behind it."""

from __future__ import annotations

from typing_extensions import override

from tests.drivers.chain.scripted import CHARACTER_NS, ScriptedClock, ScriptedPort

PERIOD_NS = 400_000_000
POLLS = 50


class ScriptedUnit(ScriptedPort):
    """Polls every 0.4 s until ``<``; hands on what follows ``C``, and the answers behind ``H``."""

    def __init__(self, clock: ScriptedClock, modules: int) -> None:
        super().__init__(clock, modules)
        self.deaf_to: set[bytes] = set()
        """What it does not understand, each once."""
        self.obeys_stop = True
        self.mark = b"H"
        self.noise = b""
        """Comes ahead of each answer."""
        self._poll()

    @override
    def write(self, characters: bytes) -> int:
        self._check()
        self.sent.append((self.clock.time_ns, characters))
        for message in characters.split(b"\r")[:-1]:
            if message in self.deaf_to:
                self.deaf_to.remove(message)
            elif message == b"<" and self.obeys_stop:
                now_ns = self.clock.time_ns
                self._arriving = type(self._arriving)(
                    each for each in self._arriving if each[0] <= now_ns
                )
            elif message == b">":
                self._poll()
            elif message.startswith(b"C"):
                self._pass_on(message[1:])
        return len(characters)

    def _poll(self) -> None:
        for period in range(1, POLLS + 1):
            self.arrive(self.clock.time_ns + period * PERIOD_NS, b"S0F\r")

    def _pass_on(self, message: bytes) -> None:
        reply, duration_ns = self.reply(message.decode("latin-1"))
        passed_ns = self.clock.time_ns + 2 * len(message) * CHARACTER_NS
        self.arrive(passed_ns, message + b"\r")
        if reply:
            answer = self.noise + self.mark + reply
            self.arrive(passed_ns + duration_ns + len(answer) * CHARACTER_NS, answer)
