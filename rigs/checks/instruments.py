"""Who plays which role, until when it is calibrated, what it has to report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from drivers.roles import Instrument, OverCurrentProtection, OverVoltageProtection
from rigs.checks.finding import Finding, Result, absent, fault
from rigs.rig import Rig

OFTEN_MISSED = ("supply", "voltmeter", "ammeter", "multiplexer")
"""Roles of a panel that tests are *not applicable* or *blocked* without."""
RELAYS = ("multiplexer", "sensor_relays", "loopback", "contactor")
"""They measure nothing, so nobody calibrates them."""
SOON_d = 30


def identities(rig: Rig) -> Iterator[Finding]:
    """Every role of the rig file with who plays it; a role that did not open with why."""
    opened = {role.name: role for role in rig.opened()}
    for name in rig.file.instruments():
        if name in opened:
            identity = opened[name].identity
            found = f"{identity.manufacturer} {identity}, firmware {identity.firmware}"
            yield Finding(name, Result.OK, found)
        else:
            yield fault(name, rig.faults()[name])


def missing(rig: Rig) -> Iterator[Finding]:
    """Roles that a panel may have and this rig file does not name."""
    for name in OFTEN_MISSED:
        if not rig.has(name):
            yield absent(name, f"add [{name}]: tests that need it do not apply")


def calibrations(rig: Rig) -> Iterator[Finding]:
    """When each role's instrument is due, and which are soon."""
    today = rig.clock.date().date()
    for name, table in rig.file.instruments().items():
        what, due = f"calibration of {name}", table.calibration_due
        if due is None and name in RELAYS:
            continue
        if due is None:
            yield Finding(what, Result.HEED, "no date stated", f"state calibration_due in [{name}]")
        elif due < today:
            found = f"was due on {due}"
            yield Finding(what, Result.FAULT, found, "have it calibrated, correct calibration_due")
        elif (left := (due - today).days) <= SOON_d:
            yield Finding(what, Result.HEED, f"due on {due}, in {left} days", "make an appointment")
        else:
            yield Finding(what, Result.OK, f"due on {due}")


def error_queues(rig: Rig) -> Iterator[Finding]:
    """What instruments have queued since the rig opened them."""
    for name in (role.name for role in rig.opened()):
        what = f"errors of {name}"
        queued = cast("Instrument", getattr(rig, name)).clear_errors()
        if queued:
            yield Finding(what, Result.FAULT, ", ".join(queued), "look it up in its manual")
        else:
            yield Finding(what, Result.OK, "none queued")


def protections(rig: Rig) -> Iterator[Finding]:
    """What the supply trips at, and what nothing protects the modules from."""
    if rig.has("supply") and "supply" not in rig.faults():
        trips = []
        if isinstance(rig.supply, OverVoltageProtection):
            trips.append(f"{rig.maxima.voltage_V:g} V")
        if isinstance(rig.supply, OverCurrentProtection):
            trips.append(f"{rig.current_limit_A:g} A")
        if trips:
            yield Finding("protection", Result.OK, f"the supply trips at {' and at '.join(trips)}")
    for gap in rig.unprotected:
        remedy = "know it, stay near, or take an instrument that has it"
        yield Finding("not protected", Result.HEED, gap, remedy)
