"""How modules are calibrated, measured and starved: the figures that procedures rest on."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from products.table import Points, Positive, Table


class Calibration(Table):
    """How the constant K is found (CAL-1)."""

    point_V: Annotated[float, Field(gt=0, lt=5.5)]
    """The highest expected cell voltage."""
    readings: Annotated[int, Field(ge=16)] = 64
    noise_readings: Annotated[int, Field(ge=64)] = 128
    """Single codes from which the noise is told (CAL-3)."""


class Accuracy(Table):
    """Where and how accuracy is measured (CAL-2)."""

    points_V: Annotated[Points, Field(min_length=8)]
    as_found_points_V: Annotated[Points, Field(min_length=2)]
    as_found_readings: Annotated[int, Field(ge=2)] = 4
    """As found is recorded and not judged, so a few do."""
    readings: Annotated[int, Field(ge=16)] = 16

    @model_validator(mode="after")
    def _points_differ(self) -> Self:
        for points_V in (self.points_V, self.as_found_points_V):
            if len(set(points_V)) < len(points_V):
                raise ValueError("a voltage stands there twice")
        return self


class Thresholds(Table):
    """How thresholds are checked (THR, CMD-V, CMD-L, CMD-H, CHN-1)."""

    beyond_mV: Annotated[int, Field(gt=0)] = 100
    """An excursion goes so far beyond a threshold."""
    sweep_mV: Annotated[int, Field(gt=0)] = 25
    """Trip voltages are looked for so far to either side of a threshold."""
    readings: Annotated[int, Field(ge=2)] = 4
    """At each step of a sweep."""


class Power(Table):
    """How modules are starved of their supply (PWR-1, CMD-P)."""

    dips_V: Points = (2.3, 2.2, 2.1, 2.0, 1.8, 1.5, 1.0, 0.5)
    """Below [operating] minimum_V, through the brown-out region."""
    dip_s: Positive = 1.0
    """How long the longer dips stay down; the shorter ones turn back once the supply is there."""
    ramp_to_V: Positive = 1.5
    ramp_step_V: Positive = 0.05
    cut_writes: Annotated[int, Field(gt=0)] = 6
    """So many writes of K are cut off in each module."""
    cut_modules: Annotated[int, Field(gt=0)] = 16
    """In so many modules of a panel at most: what a cut does is the make's, not the specimen's."""


class Sleep(Table):
    """Where and when standby current is measured (SLP-1, SLP-3)."""

    voltage_V: Positive
    within_s: Positive
    """Asleep again this long after the last message, at most."""
    awake_A: Positive = 0.001
    """What a module draws while it is awake and does not bleed, at most."""
