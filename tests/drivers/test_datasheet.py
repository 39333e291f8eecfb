from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from drivers import datasheet
from drivers.datasheet import (
    AcFunction,
    DataSheet,
    MeterFunction,
    RangedFunction,
    known_models,
    load_datasheet,
)
from quantities.errors import InstrumentError, UsageError


@pytest.fixture(params=known_models())
def sheet(request: pytest.FixtureRequest) -> DataSheet:
    return load_datasheet(request.param)


def functions(sheet: DataSheet) -> list[MeterFunction]:
    return [function for function in (sheet.dc_voltage, sheet.dc_current) if function]


def ac_functions(sheet: DataSheet) -> list[AcFunction]:
    return [function for function in (sheet.ac_voltage, sheet.ac_current) if function]


def all_functions(sheet: DataSheet) -> list[RangedFunction]:
    return [*functions(sheet), *ac_functions(sheet)]


def test_a_sheet_says_what_its_figures_rest_on(sheet: DataSheet):
    assert sheet.model.document
    assert all(function.document for function in all_functions(sheet))
    assert all(output.document for output in sheet.outputs)


def test_a_sheet_has_something_to_do(sheet: DataSheet):
    assert functions(sheet) or sheet.outputs or sheet.relays or sheet.load


def test_ranges_and_apertures_ascend(sheet: DataSheet):
    for function in all_functions(sheet):
        assert all(a.full_scale < b.full_scale for a, b in pairwise(function.ranges))
        assert all(candidate.greatest >= candidate.full_scale for candidate in function.ranges)
    for function in functions(sheet):
        assert all(
            a.power_line_cycles < b.power_line_cycles for a, b in pairwise(function.apertures)
        )


def test_filters_stand_from_the_fastest_to_the_slowest(sheet: DataSheet):
    for function in ac_functions(sheet):
        assert all(a.lowest_Hz > b.lowest_Hz for a, b in pairwise(function.filters))
        assert all(a.settling_s < b.settling_s for a, b in pairwise(function.filters))


def test_a_voltmeter_states_its_input_and_an_ammeter_its_burden(sheet: DataSheet):
    for function in all_functions(sheet):
        for candidate in function.ranges:
            if function.unit == "V":
                assert candidate.input_resistance_ohm
            else:
                assert candidate.shunt_ohm
                assert candidate.burden_V
                assert candidate.burden_V >= candidate.shunt_ohm * candidate.full_scale * 0.9


def test_outputs_are_numbered_apart(sheet: DataSheet):
    channels = [output.channel for output in sheet.outputs]
    assert len(channels) == len(set(channels))


@pytest.fixture
def voltmeter() -> MeterFunction:
    function = load_datasheet("keysight-34461a").dc_voltage
    assert function
    return function


@pytest.mark.parametrize(
    ("value", "full_scale"), [(0.05, 0.1), (0.1, 0.1), (5.0, 10.0), (-5.0, 10.0), (10.1, 100.0)]
)
def test_the_smallest_range_that_holds_a_value_is_chosen(
    voltmeter: MeterFunction, value: float, full_scale: float
):
    assert voltmeter.range_for(value).full_scale == full_scale


@pytest.mark.parametrize("value", [1000.1, float("nan"), float("inf")])
def test_a_value_that_no_range_holds_is_refused(voltmeter: MeterFunction, value: float):
    with pytest.raises(InstrumentError, match=r"no range holds .* at most 1000 V"):
        voltmeter.range_for(value)


@pytest.mark.parametrize(("wanted", "taken"), [(0.001, 0.02), (1, 1), (2, 10), (100, 100)])
def test_the_shortest_aperture_that_is_long_enough_is_chosen(
    voltmeter: MeterFunction, wanted: float, taken: float
):
    assert voltmeter.aperture_for(wanted).power_line_cycles == taken


def test_an_aperture_longer_than_the_longest_is_refused(voltmeter: MeterFunction):
    with pytest.raises(InstrumentError, match=r"200 power-line cycles.*at most 100"):
        voltmeter.aperture_for(200)


@pytest.mark.parametrize(("wanted_Hz", "taken_Hz"), [(3, 3), (19, 3), (20, 20), (5000, 200)])
def test_the_fastest_filter_that_passes_a_frequency_is_chosen(wanted_Hz: float, taken_Hz: float):
    function = load_datasheet("keysight-34461a").ac_current
    assert function
    assert function.filter_for(wanted_Hz).lowest_Hz == taken_Hz


def test_a_frequency_that_no_filter_passes_is_refused():
    function = load_datasheet("keysight-34461a").ac_current
    assert function
    with pytest.raises(InstrumentError, match=r"cannot measure 1 Hz.*at least 3 Hz"):
        function.filter_for(1.0)


def test_an_unknown_model_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'keysight-34401a'.*keysight-34461a.*rigol-dm3068"):
        load_datasheet("keysight-34401a")


def test_a_model_cannot_be_a_path():
    with pytest.raises(UsageError, match="no instrument model"):
        load_datasheet("../datasheets/keysight-34461a")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[model", "is not TOML"),
        ("[model]\nfamily = 'x'\nidentity = '('\ndocument = 'd'", r"\[model.identity\]"),
        ("[model]\nfamily = 'x'\nidentity = 'x'\ndocument = 'd'\nspeed = 1", r"\[model.speed\]"),
    ],
)
def test_a_malformed_sheet_is_named_with_what_is_wrong(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "broken.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(datasheet, "FOLDER", tmp_path)
    with pytest.raises(UsageError, match=complaint) as caught:
        load_datasheet("broken")
    assert caught.value.where == str(tmp_path / "broken.toml")
