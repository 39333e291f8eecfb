"""All targets."""

from __future__ import annotations

from tests.fuzz import (
    answers,
    codec,
    damaged_store,
    instruments,
    pipeline,
    scpi,
    serial_numbers,
    tables,
)
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        codec.TARGET,
        scpi.TARGET,
        serial_numbers.TARGET,
        answers.TARGET,
        instruments.TARGET,
        pipeline.TARGET,
        *tables.TARGETS,
        damaged_store.TARGET,
    )
}
