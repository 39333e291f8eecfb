"""The alarm that some modules send of themselves, on a watchdog wake (ALM-1)."""

from __future__ import annotations

from rigs.simulation.modules.memory import HIGH, LOW


class Alarm:
    """Sends ``text`` beyond the high or the low threshold; its format is nowhere documented.

    ``{status}`` in the text stands for the bits of what was found then, as in the status nibble.
    """

    def __init__(self, text: str) -> None:
        self._messages = {
            bits: text.replace("{status}", f"{bits:X}").encode("ascii")
            for bits in (LOW, HIGH, LOW | HIGH)
        }

    def message(self, code: int, thresholds: tuple[int, int, int]) -> bytes | None:
        """What to send at this code; ``thresholds`` are the codes of V, L and H."""
        _, low_code, high_code = thresholds
        bits = (LOW if code >= low_code else 0) | (HIGH if code <= high_code else 0)
        return self._messages.get(bits)
