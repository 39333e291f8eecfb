"""All checks of a rig, in the order in which an engineer would carry them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from quantities.errors import CellrigError
from rigs.checks import instruments, line
from rigs.checks.finding import (
    Check,
    Finding,
    Progress,
    Result,
    absent,
    carried_out,
    fault,
)
from rigs.checks.power import PowerChecks
from rigs.panel import Panel
from rigs.rig import Rig
from rigs.rig_file import Topology


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """The product's figures that a panel is checked by."""

    points_V: tuple[float, ...]
    """Where supply and voltmeter are compared."""
    bleeding_V: float
    """Where modules bleed that have been set."""
    bleeding_A: float
    """What one draws there; 0 if it is pulsed, which a supply does not read back."""
    least_constant: float | None = None
    greatest_constant: float | None = None


def check_instruments(rig: Rig, progress: Progress) -> Iterator[Finding]:
    """What can be known with every output off."""
    checks = [
        Check("roles", partial(instruments.identities, rig)),
        Check("calibration", partial(instruments.calibrations, rig)),
        Check("protection", partial(instruments.protections, rig)),
        Check("line", partial(line.own_line, rig)),
    ]
    if rig.file.topology is Topology.PANEL:
        checks.insert(1, Check("missing roles", partial(instruments.missing, rig)))
    return carried_out(checks, progress)


def check_panel(
    rig: Rig, panel: Panel, figures: CheckFigures, progress: Progress
) -> Iterator[Finding]:
    """What takes power: the modules', within the maxima that the rig was opened with."""
    progress("power")
    try:
        panel.switch_on()
    except CellrigError as error:
        yield fault("power", error)
        return
    yield from Check("bleeding", partial(_bleeding_disabled, panel)).findings()
    power = PowerChecks(rig, panel)
    volts, amperes = figures.bleeding_V, figures.bleeding_A
    yield from check_chain(rig, panel, figures, progress)
    yield from carried_out(
        [
            Check("supply against voltmeter", partial(power.points, figures.points_V)),
            Check("supply leads", partial(power.lead, volts, amperes)),
            Check("ammeter against supply", partial(power.current, volts, amperes)),
        ],
        progress,
    )


def check_chain(
    rig: Rig, panel: Panel, figures: CheckFigures, progress: Progress
) -> Iterator[Finding]:
    """What a pack's modules tell that have their cells to power them."""
    window = figures.least_constant, figures.greatest_constant
    checks = [
        Check("chain", partial(line.count, rig, panel)),
        Check("constants", partial(line.constants, panel, *window)),
    ]
    return carried_out(checks, progress)


def check_end(rig: Rig, progress: Progress) -> Iterator[Finding]:
    """What instruments have queued meanwhile, and whether the rig becomes safe."""
    yield from carried_out([Check("errors", partial(instruments.error_queues, rig))], progress)
    progress("making safe")
    errors = rig.close()
    for error in errors:
        yield fault("safe at the end", error)
    if not errors:
        yield Finding("safe at the end", Result.OK, "everything is off and let go")


def unpowered(why: str) -> Finding:
    """In place of what takes power."""
    return absent("power, chain and modules", why)


def _bleeding_disabled(panel: Panel) -> Iterator[Finding]:
    """New modules bleed at any voltage: nothing is to be found, unless they do not hear."""
    panel.chain.disable_bleeding()
    yield from ()
