"""The bit-banged receiver: what a module hears of what is on its wire."""

from __future__ import annotations

from collections.abc import Iterator

from rigs.simulation.line import BITS_PER_CHARACTER, Run


class Receiver:
    """Samples the line with the module's own clock.

    A falling edge that is still low half a bit later is a start bit; eight data bits are
    sampled in their middles. A character whose stop bit is low is dropped and the line is
    awaited high, so a long break is harmless while a short pulse becomes a character.
    """

    # A character is whole while the sender's clock and this one, added up over the nine and
    # a half bits to the middle of the stop bit, differ by less than half a bit. The software
    # loop misses some of it: 9200 to 10050 baud were received (behaviour seen in machine code).
    SLOWEST_BAUD, FASTEST_BAUD = 9200.0, 10050.0
    NOMINAL_BAUD = 9600.0

    def __init__(self, bit_ns: float) -> None:
        self.bit_ns = bit_ns
        self.longest_bit_ns = bit_ns * self.NOMINAL_BAUD / self.SLOWEST_BAUD
        self.shortest_bit_ns = bit_ns * self.NOMINAL_BAUD / self.FASTEST_BAUD

    def characters(self, run: Run, from_ns: int) -> Iterator[tuple[int, float]]:
        """Each character that is heard of ``run`` by one who listens from ``from_ns`` on.

        Yields the character and the time of the middle of its stop bit.
        """
        time_ns = float(from_ns)
        while (edge_ns := self._falling_edge(run, time_ns)) is not None:
            if not run.is_low(edge_ns + 0.5 * self.bit_ns):
                time_ns = edge_ns + 0.5 * self.bit_ns
                continue
            character = 0
            for bit in range(8):
                if not run.is_low(edge_ns + (1.5 + bit) * self.bit_ns):
                    character |= 1 << bit
            time_ns = edge_ns + (BITS_PER_CHARACTER - 0.5) * self.bit_ns
            if not run.is_low(time_ns):
                yield character, time_ns

    @staticmethod
    def _falling_edge(run: Run, from_ns: float) -> float | None:
        """The first change from high to low at or after ``from_ns``; None if the line stays."""
        if not run.characters:
            return run.start_ns if from_ns <= run.start_ns else None
        bits = len(run.characters) * BITS_PER_CHARACTER
        first = max(0, -int(-(from_ns - run.start_ns) // run.bit_ns))
        for bit in range(first, bits):
            edge_ns = run.start_ns + bit * run.bit_ns
            middle = 0.5 * run.bit_ns
            if run.is_low(edge_ns + middle) and not run.is_low(edge_ns - middle):
                return edge_ns
        return None
