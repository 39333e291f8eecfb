from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from drivers import instruments
from drivers.catalogue import open_instrument
from drivers.datasheet import known_models, load_datasheet
from drivers.roles import (
    Ammeter,
    CurrentDigitizer,
    CurrentTrain,
    Instrument,
    Load,
    Multiplexer,
    OverCurrentProtection,
    OverVoltageProtection,
    Relay,
    ScanningThermometer,
    Supply,
    Voltmeter,
)
from quantities import Clock
from quantities.errors import UsageError, WrongInstrument
from tests.drivers.scripted import OPENINGS, Wire, checked, opened

ROLES: dict[str, set[type]] = {
    "keysight_e36300": {Supply, OverVoltageProtection, OverCurrentProtection},
    "siglent_spd3303x": {Supply},
    "siglent_spd1000x": {Supply},
    "rigol_dp800": {Supply, OverVoltageProtection},
    "rohdeschwarz_ngx": {Supply, OverVoltageProtection, OverCurrentProtection},
    "rohdeschwarz_hmp": {Supply, OverVoltageProtection, OverCurrentProtection},
    "keithley_2280s": {Supply, OverVoltageProtection},
    "keysight_34460": {Voltmeter, Ammeter, CurrentTrain},
    "keysight_34465": {Voltmeter, Ammeter, CurrentTrain, CurrentDigitizer},
    "rigol_dm3068": {Voltmeter, Ammeter},
    "keithley_dmm6500": {Voltmeter, Ammeter, CurrentTrain, CurrentDigitizer},
    "siglent_sdm3065x": {Voltmeter, Ammeter},
    "keysight_daq970a": {Multiplexer, Relay},
    "keysight_n5700": {Supply, OverVoltageProtection, OverCurrentProtection},
    "rigol_dl3000": {Load},
    "bk_8600": {Load},
}
"""What each family can do, and nothing else."""
ALL_ROLES = {ScanningThermometer}.union(*ROLES.values())


def test_every_family_has_a_data_sheet_and_every_data_sheet_a_family():
    families = {module.name for module in pkgutil.iter_modules(instruments.__path__)}
    assert families == {load_datasheet(model).model.family for model in known_models()}
    for family in families:
        assert callable(import_module(f"drivers.instruments.{family}").open_parts)


def test_every_model_is_opened_here():
    assert set(OPENINGS) == set(known_models())


@pytest.mark.parametrize("model", known_models())
def test_a_model_opens_and_plays_its_roles_and_no_other(model: str, wire: Wire, clock: Clock):
    instrument = opened(model, wire, clock)
    designation = instrument.identity.model.removeprefix("MODEL ")  # as Keithley has it
    assert designation.startswith(model.partition("-")[2].upper())
    parts = instrument.parts.values()
    assert all(isinstance(part, Instrument) for part in parts)
    played = {role for role in ALL_ROLES for part in parts if isinstance(part, role)}
    assert played == ROLES[instrument.sheet.model.family]


@pytest.mark.parametrize("model", known_models())
def test_a_model_is_not_taken_for_its_neighbour(model: str, wire: Wire, clock: Clock):
    wire.expect(("*IDN?", "Keysight Technologies,34401A,MY1,1.0"))
    with pytest.raises(WrongInstrument, match=model):
        open_instrument(model, wire.session, clock)


def test_nothing_is_sent_for_an_unknown_model(wire: Wire, clock: Clock):
    with pytest.raises(UsageError, match="keysight-e36312a"):
        open_instrument("keysight-e3631a", wire.session, clock)


def test_two_outputs_share_one_instrument_that_was_opened_once(wire: Wire, clock: Clock):
    instrument = opened("keysight-e36312a", wire, clock)
    first, second = instrument.part(Supply, 1), instrument.part(Supply, channel=2)
    wire.expect(*checked("VOLT 3.7,(@1)", "VOLT 12,(@2)"))
    first.set_voltage(3.7)
    second.set_voltage(12.0)
    assert first.identity is second.identity


def test_a_meter_is_voltmeter_and_ammeter_in_one(wire: Wire, clock: Clock):
    instrument = opened("keysight-34461a", wire, clock)
    assert instrument.part(Voltmeter) is instrument.part(Ammeter)


def test_a_role_that_a_model_cannot_play_is_refused(wire: Wire, clock: Clock):
    instrument = opened("keysight-34461a", wire, clock)
    with pytest.raises(UsageError, match="keysight-34461a cannot be a supply"):
        instrument.part(Supply)


@pytest.mark.parametrize(
    ("model", "channel", "message"),
    [
        ("keysight-34461a", 1, "cannot be used with channel 1; expected: without a channel"),
        ("keysight-e36312a", None, "cannot be used without a channel; expected: with channel 1"),
        ("keysight-e36311a", 3, "cannot be used with channel 3"),
    ],
)
def test_a_channel_that_is_not_there_is_answered_with_those_that_are(
    model: str, channel: int | None, message: str, wire: Wire, clock: Clock
):
    instrument = opened(model, wire, clock)
    with pytest.raises(UsageError, match=message):
        instrument.part(Instrument, channel)
