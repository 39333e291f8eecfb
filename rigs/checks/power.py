"""Supply, voltmeter and ammeter against each other, and the leads between them.

Two instruments within their data sheets differ by no more than the sum of their limits of error.
Of standard uncertainties (limits over √3) that is at most three times the root of the sum of
squares, so no good pair is ever called bad.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quantities import Reading
from rigs.checks.finding import Finding, Result, absent, judged
from rigs.feed import MeteredFeed
from rigs.panel import POWER_LINE_CYCLES, VOLTMETER_RANGE_V, Panel
from rigs.rig import Rig

WITHIN = 3.0
CONTACTS_ohm = 0.01
"""By so much may leads and their contacts be off what the rig file states."""
LEAST_A = 0.1
"""Below it a lead's drop drowns in the instruments' errors."""
SHARE_OF_LIMIT = 0.8
"""So much of the rig's current limit may a panel draw to have its leads measured."""


class PowerChecks:
    """On a panel that is on, its modules told not to bleed."""

    def __init__(self, rig: Rig, panel: Panel) -> None:
        self._rig = rig
        self._panel = panel

    def points(self, points_V: Sequence[float]) -> Iterator[Finding]:
        """The supply's own voltmeter against the voltmeter, at each of these voltages."""
        if not self._rig.has("voltmeter"):
            yield absent("supply against voltmeter", "add [voltmeter]")
            return
        for volts in points_V:
            self._panel.set_voltage(volts)
            supply, terminals, current = self._measured()
            lead_V = float(current.value) * self._series_ohm
            difference = supply - terminals
            off_V = float(difference.value) - lead_V
            allowed_V = WITHIN * float(difference.standard_uncertainty)
            found = (
                f"{float(supply.value):.4f} V and {float(terminals.value):.4f} V, "
                f"{1000 * off_V:+.1f} mV apart of ±{1000 * allowed_V:.1f} mV"
            )
            yield judged(
                f"supply against voltmeter at {volts:g} V",
                found,
                good=abs(off_V) <= allowed_V,
                remedy="check the voltmeter's leads and both calibrations",
            )

    def lead(self, volts: float, module_A: float) -> Iterator[Finding]:
        """The leads' resistance, from their drop while all modules bleed ``module_A`` each."""
        what, rig = "supply leads", self._rig
        expected_A = rig.file.chain.modules * module_A
        if not rig.has("voltmeter"):
            yield absent(what, "add [voltmeter]")
        elif not module_A:
            found = "not measured: modules bleed in pulses"
            yield Finding(what, Result.ABSENT, found, "measure them by hand")
        elif not LEAST_A <= expected_A <= SHARE_OF_LIMIT * rig.current_limit_A:
            found = f"not measured: all modules would bleed {expected_A:.2f} A"
            remedy = f"wants {LEAST_A:g} A to {SHARE_OF_LIMIT * rig.current_limit_A:.2f} A"
            yield Finding(what, Result.ABSENT, found, remedy)
        else:
            self._panel.set_voltage(volts)
            self._panel.chain.enable_bleeding()
            try:
                self._panel.chain.read_voltages()  # a module begins to bleed when it measures
                supply, terminals, current = self._measured()
            finally:
                self._panel.chain.disable_bleeding()
            yield self._judged_lead(supply - terminals, current)

    def _judged_lead(self, drop: Reading, current: Reading) -> Finding:
        what, stated_ohm = "supply leads", self._rig.file.wiring.supply_lead_ohm
        amperes = float(current.value)
        if amperes < LEAST_A:
            found = f"not measured: modules bleed {1000 * amperes:.0f} mA in all"
            return Finding(what, Result.ABSENT, found, "calibrate and set the modules first")
        measured = Reading(
            float(drop.value) / amperes, "Ω", float(drop.standard_uncertainty) / amperes
        )
        leads = measured - self._burden
        ohm = float(leads.value)
        allowed_ohm = CONTACTS_ohm + WITHIN * float(leads.standard_uncertainty)
        found = (
            f"{1000 * ohm:.0f} mΩ at {amperes:.2f} A, {1000 * stated_ohm:g} mΩ stated "
            f"(±{1000 * allowed_ohm:.0f} mΩ)"
        )
        return judged(
            what,
            found,
            good=abs(ohm - stated_ohm) <= allowed_ohm,
            remedy="look for a loose contact, or correct [wiring] supply_lead_ohm",
        )

    def current(self, volts: float, module_A: float) -> Iterator[Finding]:
        """The ammeter against the supply's own, while modules bleed; through every relay."""
        what, rig = "ammeter against supply", self._rig
        if not rig.has("ammeter"):
            yield absent(what, "add [ammeter]")
            return
        feed = MeteredFeed(rig, self._panel)
        positions = range(1, rig.file.chain.modules + 1) if feed.switched else range(1, 2)
        bleeds = rig.file.chain.modules * module_A <= SHARE_OF_LIMIT * rig.current_limit_A
        self._panel.set_voltage(volts)
        try:
            if bleeds and module_A:
                self._panel.chain.enable_bleeding()
                self._panel.chain.read_voltages()
            total = self._total(feed, volts, list(positions))
            supply = rig.supply.output_current()
        finally:
            self._panel.chain.disable_bleeding()
        yield self._judged_current(total, supply)

    def _total(self, feed: MeteredFeed, volts: float, positions: Sequence[int]) -> Reading:
        """The sum of all feeds; in the metered one the ammeter's burden lowers what it draws."""
        range_A, total_A, uncertainty_A = self._rig.two_modules_A, 0.0, 0.0
        burden = feed.burden(range_A)
        for position in positions:
            feed.lead(position)
            reading = feed.ammeter.dc_current(range_A=range_A, power_line_cycles=1)
            amperes = float(reading.value)
            per_ohm = amperes**2 / volts
            total_A += amperes + float(burden.value) * per_ohm
            # one ammeter's errors are alike in all its readings, so they add up
            uncertainty_A += float(reading.standard_uncertainty)
            uncertainty_A += float(burden.standard_uncertainty) * per_ohm
        feed.bypass()
        return Reading(total_A, "A", uncertainty_A)

    @staticmethod
    def _judged_current(total: Reading, supply: Reading) -> Finding:
        difference = total - supply
        off_A, allowed_A = float(difference.value), WITHIN * float(difference.standard_uncertainty)
        found = (
            f"{1000 * float(total.value):.1f} mA and {1000 * float(supply.value):.1f} mA, "
            f"{1000 * off_A:+.1f} mA apart of ±{1000 * allowed_A:.1f} mA"
        )
        return judged(
            "ammeter against supply",
            found,
            good=abs(off_A) <= allowed_A,
            remedy="check the ammeter's fuse and wiring, its relays, and both calibrations",
        )

    def _measured(self) -> tuple[Reading, Reading, Reading]:
        rig = self._rig
        terminals = rig.voltmeter.dc_voltage(
            range_V=VOLTMETER_RANGE_V, power_line_cycles=POWER_LINE_CYCLES
        )
        return rig.supply.output_voltage(), terminals, rig.supply.output_current()

    @property
    def _series_ohm(self) -> float:
        """The leads as stated, and an ammeter that the whole feed leads through."""
        return self._rig.file.wiring.supply_lead_ohm + float(self._burden.value)

    @property
    def _burden(self) -> Reading:
        """What an ammeter puts between the supply and all modules, in Ω."""
        rig = self._rig
        if not rig.has("ammeter") or rig.has("multiplexer") or "ammeter" in rig.faults():
            return Reading(0.0, "Ω")
        return rig.ammeter.burden_resistance(range_A=rig.two_modules_A)
