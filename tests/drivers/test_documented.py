"""docs/instruments.md: every model has its row, and the row says what its driver can do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from drivers.datasheet import known_models, load_datasheet
from drivers.roles import (
    AcAmmeter,
    AcVoltmeter,
    CurrentDigitizer,
    CurrentTrain,
    OverCurrentProtection,
    OverVoltageProtection,
)
from quantities import Clock
from rigs.rig_file import parse_rig_file
from rigs.simulation.instruments import simulated_models
from tests.drivers.scripted import Wire, opened

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
NOTHING = "–"
MODELS = [model for model in known_models() if not load_datasheet(model).model.idealised]

CAPABILITIES = {
    "OVP": OverVoltageProtection,
    "OCP": OverCurrentProtection,
    "AC": (AcVoltmeter, AcAmmeter),
    "trains": CurrentTrain,
    "digitizing": CurrentDigitizer,
}


def rows() -> dict[str, dict[str, str]]:
    """The cells of each model's row, by the heading of their column."""
    found: dict[str, dict[str, str]] = {}
    headings: list[str] = []
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("|-"):
            continue
        if cells[0] == "model":
            headings = cells
            continue
        for model in re.findall(r"`([\w-]+)`", cells[0]):
            assert model not in found, f"{model} has two rows"
            found[model] = dict(zip(headings, cells, strict=True))
    return found


ROWS = rows()


def test_every_model_has_a_row_and_every_row_is_a_model():
    assert sorted(ROWS) == MODELS


@pytest.mark.parametrize("model", MODELS)
def test_a_row_says_what_the_driver_can_do(model: str, wire: Wire, clock: Clock):
    row = ROWS[model]
    parts = opened(model, wire, clock).parts.values()
    for heading, roles in CAPABILITIES.items():
        if heading in row:
            able = all(isinstance(part, roles) for part in parts)
            assert (row[heading] != NOTHING) is able, heading
    assert row["family"] == f"`{load_datasheet(model).model.family}`"
    assert (row["simulated"] != NOTHING) is (model in simulated_models())


@pytest.mark.parametrize("model", MODELS)
def test_a_model_has_figures_with_their_document_and_its_family_a_test(model: str):
    sheet = load_datasheet(model)
    assert sheet.model.document
    test = ROOT / "tests" / "drivers" / "instruments" / f"test_{sheet.model.family}.py"
    assert re.search(r"^def test_", test.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_rig_files_shown_are_rig_files(block: str):
    assert parse_rig_file(tomllib.loads(block), where="docs/instruments.md").supply
