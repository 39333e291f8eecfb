from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rigs.simulation.table import ModuleTable, SimulationTable

LEAST: dict[str, Any] = {"seed": 1, "date": "2026-11-02T08:00:00Z"}


def table(**more: Any) -> SimulationTable:
    return SimulationTable.model_validate(LEAST | more)


def test_a_seed_and_a_date_are_enough():
    assert table().module_at(1) == ModuleTable()


def test_the_modules_table_holds_for_all_and_exceptions_for_their_position():
    made = table(
        module={"bleeder_ohm": 8.2, "noise_codes": 0.0},
        modules={"2": {"noise_codes": 0.3, "defects": ["mute"]}},
    )
    assert (made.module_at(1).bleeder_ohm, made.module_at(1).noise_codes) == (8.2, 0.0)
    assert (made.module_at(2).bleeder_ohm, made.module_at(2).noise_codes) == (8.2, 0.3)
    assert (made.module_at(1).defects, made.module_at(2).defects) == ((), ("mute",))


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"seed": -1}, "greater than or equal to 0"),
        ({"date": "2026-11-02T08:00:00"}, "date wants a time zone"),
        ({"modules_present": 0}, "greater than 0"),
        ({"sed": 1}, "Extra inputs are not permitted"),
        ({"module": {"referenceV": 1.2}}, "Extra inputs are not permitted"),
        ({"module": {"reference_V": 0.0}}, "greater than 0"),
        ({"module": {"clock_spread": 0.5}}, "less than 0.5"),
        ({"module": {"pwm_duty": 1.5}}, "less than or equal to 1"),
        ({"module": {"constant": 0x1000000}}, "less than or equal to 16777215"),
        ({"module": {"low_code": 0x1000}}, "less than or equal to 4095"),
        ({"modules": {"2": {"nois_codes": 0.3}}}, "Extra inputs are not permitted"),
        ({"modules": {"two": {}}}, "valid integer"),
        ({"port": {"latency_timer_s": -0.016}}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], complaint: str):
    with pytest.raises(ValidationError, match=complaint):
        table(**wrong)


def test_a_new_modules_eeprom_holds_constant_and_thresholds_in_nine_bytes():
    settings = ModuleTable(
        constant=0x4BD000, bleeding_code=0x4A0, low_code=0x5E0, high_code=0x49C
    ).initial_settings
    assert settings.eeprom_contents() == bytes.fromhex("4BD000 04A0 05E0 049C")
