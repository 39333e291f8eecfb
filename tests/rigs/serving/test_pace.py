"""A bench keeps to the wall clock: nothing early, everything in order, all that is due."""

from __future__ import annotations

import asyncio
from selectors import SelectSelector

import pytest

from rigs.serving.pace import STEP_NS, Lateness, Pace, new_loop
from rigs.simulation.kernel import Kernel


class Outlet:
    """Hands over what is due, and keeps when it was."""

    def __init__(self, kernel: Kernel, dues_ns: list[int]) -> None:
        self.handed_over_ns: list[int] = []
        self._kernel = kernel
        self._dues_ns = dues_ns

    def next_due_ns(self) -> int | None:
        return self._dues_ns[0] if self._dues_ns else None

    def hand_over(self) -> None:
        while self._dues_ns and self._dues_ns[0] <= self._kernel.now_ns:
            self.handed_over_ns.append(self._dues_ns.pop(0))


def test_the_loop_counts_in_less_than_milliseconds():
    loop = new_loop()
    assert isinstance(loop._selector, SelectSelector)  # type: ignore[attr-defined]
    loop.close()


def test_events_run_in_order_and_not_before_their_time():
    kernel = Kernel()
    early_ns: list[int] = []
    ran_ns: list[int] = []

    async def drive() -> None:
        loop = asyncio.get_running_loop()
        all_run = asyncio.Event()
        pace = Pace(kernel)
        began_s = loop.time()

        def note(due_ns: int) -> None:
            ran_ns.append(due_ns)
            # The pace began a moment earlier than we looked.
            early_ns.append(round(due_ns - (loop.time() - began_s) * 1e9))
            if due_ns == 30_000_000:
                all_run.set()

        for due_ns in (30_000_000, 1, 10_000_000, 10_000_000):
            kernel.at(due_ns, note)
        pace.keep()
        await all_run.wait()
        pace.stop()
        assert pace.lateness.events == 3, "two of one time are run at once"

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(drive())
    assert ran_ns == [1, 10_000_000, 10_000_000, 30_000_000]
    assert max(early_ns) <= STEP_NS


def test_what_is_due_is_handed_over_and_not_only_what_happens():
    kernel = Kernel()
    outlet = Outlet(kernel, [1_000_000, 2_000_000, 2_500_000])

    async def drive() -> None:
        pace = Pace(kernel)
        pace.outlets.append(outlet)
        pace.keep()
        await asyncio.sleep(0.005)
        pace.keep()
        pace.stop()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(drive())
    assert outlet.handed_over_ns == [1_000_000, 2_000_000, 2_500_000]


def test_whoever_does_something_finds_the_bench_at_the_present():
    kernel = Kernel()
    order: list[str] = []

    async def drive() -> None:
        pace = Pace(kernel)
        kernel.at(1_000_000, lambda _time_ns: order.append("was due"))
        await asyncio.sleep(0.005)
        pace.at_once(lambda: order.append(f"done after {kernel.now_ns >= 5_000_000}"))
        pace.stop()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(drive())
    assert order == ["was due", "done after True"]


@pytest.mark.parametrize(
    ("percent", "expected_s"), [(0, 10e-6), (50, 10e-6), (51, 60e-6), (75, 60e-6), (100, 1.01e-3)]
)
def test_lateness_is_told_in_percentiles_that_nothing_exceeds(percent: float, expected_s: float):
    lateness = Lateness()
    for late_ns in (0, 9_999, 50_000, 1_000_000):
        lateness.add(late_ns)
    assert lateness.events == 4
    assert lateness.percentile_s(percent) == pytest.approx(expected_s)


def test_without_events_nothing_was_late():
    assert Lateness().percentile_s(99) == 0.0
