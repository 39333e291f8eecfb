from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from rigs.simulation.table import ModuleTable, SimulationTable

LEAST: dict[str, Any] = {"seed": 1, "date": datetime(2026, 11, 2, 8, tzinfo=UTC)}


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
        ({"date": datetime(2026, 11, 2, 8)}, "date wants a time zone"),  # noqa: DTZ001 - that one
        ({"date": "2026-11-02T08:00:00Z"}, "valid datetime"),
        ({"modules_present": 0}, "greater than 0"),
        ({"modules_present": 257}, "less than or equal to 256"),
        ({"sed": 1}, "Extra inputs are not permitted"),
        ({"module": {"referenceV": 1.2}}, "Extra inputs are not permitted"),
        ({"module": {"reference_V": 0.0}}, "greater than 0"),
        ({"module": {"clock_spread": 0.5}}, "less than 0.5"),
        ({"module": {"pwm_duty": 1.5}}, "less than or equal to 1"),
        ({"module": {"noise_codes": True}}, "valid number"),
        ({"module": {"noise_codes": "0.4"}}, "valid number"),
        ({"module": {"warmer_K": math.inf}}, "finite number"),
        ({"module": {"hysteresis_codes": 1.0}}, "valid integer"),
        ({"module": {"half_duplex": 1}}, "valid boolean"),
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


def test_complaints_of_an_exception_name_its_own_table():
    with pytest.raises(ValidationError) as caught:
        table(modules={"3": {"nois_codes": 0.3, "pwm_duty": 1.5}})
    assert [detail["loc"] for detail in caught.value.errors()] == [
        ("modules", 3, "pwm_duty"),
        ("modules", 3, "nois_codes"),
    ]


def test_whole_numbers_and_lists_will_do_where_toml_has_no_other_way_to_write_it():
    made = table(module={"reference_V": 1, "sensor": "open", "defects": ["mute"]})
    assert made.module.reference_V == 1.0
    assert made.module.sensor == "open"
    assert made.module.defects == ("mute",)


def test_a_new_modules_eeprom_holds_constant_and_thresholds_in_nine_bytes():
    settings = ModuleTable(
        constant=0x4BD000, bleeding_code=0x4A0, low_code=0x5E0, high_code=0x49C
    ).initial_settings
    assert settings.eeprom_contents() == bytes.fromhex("4BD000 04A0 05E0 049C")
