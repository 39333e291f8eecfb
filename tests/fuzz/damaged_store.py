"""Result stores whose file was damaged: bytes overwritten, the end cut off."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from products.model import load_product
from quantities.errors import StoreError
from reports.header import RunHeader
from reports.loader import list_runs, load_run
from reports.outcome import Outcome
from reports.record import RunStatus
from reports.recorder import Recorder
from reports.store import Store
from tests.fuzz.target import Pieces, Target

ROOT = Path(__file__).parents[2]
FOLDER = tempfile.TemporaryDirectory(prefix="cellrig-fuzz-")


def _sound() -> bytes:
    """The file of a store with one small run."""
    path = Path(FOLDER.name) / "sound.sqlite"
    product = load_product(ROOT / "products" / "lipo.toml")
    begun = datetime(2026, 11, 2, 8, tzinfo=UTC)
    with Store.open(path) as store:
        run_id = store.begin_run(
            RunHeader(
                started=begun,
                rig_name="Bench 3",
                rig_text="",
                topology="panel",
                product=product,
                product_text="",
                simulated=True,
                software={},
                selection=("test_x.py::test_x",),
            )
        )
        store.add_modules(run_id, {1: "SN0001"})
        recorder = Recorder(
            store,
            run_id,
            limits=product.limits,
            decision=product.decision,
            positions=[1],
            now=lambda: 1,
        )
        recorder.begin_test("test_x.py::test_x", title="x", clauses=["MSG-1"])
        recorder.measure("identification.answers", True)
        recorder.end_test(Outcome.PASS)
        recorder.note("something", kind="rig")
        store.finish_run(run_id, RunStatus.FINISHED, begun)
    return path.read_bytes()


SOUND = _sound()


def run(data: bytes) -> None:
    """Everything on record is read, or the store says that it cannot be."""
    pieces, content = Pieces(data), bytearray(SOUND)
    while pieces.left:
        place = pieces.number(len(content) or 1)
        if pieces.byte() == 0:
            del content[place:]
        else:
            piece = pieces.take(1 + pieces.byte() % 16)
            content[place : place + len(piece)] = piece
    path = Path(FOLDER.name) / "damaged.sqlite"
    for leftover in (
        path,
        path.with_name("damaged.sqlite-wal"),
        path.with_name("damaged.sqlite-shm"),
    ):
        leftover.unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        with Store.open(path) as store:
            for each in list_runs(store):
                load_run(store, each.run_id)
    except StoreError:
        pass


TARGET = Target(
    "damaged store",
    run,
    inputs=5_000,
    seeds=(b"", *(SOUND.find(word).to_bytes(4, "big") + b"\1\0x" for word in (b"finished", b'{"'))),
    longest=64,
)
