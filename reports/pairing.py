"""Which module of one run is which of another."""

from __future__ import annotations

from dataclasses import dataclass

from reports.entries import ModuleRecord
from reports.record import RunRecord


@dataclass(frozen=True, slots=True)
class Pair:
    """One module in both runs; its position may have changed."""

    base: ModuleRecord
    new: ModuleRecord


@dataclass(frozen=True, slots=True)
class Pairs:
    """All modules of both runs, each in one place."""

    matched: tuple[Pair, ...]
    only_base: tuple[ModuleRecord, ...]
    only_new: tuple[ModuleRecord, ...]


def pair_modules(base: RunRecord, new: RunRecord) -> Pairs:
    """By serial number; where one of the two has none, by position.

    Two modules with different serial numbers are different modules, wherever they were.
    """
    numbered = {module.serial_number: module for module in base.modules if module.serial_number}
    found = {
        module.position: numbered[module.serial_number]
        for module in new.modules
        if module.serial_number in numbered
    }
    taken = {module.position for module in found.values()}
    places = {module.position: module for module in base.modules if module.position not in taken}
    for module in new.modules:
        there = places.get(module.position)
        both_numbered = there and there.serial_number and module.serial_number
        if there and module.position not in found and not both_numbered:
            found[module.position] = there
    taken = {module.position for module in found.values()}
    return Pairs(
        tuple(Pair(found[one.position], one) for one in new.modules if one.position in found),
        tuple(one for one in base.modules if one.position not in taken),
        tuple(one for one in new.modules if one.position not in found),
    )
