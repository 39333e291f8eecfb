"""The bit-banged receiver: what a module hears of what is on its wire."""

from __future__ import annotations

from collections.abc import Iterator

from rigs.simulation.line import BITS_PER_CHARACTER, Run


class Receiver:
    """Samples the line with the module's own clock, from whatever run is on it.

    A falling edge that is still low half a bit later is a start bit; eight data bits are
    sampled in their middles. A character whose stop bit is not high all the time that it is
    looked at is dropped, and the line is awaited high: a long break is harmless, a short pulse
    becomes a character. A character that a run leaves unfinished is whole when the
    next one shows how the line went on.
    """

    # In bits after the edge: start bit, data bits, and how long the stop bit has to be high.
    # A sender is too slow when its last data bit lasts into that, too fast when its next start
    # bit does: the software loop received 9200 to 10050 baud (behaviour seen in machine code).
    STOP_FROM, STOP_UNTIL = 9.392, 9.55
    SAMPLES = (0.5, *(1.5 + bit for bit in range(8)), STOP_FROM, STOP_UNTIL)
    SLOWEST_BAUD, FASTEST_BAUD = 9200.0, 10050.0
    NOMINAL_BAUD = 9600.0

    def __init__(self, bit_ns: float) -> None:
        self.bit_ns = bit_ns
        self.longest_bit_ns = bit_ns * self.NOMINAL_BAUD / self.SLOWEST_BAUD
        self.shortest_bit_ns = bit_ns * self.NOMINAL_BAUD / self.FASTEST_BAUD
        self._edge_ns: float | None = None
        self._low: list[bool] = []

    @property
    def unfinished(self) -> bool:
        """Whether a character has been begun that no run has shown the end of."""
        return self._edge_ns is not None

    def fits(self, bit_ns: float) -> bool:
        """Whether each character of a sender with this bit time is heard as it was sent."""
        return self.shortest_bit_ns <= bit_ns <= self.longest_bit_ns

    def forget(self) -> None:
        """Give up the character that has been begun."""
        self._edge_ns = None

    def characters(self, run: Run, from_ns: float) -> Iterator[int]:
        """Each character that is whole by the end of ``run``, heard from ``from_ns`` on."""
        looking_from_ns = from_ns
        while True:
            if self._edge_ns is None:
                self._edge_ns = _falling_edge(run, looking_from_ns)
                self._low = []
            if self._edge_ns is None:
                return
            for sample in self.SAMPLES[len(self._low) :]:
                looking_from_ns = self._edge_ns + sample * self.bit_ns
                if looking_from_ns > run.end_ns:
                    return
                self._low.append(run.is_low(looking_from_ns))
                if not self._low[0]:
                    break
            self._edge_ns = None
            if self._low[0] and not any(self._low[-2:]):
                yield sum(1 << bit for bit, low in enumerate(self._low[1:-2]) if not low)


def _falling_edge(run: Run, from_ns: float) -> float | None:
    """The first change from high to low at or after ``from_ns``; None if there is none."""
    if not run.characters:
        return run.start_ns if from_ns <= run.start_ns < run.end_ns else None
    middle_ns = 0.5 * run.bit_ns
    first = max(0, -int(-(from_ns - run.start_ns) // run.bit_ns))
    for bit in range(first, len(run.characters) * BITS_PER_CHARACTER):
        edge_ns = run.start_ns + bit * run.bit_ns
        if run.is_low(edge_ns + middle_ns) and not run.is_low(edge_ns - middle_ns):
            return edge_ns
    return None
