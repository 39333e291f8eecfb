from __future__ import annotations

import numpy as np
import pytest

from rigs.simulation.modules.thermometer import Sensor, Thermometer
from tests.rigs.simulation.lone import SECOND, Lone


def thermometer(
    *,
    ambient_K: float = 296.15,
    error_K: float = 0.0,
    noise_K: float = 0.0,
    sensor: Sensor = Sensor.WHOLE,
) -> Thermometer:
    return Thermometer(
        ambient_K=ambient_K,
        error_K=error_K,
        noise_K=noise_K,
        rise_K=20.0,
        time_constant_ns=30 * SECOND,
        generator=np.random.default_rng(1),
        sensor=sensor,
    )


@pytest.mark.parametrize(("ambient_K", "tenths"), [(296.15, 2962), (273.15, 2732), (250.0, 2500)])
def test_it_reads_tenths_of_a_kelvin(ambient_K: float, tenths: int):
    assert thermometer(ambient_K=ambient_K).read(0) == tenths


def test_its_own_error_and_noise_come_on_top():
    readings = [thermometer(error_K=0.8).read(0)]
    assert readings == [2970]
    noisy = thermometer(noise_K=0.5)
    readings = [noisy.read(0) for _ in range(1000)]
    assert np.std(readings) == pytest.approx(5.0, abs=0.5)
    assert np.mean(readings) == pytest.approx(2961.5, abs=0.6)


@pytest.mark.parametrize(("sensor", "reads"), [(Sensor.OPEN, 0xFFF), (Sensor.SHORTED, 0)])
def test_a_broken_sensor_reads_what_no_temperature_does(sensor: Sensor, reads: int):
    assert thermometer(sensor=sensor).read(0) == reads


@pytest.mark.parametrize(("ambient_K", "reads"), [(500.0, 0xFFE), (0.0, 1)])
def test_no_temperature_reads_as_a_broken_sensor(ambient_K: float, reads: int):
    assert thermometer(ambient_K=ambient_K).read(0) == reads


def test_bleeding_warms_the_board_and_its_end_lets_it_cool():
    board = thermometer()
    board.bleed(on=True, time_ns=0)
    assert board.read(0) == 2962
    assert board.read(30 * SECOND) == round(10 * (296.15 + 20 * (1 - np.exp(-1))))
    board.bleed(on=False, time_ns=300 * SECOND)
    assert board.read(300 * SECOND) == pytest.approx(3161, abs=1)
    assert board.read(330 * SECOND) == round(10 * (296.15 + 20 * np.exp(-1)))


def test_a_module_answers_t_only_with_a_thermometer():
    lone = Lone()
    assert lone.ask(b"A01T\r") == b""
    lone.module.thermometer = thermometer()
    assert lone.ask(b"A01T\r") == b"\nA00TB92\r"


def test_a_module_that_bleeds_warms_its_thermometer():
    lone = Lone()
    lone.module.thermometer = thermometer()
    lone.feed.cell_V = 4.8
    lone.ask(b"A01U\r")
    lone.wait(300 * SECOND)
    assert int(lone.ask(b"A01T\r")[5:8], 16) == pytest.approx(3161, abs=1)
