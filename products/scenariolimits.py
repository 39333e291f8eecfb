"""The limits that a pack file states for its scenarios, as any value that is measured is judged."""

from __future__ import annotations

from collections.abc import Iterator

from products.model import Limit, Product
from products.pack import Scenario

_UNITS = {"s": "s", "V": "V", "A": "A", "C": "°C"}


def scenario_limits(product: Product) -> dict[str, Limit]:
    """By name: ``chain_broken.safe_after``, ``chain_broken.named_after``, ``charging.cell_V``."""
    scenarios = product.pack.scenarios if product.pack else {}
    return {
        f"{name.value}.{what}": limit
        for name, scenario in scenarios.items()
        for what, limit in _limits(scenario)
    }


def _limits(scenario: Scenario) -> Iterator[tuple[str, Limit]]:
    yield "safe_after", Limit(unit="s", high=scenario.stays_safe_within_s)
    if scenario.named_within_s is not None:
        yield "named_after", Limit(unit="s", high=scenario.named_within_s)
    for name, tolerance in scenario.tolerances.items():
        yield name, Limit(unit=unit_of(name), high=tolerance)


def unit_of(name: str) -> str:
    """A tolerance's unit is the end of its name (``cell_V``); without one it has none."""
    return _UNITS.get(name.rpartition("_")[2], "")
