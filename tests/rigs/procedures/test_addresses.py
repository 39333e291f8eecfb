"""Who is to blame for an address that comes back wrong, and numbers that tell modules apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from rigs.procedures.addresses import Addresses
from rigs.settings import PanelSettings


class Counting:
    """A chain in which each module does this to the addresses that it passes on."""

    def __init__(self, *steps: Callable[[int], int]) -> None:
        self.steps = steps
        self.modules = len(steps)
        self.lost = False
        self.low_codes = np.full(self.modules, 1500.0)

    def pass_on_addresses(self, addresses: Sequence[int]) -> NDArray[np.float64]:
        returned = []
        for sent in addresses:
            address = sent
            for step in self.steps:
                address = step(address) % 256
            returned.append(np.nan if self.lost else float(address))
        return np.array(returned)

    def write_settings(self, setting: Setting, values: NDArray[np.float64]) -> None:
        assert setting is Setting.LOW
        self.low_codes = np.where(np.isnan(values), self.low_codes, values)

    def read_settings(
        self, setting: Setting, positions: Sequence[int] | None = None
    ) -> NDArray[np.float64]:
        assert setting is Setting.LOW
        asked = positions or range(1, self.modules + 1)
        wanted = [position in asked for position in range(1, self.modules + 1)]
        return np.where(wanted, self.low_codes, np.nan)


def addresses(*steps: Callable[[int], int]) -> tuple[Addresses, Counting]:
    chain = Counting(*steps)
    return Addresses(cast("Chain", chain)), chain


def down(address: int) -> int:
    return address - 1


def without_borrowing(address: int) -> int:
    """20 becomes 2F instead of 1F."""
    return (address & 0xF0) + (address - 1) % 16 if address else 0xFF


def settings(low_code: list[float]) -> PanelSettings:
    codes = np.array(low_code)
    return PanelSettings(codes * 0 + 5e6, codes * 0 + 1192, codes, codes * 0 + 1188)


@pytest.mark.parametrize("modules", [1, 2, 16, 256])
def test_modules_that_count_down_are_all_right(modules: int):
    asked, _ = addresses(*[down] * modules)
    assert asked.count_down() == [True] * modules


@pytest.mark.parametrize("position", [1, 2, 7])
def test_who_does_not_borrow_is_told_by_the_addresses_that_go_wrong(position: int):
    steps = [down] * 7
    steps[position - 1] = without_borrowing
    asked, _ = addresses(*steps)
    assert asked.count_down() == [at != position for at in range(1, 8)]


def test_what_goes_wrong_anywhere_else_is_everybodys():
    asked, _ = addresses(down, lambda address: address - (2 if address in {5, 9} else 1), down)
    assert asked.count_down() == [False] * 3


def test_lost_addresses_are_no_verdict():
    asked, chain = addresses(down, down)
    chain.lost = True
    assert asked.count_down() == [None, None]


def test_every_module_gets_another_number_than_all_others():
    asked, chain = addresses(*[down] * 3)
    numbers = asked.give_numbers(settings([1500, 1510, 1490]))
    assert numbers.tolist() == [1511, 1512, 1513]
    assert asked.read_together(numbers).tolist() == [True] * 3
    assert asked.read_one_by_one(numbers).tolist() == [True] * 3
    chain.low_codes[1] = 1513
    assert asked.read_together(numbers).tolist() == [True, False, True]
    assert asked.read_one_by_one(numbers).tolist() == [True, False, True]


def test_a_number_has_three_digits_and_goes_to_nobody_whose_own_is_not_known():
    asked, chain = addresses(*[down] * 3)
    numbers = asked.give_numbers(settings([4095, np.nan, 4000]))
    assert numbers[[0, 2]].tolist() == [4093, 4095]
    assert np.isnan(numbers[1])
    assert chain.low_codes.tolist() == [4093, 1500, 4095]
    assert asked.read_together(numbers).tolist() == [True, False, True]
