"""Who answers from where: numbers given to the modules, and addresses that count down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from rigs.settings import PanelSettings

DIGIT = 16


class Addresses:
    """Asks a chain in several ways for what only the right module can answer."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def give_numbers(self, found: PanelSettings) -> NDArray[np.float64]:
        """Store another low threshold in each module, one code apart; the codes by position.

        A module whose settings are not known gets none, as they could not be restored.
        """
        count = self._chain.modules
        highest = Setting.LOW.largest - count
        base = min(float(np.nanmax(found.low_code, initial=0.0)), highest)
        numbers = base + np.arange(1.0, count + 1.0)
        numbers[np.isnan(found.low_code)] = np.nan
        self._chain.write_settings(Setting.LOW, numbers)
        return numbers

    def read_together(self, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each module tells its own number, all asked at once."""
        return np.asarray(self._chain.read_settings(Setting.LOW) == numbers, np.bool_)

    def read_one_by_one(self, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each module tells its own number, asked alone."""
        alone = [
            self._chain.read_settings(Setting.LOW, [position])[position - 1]
            for position in range(1, self._chain.modules + 1)
        ]
        return np.asarray(np.array(alone) == numbers, np.bool_)

    def count_down(self) -> list[bool | None]:
        """Whether each module takes one off every address that it passes on (ADR-2).

        None for all if not all addresses came back. If some come back wrong, those modules are
        to blame at which each of them would borrow from its upper digit; if there is no such
        module, all are.
        """
        modules = self._chain.modules
        sent = np.arange(256)
        returned = self._chain.pass_on_addresses(sent.tolist())
        if np.isnan(returned).any():
            return [None] * modules
        wrong = sent[returned != (sent - modules) % 256]
        borrowing = [_borrows(wrong, position) for position in range(1, modules + 1)]
        if not wrong.size or not any(borrowing):
            return [not wrong.size] * modules
        return [not to_blame for to_blame in borrowing]


def _borrows(sent: NDArray[np.int_], position: int) -> bool:
    """Whether each of these addresses, as sent, reaches the module with a lower digit of 0."""
    return bool(np.all((sent - (position - 1)) % DIGIT == 0))
