from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.errors import RigFileError
from rigs.simulation.instruments import build, simulated_models
from rigs.simulation.instruments.figures import datasheet, draw_error
from rigs.simulation.kernel import Kernel
from tests.rigs.simulation.bus import Bus

MODELS = simulated_models()


@pytest.mark.parametrize("model", MODELS)
def test_every_model_with_a_data_sheet_can_be_built_and_answers_as_that_model(
    bus: Bus, model: str
) -> None:
    identity = bus.connect(model).query("*IDN?")
    assert re.match(datasheet(model)["model"]["identity"], identity)


@pytest.mark.parametrize("model", MODELS)
def test_whatever_is_said_to_an_instrument_it_goes_on_answering(bus: Bus, model: str) -> None:
    resource = bus.connect(model)
    for noise in (b"\xff\x00;;:\n", b"?\n", b"*\n", b"VOLT \xb2,(@1:2\n", b"READ?;;MEAS?\n"):
        resource.write_raw(noise)
        bus.wait(1)
    bus.instrument.device_clear()
    assert resource.query("*IDN?").count(",") >= 3


def test_the_families_of_both_sides_are_simulated() -> None:
    assert {datasheet(model)["model"]["family"] for model in MODELS} >= {
        "keysight_e36300",
        "keysight_34460",
        "keysight_daq970a",
        "siglent_spd3303x",
        "rigol_dm3068",
    }


def test_a_model_that_is_not_simulated_is_refused_with_those_that_are() -> None:
    with pytest.raises(RigFileError, match="keysight-e36312a"):
        build(
            "keysight-99999z",
            serial_number="1",
            kernel=Kernel(),
            generator=np.random.default_rng(1),
        )


@given(st.integers(0, 2**32))
def test_a_specimens_error_stays_within_the_one_year_limits(seed: int) -> None:
    accuracy = {
        "within": [
            {"days": 1, "kelvin": 1, "reading_percent": 0.001, "range_percent": 0.001},
            {"days": 365, "kelvin": 5, "reading_percent": 0.01, "range_percent": 0.02, "absolute": 0.5},
        ]
    }  # fmt: skip
    error = draw_error(accuracy, np.random.default_rng(seed), full_scale=10)
    assert abs(error.gain) <= 1e-4
    assert abs(error.offset) <= 0.502
    assert error.of(10) == pytest.approx(10 * (1 + error.gain) + error.offset)
