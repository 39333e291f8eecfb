"""Two runs side by side: what changed from one firmware, or one day, to the next.

A pure function of two records. What differs in the conditions (rig, product, firmware) is told
beside it, and is no change by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from quantities.errors import UsageError
from reports.pairing import Pairs, pair_modules
from reports.record import RunRecord
from reports.shifts import Shifts, find_shifts

UNDEFINED_INPUTS = "undefined-inputs"
"""The kind of series that holds what modules answered to inputs that no clause defines."""
ABSENT = "not there"
"""What stands for a verdict that one run does not have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A condition that was another one."""

    name: str
    base: str
    new: str


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """The run's, a module's or a test's verdict; positions are the new run's, or a lost module's.

    ``what`` is ``run``, a serial number or ``module``, or a test's node id.
    """

    what: str
    positions: tuple[int, ...]
    base: str
    new: str


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """An undefined input that is answered otherwise; an empty answer is silence."""

    input: str
    base: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that two runs differ in."""

    base: RunRecord
    new: RunRecord
    pairs: Pairs
    conditions: tuple[Difference, ...]
    verdicts: tuple[VerdictChange, ...]
    shifts: Shifts
    answers: tuple[AnswerChange, ...]
    inputs_compared: int

    @property
    def changed(self) -> bool:
        """Whether anything that modules did is another than it was."""
        return bool(self.verdicts or self.shifts.moved or self.answers)


def compare(base: RunRecord, new: RunRecord, *, factor: float = 1.0) -> Comparison:
    """Compare; values count as moved beyond ``factor`` times their expanded uncertainty.

    Raises ``UsageError`` if the runs have no module in common.
    """
    pairs = pair_modules(base, new)
    if not pairs.matched:
        raise UsageError(
            "the runs have no module in common",
            where=f"{base.run_id} and {new.run_id}",
            expected="the same serial numbers, or none at all and the same positions",
        )
    answers, inputs_compared = _answer_changes(base, new)
    return Comparison(
        base,
        new,
        pairs,
        tuple(_differences(base, new)),
        tuple(chain(_module_verdicts(base, new, pairs), _test_verdicts(base, new, pairs))),
        find_shifts(base, new, pairs.matched, factor=factor),
        tuple(answers),
        inputs_compared,
    )


def _differences(base: RunRecord, new: RunRecord) -> Iterator[Difference]:
    for name, of_base, of_new in (
        ("firmware", base.firmware.revision, new.firmware.revision),
        ("firmware image", base.firmware.image_sha256, new.firmware.image_sha256),
        ("product", base.product_name, new.product_name),
        ("product file", base.product_sha256, new.product_sha256),
        ("rig", base.rig_name, new.rig_name),
        ("rig file", base.rig_sha256, new.rig_sha256),
        ("simulated", _yes(simulated=base.simulated), _yes(simulated=new.simulated)),
        ("purpose", base.purpose, new.purpose),
        ("instruments", _instruments(base), _instruments(new)),
        ("cellrig", base.git_revision, new.git_revision),
    ):
        if of_base != of_new:
            yield Difference(name, of_base, of_new)


def _yes(*, simulated: bool) -> str:
    return "yes" if simulated else "no"


def _instruments(record: RunRecord) -> str:
    return ", ".join(f"{one.role} {one.model} {one.serial_number}" for one in record.instruments)


def _module_verdicts(base: RunRecord, new: RunRecord, pairs: Pairs) -> Iterator[VerdictChange]:
    if base.conclusion is not new.conclusion:
        yield VerdictChange("run", (), base.conclusion, new.conclusion)
    for pair in pairs.matched:
        before = base.module_conclusion(pair.base.position)
        after = new.module_conclusion(pair.new.position)
        if before is not after:
            what = pair.new.serial_number or "module"
            yield VerdictChange(what, (pair.new.position,), before, after)
    for module in pairs.only_base:
        before = base.module_conclusion(module.position)
        yield VerdictChange(module.serial_number or "module", (module.position,), before, ABSENT)
    for module in pairs.only_new:
        after = new.module_conclusion(module.position)
        yield VerdictChange(module.serial_number or "module", (module.position,), ABSENT, after)


def _test_verdicts(base: RunRecord, new: RunRecord, pairs: Pairs) -> Iterator[VerdictChange]:
    """Test by test in the new run's order, modules that changed alike together."""
    before, after = _outcomes(base), _outcomes(new)
    for nodeid in dict.fromkeys([*after, *before]):
        changes: dict[tuple[str, str], list[int]] = {}
        for pair in pairs.matched:
            earlier = before.get(nodeid, {}).get(pair.base.position, ABSENT)
            later = after.get(nodeid, {}).get(pair.new.position, ABSENT)
            if earlier != later:
                changes.setdefault((earlier, later), []).append(pair.new.position)
        for (earlier, later), positions in changes.items():
            yield VerdictChange(nodeid, tuple(positions), earlier, later)


def _outcomes(record: RunRecord) -> dict[str, dict[int, str]]:
    """By test, then position."""
    return {
        test.nodeid: {entry.position: str(entry.outcome) for entry in test.modules}
        for test in record.tests
    }


def _answer_changes(base: RunRecord, new: RunRecord) -> tuple[Sequence[AnswerChange], int]:
    """For the inputs that both runs sent, and how many those are."""
    before, after = _answers(base), _answers(new)
    common = [text for text in after if text in before]
    changes = [
        AnswerChange(text, before[text], after[text])
        for text in common
        if before[text] != after[text]
    ]
    return changes, len(common)


def _answers(record: RunRecord) -> dict[str, str]:
    answers: dict[str, str] = {}
    for entry in record.series:
        if isinstance(entry.data, Mapping) and entry.data.get("kind") == UNDEFINED_INPUTS:
            answers |= {text: str(answer or "") for text, answer in entry.data["answers"].items()}
    return answers
