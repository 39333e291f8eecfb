"""Numbers as a report shows them: SI prefixes, and as many digits as the uncertainty leaves.

An expanded uncertainty has two significant digits, and the value as many decimals as that
(GUM 7.2.6). Minus signs are real ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Context, Decimal

from products.model import Limit
from reports.samples import Plain

_PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M"}
_SCALED_UNITS = frozenset({"V", "A", "s", "Hz", "W", "Ω", "C"})
_SIGNIFICANT = 6  # digits of a fraction whose uncertainty is not known
_DOUBLE_DIGITS = 15  # a double carries no more
_EXACT = Context(prec=60)
NOTHING = "—"
"""Stands where there is no number."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit with its prefix: numbers are shown in units of 10 to the ``exponent``."""

    exponent: int
    unit: str

    def apply(self, number: float) -> Decimal:
        """The number in this unit, to the last digit."""
        return Decimal(repr(float(number))).scaleb(-self.exponent, _EXACT)


def scale_of(unit: str, *magnitudes: float | None) -> Scale:
    """The prefix that puts the largest of these magnitudes between 1 and 1000."""
    sizes = [abs(size) for size in magnitudes if size and math.isfinite(size)]
    if unit not in _SCALED_UNITS or not sizes:
        return Scale(0, unit)
    exponent = 3 * math.floor(math.log10(max(sizes)) / 3)
    exponent = min(max(exponent, min(_PREFIXES)), max(_PREFIXES))
    return Scale(exponent, _PREFIXES[exponent] + unit)


def scale_of_limit(unit: str, limit: Limit | None, value: Plain) -> Scale:
    """The limit's prefix, so that all values of one name share it; else the value's."""
    bounds = (limit.low, limit.high) if limit and limit.unit == unit else ()
    if any(bounds):
        return scale_of(unit, *bounds)
    return scale_of(unit, value if isinstance(value, float) else None)


def number_text(number: float, expanded_uncertainty: float | None, scale: Scale) -> str:
    """The number, without its unit, with as many digits as its uncertainty leaves it."""
    if not math.isfinite(number):
        return NOTHING if math.isnan(number) else _signed(f"{number}")
    exact = scale.apply(number)
    if not expanded_uncertainty or not math.isfinite(expanded_uncertainty):
        whole = exact.to_integral_value()
        shown = whole if whole == exact else exact.normalize(Context(prec=_SIGNIFICANT))
        return _signed(format(shown, "f"))
    digits = _rounded(scale.apply(expanded_uncertainty), 2).as_tuple().exponent
    last = max(int(digits), exact.adjusted() - _DOUBLE_DIGITS)
    rounded = exact.quantize(Decimal(1).scaleb(last), context=_EXACT)
    return _signed(format(abs(rounded) if rounded.is_zero() else rounded, "f"))


def uncertainty_text(expanded_uncertainty: float | None, scale: Scale) -> str:
    """The expanded uncertainty to two significant digits; empty where there is none."""
    if not expanded_uncertainty or not math.isfinite(expanded_uncertainty):
        return ""
    return format(_rounded(scale.apply(expanded_uncertainty), 2), "f")


def value_text(value: Plain, expanded_uncertainty: float | None, scale: Scale) -> str:
    """A value of any kind with its uncertainty and unit."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "no value"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{value}”"
    number = number_text(value, expanded_uncertainty, scale)
    uncertainty = uncertainty_text(expanded_uncertainty, scale)
    if not uncertainty:
        return f"{number} {scale.unit}".rstrip()
    return f"({number} ± {uncertainty}) {scale.unit}" if scale.unit else f"{number} ± {uncertainty}"


def limit_text(limit: Limit | None, scale: Scale) -> str:
    """What the limit asks for, in the value's unit."""
    if limit is None:
        return "no limit"
    if limit.equals is not None:
        exact = float(limit.equals) if type(limit.equals) is int else limit.equals
        return f"exactly {value_text(exact, None, scale)}"
    if limit.unit not in {scale.unit, scale.unit[1:]}:
        scale = Scale(0, limit.unit)
    low, high = (
        None if bound is None else number_text(bound, None, scale)
        for bound in (limit.low, limit.high)
    )
    if low is None:
        return f"≤ {high} {scale.unit}".rstrip()
    if high is None:
        return f"≥ {low} {scale.unit}".rstrip()
    if limit.low == -(limit.high or 0.0):
        return f"± {high} {scale.unit}".rstrip()
    return f"{low} to {high} {scale.unit}".rstrip()


def ratio_text(ratio: float | None) -> str:
    """A test uncertainty ratio to two digits; beyond 100 nobody asks."""
    if ratio is None or math.isnan(ratio):
        return NOTHING
    if ratio > 100:
        return "> 100"
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.normalize(Context(prec=digits)).quantize(
        Decimal(1).scaleb(_leading(number, digits) - digits + 1), context=_EXACT
    )


def _leading(number: Decimal, digits: int) -> int:
    """The exponent of the first digit once rounded: 9.96 becomes 10."""
    return number.normalize(Context(prec=digits)).adjusted()


def _signed(text: str) -> str:
    return text.replace("-", "−")
