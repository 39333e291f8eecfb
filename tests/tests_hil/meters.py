"""Simulated rigs that measure modules' currents in different ways, and modules with defects."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures.sessions import ROOT

FULL = ROOT / "rigs" / "simulated.toml"

RELAYS, AMMETER, READBACK = "relays", "ammeter", "readback"


def rig(place: Path, meter: str, *, modules: int = 4, seed: int = 1, simulation: str = "") -> Path:
    """A rig that measures current through relays, in the whole feed, or by its supply alone."""
    text = FULL.read_text(encoding="utf-8")
    text = text.replace("modules = 4", f"modules = {modules}").replace("20260117", str(seed))
    text = text.replace("channels = [101, 102, 103, 104]\n", "")
    left_out = {RELAYS: [], AMMETER: ["multiplexer"], READBACK: ["multiplexer", "ammeter"]}
    for role in left_out[meter]:
        before, _, after = text.partition(f"[{role}]\n")
        text = before + after[after.index("[") :]
    path = place / "rig.toml"
    path.write_text(text + simulation, encoding="utf-8")
    return path


def spoilt(defect: str, position: int) -> str:
    return f'[simulation.modules.{position}]\ndefects = ["{defect}"]\n'


def one(outcome: str, position: int, others: str = "pass", modules: int = 4) -> list[str]:
    return [outcome if at == position else others for at in range(1, modules + 1)]
