"""How a sample and its verdict lie in the columns of the store's measurements."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from products.model import Limit
from reports.samples import Sample
from reports.verdict import Verdict


def limit_columns(limit: Limit | None) -> dict[str, object]:
    """What the limit says; all empty without one."""
    if limit is None:
        return {
            "limit_unit": "",
            "limit_low": None,
            "limit_high": None,
            "limit_equals": None,
            "clauses": "",
        }
    return {
        "limit_unit": limit.unit,
        "limit_low": limit.low,
        "limit_high": limit.high,
        "limit_equals": None if limit.equals is None else json.dumps(limit.equals),
        "clauses": " ".join(limit.clauses),
    }


def value_columns(sample: Sample, verdict: Verdict) -> dict[str, object]:
    """The value, its uncertainties and what they mean."""
    number, text, truth = _kinds(sample.value)
    return {
        "position": sample.position,
        "value_number": number,
        "value_text": text,
        "value_truth": truth,
        "standard_uncertainty": _or_null(sample.standard_uncertainty),
        "system_uncertainty": _or_null(sample.system_uncertainty),
        "expanded_uncertainty": verdict.expanded_uncertainty,
        "statement": verdict.statement,
        "outcome": verdict.outcome,
        "margin": verdict.margin,
        "test_uncertainty_ratio": verdict.test_uncertainty_ratio,
        "reason": verdict.reason,
    }


def _kinds(value: object) -> tuple[float | None, str | None, bool | None]:
    """The value as number, text or truth value; what is none of them is kept as text."""
    if isinstance(value, bool):
        return None, None, value
    if isinstance(value, int | float):
        return _or_null(value), None, None
    if value is None:
        return None, None, None
    return None, value if isinstance(value, str) else repr(value), None


def _or_null(number: float) -> float | None:
    """None for NaN, and for a whole number beyond what a double holds."""
    try:
        return None if math.isnan(number) else float(number)
    except OverflowError:
        return None


def plain_json(data: object) -> Any:
    """The data as JSON can carry it: arrays as lists, NaN and infinities as null."""
    if isinstance(data, np.ndarray | np.generic):
        return plain_json(data.tolist())
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(key): plain_json(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain_json(value) for value in data]
    return data
