"""docs/pack-bench.md explains every key of a simulated pack, and everything that can befall it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rigs.rig_file import ROLES_OF_ONE_TOPOLOGY, Topology
from rigs.rig_tables import ShuntTable
from rigs.simulation.pack.incidents import INCIDENTS
from rigs.simulation.pack.table import CellTable, IncidentTable, PackTable
from rigs.simulation.table import ShippedTable

PAGE = Path(__file__).parents[4] / "docs" / "pack-bench.md"
EXPLAINED = set(re.findall(r"`\[*([\w.-]+?)\]*`", PAGE.read_text(encoding="utf-8")))
IN_THE_EXAMPLE = {"begins_s", "ends_s"}
IN_HEADINGS = {"cell", "cells"}


@pytest.mark.parametrize("table", [CellTable, PackTable, ShippedTable, ShuntTable])
def test_every_key_is_explained(table: type[BaseModel]):
    assert set(table.model_fields) - IN_HEADINGS <= EXPLAINED


def test_every_role_of_a_pack_is_explained():
    roles = {role for role, of in ROLES_OF_ONE_TOPOLOGY.items() if of is Topology.PACK}
    assert roles <= EXPLAINED


def test_every_incident_is_explained_with_what_describes_it():
    figures = {
        name
        for incident in INCIDENTS.values()
        for name in list(inspect.signature(incident).parameters)[1:]
    }
    assert set(INCIDENTS) | figures <= EXPLAINED
    assert figures | {"what"} | IN_THE_EXAMPLE == set(IncidentTable.model_fields)
