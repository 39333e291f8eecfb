"""The object behind ``measure(name, reading)``: splits, judges, and commits as taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from products.model import Decision, Limit
from quantities import Reading
from quantities.errors import StoreError
from reports import schema
from reports.columns import limit_columns, plain_json, value_columns
from reports.entries import ModuleOutcome, Occasion, SettingsRecord
from reports.errorcurve import ErrorCurve
from reports.outcome import Outcome, combine
from reports.samples import Measured, Sample, split
from reports.store import Store
from reports.timeledger import TimeLedger
from reports.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Miss:
    """A measurement that did not pass; ``position`` None is the panel as a whole."""

    name: str
    position: int | None
    verdict: Verdict

    def __str__(self) -> str:
        """One line for the test's message."""
        place = "all modules" if self.position is None else f"module {self.position}"
        return f"{place}: {self.name} {self.verdict.outcome}: {self.verdict.reason}"


class Recorder:
    """Judges and records one run's measurements, test by test.

    ``positions`` are the active modules, counted from 1. ``now`` is the bench clock's time
    in ns, for values that carry none of their own; ``ledger`` what it has booked so far.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        *,
        limits: Mapping[str, Limit],
        decision: Decision,
        positions: Sequence[int],
        now: Callable[[], int],
        ledger: Callable[[], TimeLedger] = TimeLedger,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._limits = limits
        self._decision = decision
        self._now = now
        self._ledger = ledger
        self.positions = tuple(positions)
        self.settings_found = False
        """Whether the modules' settings as found are on record."""
        self._number = 0
        self._began = (0, TimeLedger())
        self._running = False
        self._outcomes: dict[int, set[Outcome]] = {}
        self._reasons: dict[int, dict[str, None]] = {}  # in order, each once
        self._misses: list[Miss] = []

    def begin_test(self, nodeid: str, *, title: str = "", clauses: Sequence[str] = ()) -> None:
        """Put a test on record as running; what is measured from now on belongs to it."""
        self._number += 1
        self._outcomes = {position: set() for position in self.positions}
        self._reasons = {}
        self._misses = []
        self._running = True
        self._began = (self._now(), self._ledger())
        row = {
            "run_id": self._run_id,
            "number": self._number,
            "nodeid": nodeid,
            "title": title,
            "clauses": " ".join(clauses),
            "started_ns": self._began[0],
            "message": "",
        }
        self._store.write(schema.tests, [row])

    def measure(
        self,
        name: str,
        measured: Measured,
        *,
        condition: str = "",
        position: int | None = None,
    ) -> dict[int, Verdict]:
        """Judge by the product's limit of this name, commit, and hand out verdicts by position.

        Arrays and sequences are by position (index 0 is position 1) and are split over the
        active modules. A single value on a panel of several is stored once, as a fact about
        the panel, and judged for each of them; with ``position`` it is that module's alone.
        ``condition`` tells several values of one name apart ("4.200 V"). Misses are kept until the test's end
        (``misses``), so nothing is raised here but ``StoreError``.
        """
        if not self._running:
            raise StoreError(f"measure({name!r}) outside a test")
        limit = self._limits.get(name)
        reading = measured if isinstance(measured, Reading) else None
        unit = reading.unit if reading else ""
        degrees_of_freedom = reading.degrees_of_freedom if reading else math.inf
        common = {
            "run_id": self._run_id,
            "test": self._number,
            "name": name,
            "condition": condition,
            "unit": unit,
            "degrees_of_freedom": degrees_of_freedom,
            "time_ns": (reading.time_ns if reading else 0) or self._now(),
            "instrument": reading.instrument if reading else "",
            **limit_columns(limit),
        }
        samples = split(measured, self.positions if position is None else (position,))
        verdicts = [
            judge(
                sample.value,
                unit=unit,
                standard_uncertainty=sample.standard_uncertainty,
                degrees_of_freedom=degrees_of_freedom,
                system_uncertainty=sample.system_uncertainty,
                limit=limit,
                decision=self._decision,
            )
            for sample in samples
        ]
        rows = [common | value_columns(*judged) for judged in zip(samples, verdicts, strict=True)]
        self._store.write(schema.measurements, rows)
        return self._keep(f"{name} at {condition}" if condition else name, samples, verdicts)

    def attribute(
        self, outcome: Outcome, reason: str, positions: Sequence[int] | None = None
    ) -> None:
        """Give modules (all of them unless stated) an outcome that no measurement carries.

        A silent module fails so, and a sick rig blocks those that it kept from being judged.
        """
        for position in self.positions if positions is None else positions:
            if position in self._outcomes:
                self._outcomes[position].add(outcome)
                self._explain(position, reason)

    def unjudged(self) -> tuple[int, ...]:
        """The active modules that this test has not yet judged."""
        return tuple(position for position, seen in self._outcomes.items() if not seen)

    def misses(self) -> tuple[Miss, ...]:
        """What did not pass in this test so far, to be raised once after its body."""
        return tuple(self._misses)

    def end_test(self, outcome: Outcome, message: str = "") -> Outcome:
        """Close the test with what is known beyond its measurements; hand out what is on record.

        Misses are known already: a test that ended with nothing but misses ends with pass, so
        that they touch only their own modules. Modules that were not judged are blocked, or not
        applicable if the test is. A blocked test blocks every module that has not failed. A
        test that fails without any module's failure fails all of them.
        """
        if not self._running:
            raise StoreError("end_test() without begin_test()")
        self._close(outcome, message)
        entries = [self._entry(position) for position in self.positions]
        if outcome is not Outcome.NOT_APPLICABLE or self._misses:
            outcome = combine([outcome, *(entry.outcome for entry in entries)])
        started_ns, booked = self._began
        ended_ns = self._now()
        self._store.end_test(
            self._run_id,
            self._number,
            ended_ns=ended_ns,
            outcome=outcome,
            message=message,
            modules=entries,
            time=self._ledger().since(booked, ended_ns - started_ns),
        )
        self._running = False
        return outcome

    def record_series(self, name: str, data: ErrorCurve | Mapping[str, Any]) -> None:
        """Keep free data for plots and for later, without a verdict.

        A mapping holds texts, numbers, truth values, lists and arrays; NaN becomes null.
        """
        if isinstance(data, ErrorCurve):
            limit = self._limits.get(data.limit)
            if limit is not None:
                data = replace(data, low_V=limit.low, high_V=limit.high)
            data = data.to_json()
        row = self._stamp() | {"name": name, "data": plain_json(data)}
        self._store.write(schema.series, [row])

    def record_settings(self, settings: Sequence[SettingsRecord]) -> None:
        """Keep what modules' EEPROMs hold; as-found is kept before the first write."""
        self._store.add_settings(self._run_id, settings, self._now())
        self.settings_found |= any(entry.occasion is Occasion.AS_FOUND for entry in settings)

    def note(self, message: str, kind: str = "note") -> None:
        """Keep an event: something worth knowing that is no measurement."""
        self._store.write(schema.events, [self._stamp() | {"kind": kind, "message": message}])

    def _stamp(self) -> dict[str, object]:
        test = self._number if self._running else None
        return {"run_id": self._run_id, "test": test, "time_ns": self._now()}

    def _keep(
        self, name: str, samples: Sequence[Sample], verdicts: Sequence[Verdict]
    ) -> dict[int, Verdict]:
        by_position = {}
        for sample, verdict in zip(samples, verdicts, strict=True):
            miss = None
            if verdict.outcome is not Outcome.PASS:
                miss = Miss(name, sample.position, verdict)
                self._misses.append(miss)
            for position in self.positions if sample.position is None else (sample.position,):
                by_position[position] = verdict
                self._outcomes[position].add(verdict.outcome)
                if miss:
                    self._explain(position, f"{name}: {verdict.reason}")
        return by_position

    def _explain(self, position: int, reason: str) -> None:
        self._reasons.setdefault(position, {})[reason] = None

    def _close(self, outcome: Outcome, message: str) -> None:
        """Give every module an outcome that agrees with the test's."""
        unjudged = self.unjudged()
        if outcome is Outcome.NOT_APPLICABLE:
            self.attribute(outcome, message, unjudged)
        elif outcome is Outcome.BLOCKED:
            self.attribute(outcome, message or "the test was blocked")
        elif outcome is Outcome.FAIL and all(
            Outcome.FAIL not in seen for seen in self._outcomes.values()
        ):
            self.attribute(outcome, message or "the test failed")
        else:
            self.attribute(Outcome.BLOCKED, "the test ended without judging it", unjudged)

    def _entry(self, position: int) -> ModuleOutcome:
        seen = self._outcomes[position]
        inapplicable = seen == {Outcome.NOT_APPLICABLE}
        outcome = Outcome.NOT_APPLICABLE if inapplicable else combine(seen)
        return ModuleOutcome(
            position=position, outcome=outcome, reason="; ".join(self._reasons.get(position, ()))
        )
