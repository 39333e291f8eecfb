"""What only some products have: temperature boards, and alarms that nobody asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from drivers.roles import Thermometer
    from fixtures.extras import KeepAlarms
    from fixtures.roles import Measure
    from products.model import Product
    from rigs.panel import Panel
    from rigs.procedures.alarms import AlarmWatch
    from rigs.procedures.temperature import BoardTemperatures, SensorFaults
    from rigs.settings import PanelSettings

READINGS = 16
FEW_READINGS = 4


@pytest.mark.requirement("TMP-1")
def test_every_board_answers_its_temperature(boards: BoardTemperatures, measure: Measure) -> None:
    """Ask every module for its temperature, in tenths of a kelvin in three digits."""
    measure("temperature.answers", boards.answers(FEW_READINGS))


@pytest.mark.requirement("TMP-3")
def test_temperature_against_the_thermometer(
    settled_boards: BoardTemperatures, thermometer: Thermometer, measure: Measure
) -> None:
    """Error of the mean temperature once the boards have settled, bleeding off."""
    measure("temperature.sensor_is_whole", ~settled_boards.broken(FEW_READINGS))
    measure("temperature.error", settled_boards.errors(thermometer, READINGS))


@pytest.mark.requirement("TMP-2")
def test_a_broken_sensor_shows(sensor_faults: SensorFaults, panel: Panel, measure: Measure) -> None:
    """Break the sensor of each module in turn: it reads as broken, never as a temperature."""
    for position in range(1, panel.modules + 1):
        shows = sensor_faults.shows(position, FEW_READINGS)
        measure("temperature.broken_sensor_shows", shows, position=position)


@pytest.mark.requirement("ALM-1")
@pytest.mark.usefixtures("alarming_product")
@pytest.mark.parametrize("threshold", ["high", "low"])
def test_alarms_disturb_nothing(
    threshold: str,
    alarm_watch: AlarmWatch,
    found_settings: PanelSettings,
    product: Product,
    measure: Measure,
    keep_alarms: KeepAlarms,
) -> None:
    """Beyond a threshold in silence for some watchdog periods, then the next exchanges."""
    settings, beyond_mV = product.settings, product.thresholds.beyond_mV
    beyond = {"high": settings.high_mV + beyond_mV, "low": settings.low_mV - beyond_mV}
    alarms = alarm_watch.provoke(beyond[threshold] / 1000)
    keep_alarms(threshold, alarms)
    measure("alarms.answers", alarm_watch.answers(), condition=f"beyond {threshold}")
    intact = alarm_watch.keep_settings(found_settings)
    measure("alarms.settings_intact", intact, condition=f"beyond {threshold}")
