"""A store, a recorder in it, and a run like those of a bench with four modules."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from fixtures.requirements import load_clauses
from products.model import Limit, Product, Required, load_product
from quantities import Reading
from reports.entries import InstrumentRecord, Occasion, SettingsRecord
from reports.errorcurve import ErrorCurve
from reports.header import RunHeader
from reports.loader import load_run
from reports.outcome import Outcome
from reports.record import RunRecord, RunStatus
from reports.recorder import Recorder
from reports.store import Store

PRODUCT_FILE = Path(__file__).parents[1] / "fixtures" / "nothing_required.toml"
STARTED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LIMITS = {
    "accuracy.error": Limit(unit="V", low=-0.010, high=0.010, clauses=("CAL-2",)),
    "chain.count": Limit(equals=4, clauses=("ADR-3",)),
    "chain.count_repeats": Limit(equals=True, clauses=("ADR-3",)),
    "chain.reply": Limit(equals="A00@", clauses=("ADR-3", "MSG-2")),
    "calibration.constant": Limit(low=4_820_000.0, high=5_290_000.0, clauses=("CAL-4",)),
    "bleeding.current": Limit(unit="A", low=0.400, high=0.440, clauses=("BLD-1",)),
    "sleep.standby_current": Limit(unit="A", high=10e-6, clauses=("SLP-1",)),
    "timing.processing": Limit(unit="s", high=0.020, clauses=("TIM-1",)),
}
REQUIRED = Required(qualification=("CAL-2", "SLP-1", "BLD-1"))


@pytest.fixture
def product() -> Product:
    return load_product(PRODUCT_FILE).model_copy(update={"limits": LIMITS})


@pytest.fixture
def header(product: Product) -> RunHeader:
    return RunHeader(
        started=STARTED,
        rig_name="Embedded bench",
        rig_text='name = "Embedded bench"\n',
        topology="panel",
        product=product,
        product_text=PRODUCT_FILE.read_text(encoding="utf-8"),
        simulated=True,
        clauses=load_clauses(),
        seed=2026,
        operator="A. Meier",
        software={"python": "3.11.9", "cellrig": "0.1.0", "numpy": "2.1.0"},
        git_revision="0f3c2d1e9a",
        platform="Linux x86_64",
        command_line="pytest tests_hil --rig rigs/simulated.toml",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "results.sqlite") as opened:
        yield opened


@pytest.fixture
def begin(store: Store, header: RunHeader) -> Callable[..., tuple[str, Recorder]]:
    """``begin(positions)``: a run in the store and its recorder, in its first test."""

    def start(*positions: int) -> tuple[str, Recorder]:
        run_id = store.begin_run(header)
        store.add_modules(run_id, {position: f"SN{position:03}" for position in positions})
        ticks = count(1)
        recorder = Recorder(
            store,
            run_id,
            limits=header.product.limits,
            decision=header.product.decision,
            positions=positions,
            now=lambda: next(ticks),
        )
        recorder.begin_test("tests_hil/test_something.py::test_something", title="Something")
        return run_id, recorder

    return start


@pytest.fixture
def record_sample_run() -> Callable[[Store, RunHeader], str]:
    """Records a run of four modules: 1 passes, 3 fails, 2 and 4 are blocked in a test each."""
    return _record_sample_run


@pytest.fixture
def record(store: Store, header: RunHeader) -> RunRecord:
    """What is on record of the sample run."""
    return load_run(store, _record_sample_run(store, header))


@pytest.fixture
def print_to_pdf(tmp_path: Path, require_program: Callable[..., Path]) -> Callable[[str], bytes]:
    """``print_to_pdf(page)``: what a browser prints of it."""

    def print_page(page: str) -> bytes:
        chromium = require_program("chromium", package="chromium")
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        subprocess.run(  # noqa: S603 - the system's own browser
            [
                str(chromium),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--print-to-pdf={tmp_path / 'page.pdf'}",
                (tmp_path / "page.html").as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        return (tmp_path / "page.pdf").read_bytes()

    return print_page


def _record_sample_run(store: Store, header: RunHeader) -> str:
    product = header.product.model_copy(update={"required": REQUIRED})
    run_id = store.begin_run(replace(header, product=product))
    due = date(2027, 3, 31)
    store.add_instruments(
        run_id,
        [
            InstrumentRecord(
                role="supply",
                manufacturer="Keysight Technologies",
                model="E36312A",
                serial_number="MY59000001",
                firmware="1.0.3",
                resource="USB0::0x2A8D::0x1102::MY59000001::INSTR",
                calibration_due=due,
            ),
            InstrumentRecord(
                role="voltmeter",
                manufacturer="Keysight Technologies",
                model="34461A",
                serial_number="MY53200042",
                firmware="A.02.17",
                resource="TCPIP0::dmm-3.local::5025::SOCKET",
                calibration_due=due,
            ),
            InstrumentRecord(role="chain", manufacturer="", model="serial port", serial_number=""),
        ],
    )
    store.add_modules(run_id, {1: "LIPO-0412", 2: "LIPO-0413", 3: "LIPO-0414", 4: "LIPO-0415"})
    time_ns = count(0, 137_000_000)
    recorder = Recorder(
        store,
        run_id,
        limits=header.product.limits,
        decision=header.product.decision,
        positions=(1, 2, 3, 4),
        now=lambda: next(time_ns),
    )
    _identify(recorder)
    _provision(recorder)
    _accuracy(recorder)
    _others(recorder)
    store.finish_run(run_id, RunStatus.FINISHED, datetime(2026, 11, 21, 9, 34, 5, tzinfo=UTC))
    return run_id


def _identify(recorder: Recorder) -> None:
    recorder.begin_test(
        "tests_hil/test_chain.py::test_count",
        title="The chain counts its modules, and does so again",
        clauses=("ADR-3", "MSG-2"),
    )
    recorder.measure("chain.count", 4)
    recorder.measure("chain.count_repeats", measured=True)
    recorder.measure("chain.reply", "A00@")
    recorder.end_test(Outcome.PASS)
    recorder.begin_test(
        "tests_hil/test_timing.py::test_processing",
        title="Commands are processed in less than 20 ms",
        clauses=("TIM-1",),
    )
    latency = Reading(np.array([1.41e-3, 1.44e-3, 1.39e-3, 1.47e-3]), "s", 52e-6)
    recorder.measure("timing.processing", latency)
    recorder.end_test(Outcome.PASS)


def _provision(recorder: Recorder) -> None:
    recorder.begin_test(
        "tests_hil/test_calibration.py::test_provisioning",
        title="Provisioning: calibration constant and thresholds are written and read back",
        clauses=("CAL-1", "CAL-4", "CMD-W2"),
    )
    constants = (4_968_448, 4_991_020, 5_102_200, 4_951_007)
    recorder.record_settings(
        [
            SettingsRecord(
                position=position,
                occasion=Occasion.AS_FOUND,
                constant=0x800000,
                bleeding_code=0x7CF,
                low_code=0x9EC,
                high_code=0x7C8,
            )
            for position in recorder.positions
        ]
    )
    recorder.measure("calibration.constant", list(constants))
    recorder.record_settings(
        [
            SettingsRecord(
                position=position,
                occasion=Occasion.AS_LEFT,
                constant=constant,
                bleeding_code=round(constant / 4196),
                low_code=round(constant / 3303),
                high_code=round(constant / 4211),
            )
            for position, constant in enumerate(constants, 1)
            if position != 4
        ]
    )
    recorder.note("module 3: two answers were lost and asked for again", kind="chain")
    recorder.end_test(Outcome.PASS)


def _accuracy(recorder: Recorder) -> None:
    voltages = np.array([2.5, 2.9, 3.3, 3.7, 4.0, 4.2, 4.6, 5.0])
    draws = np.random.default_rng(7)
    scatter = draws.normal(0.0, 0.0004, (voltages.size, 4))
    gain = np.array([0.0004, -0.0007, 0.0026, 0.0001])
    expanded = np.full((voltages.size, 4), 0.0009)
    as_left = (voltages - 4.2)[:, None] * gain + scatter + np.array([0, 0.001, 0.0096, -0.0005])
    as_found = as_left + 0.006 * voltages[:, None] * np.array([1.0, -1.2, 2.9, 0.3])
    recorder.begin_test(
        "tests_hil/test_accuracy.py::test_accuracy_as_left",
        title="Error of the mean of 64 readings against the voltmeter, bleeding off",
        clauses=("CAL-2", "CAL-3"),
    )
    recorder.record_series(
        "accuracy.as_found", ErrorCurve.of(voltages, as_found, expanded, limit="accuracy.error")
    )
    for volts, errors in zip(voltages, as_left, strict=True):
        reading = Reading(
            errors,
            "V",
            standard_uncertainty=np.full(4, 0.00044),
            degrees_of_freedom=71.0,
            system_uncertainty=0.00011,
            instrument="34461A MY53200042",
        )
        recorder.measure("accuracy.error", reading, condition=f"{volts:.3f} V")
    recorder.record_series(
        "accuracy.as_left", ErrorCurve.of(voltages, as_left, expanded, limit="accuracy.error")
    )
    recorder.end_test(Outcome.PASS)


def _others(recorder: Recorder) -> None:
    recorder.begin_test(
        "tests_hil/test_sleep.py::test_standby_current",
        title="Standby current over whole watchdog periods",
        clauses=("SLP-1",),
    )
    standby = Reading(
        np.array([7.91e-6, np.nan, 8.23e-6, 9.93e-6]), "A", 0.06e-6, instrument="34461A MY53200042"
    )
    recorder.measure("sleep.standby_current", standby)
    recorder.end_test(Outcome.PASS)
    recorder.begin_test(
        "tests_hil/test_bleeding.py::test_bleed_current",
        title="Bleed current against the product's resistor",
        clauses=("BLD-1",),
    )
    recorder.attribute(Outcome.BLOCKED, "multiplexer: relay 4 does not close", [4])
    recorder.measure("bleeding.current", Reading(np.array([0.4187, 0.4201, 0.4167]), "A", 0.0004))
    recorder.end_test(Outcome.PASS)
    recorder.begin_test(
        "tests_hil/test_temperature.py::test_temperature",
        title="Temperature against the rig's thermometer",
        clauses=("TMP-3",),
    )
    recorder.end_test(Outcome.NOT_APPLICABLE, "the product has no temperature sensor")
