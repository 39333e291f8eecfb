"""What is known of a run when it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from products.model import Product, RunPurpose
from reports.clauses import Clause


@dataclass(frozen=True, kw_only=True)
class Firmware:
    """What runs on the modules, as far as it was stated."""

    revision: str = ""
    image: str = ""
    """The image's file name."""
    image_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class RunHeader:
    """What is known when a run begins. Files go in as their whole text."""

    started: datetime
    rig_name: str
    rig_text: str
    topology: str
    product: Product
    product_text: str
    simulated: bool
    purpose: RunPurpose = RunPurpose.QUALIFICATION
    clauses: tuple[Clause, ...] = ()
    """All that there are, in the order of their document."""
    firmware: Firmware = Firmware()
    seed: int | None = None
    operator: str = ""
    software: Mapping[str, str]
    """Version by name, Python among them."""
    git_revision: str = ""
    git_dirty: bool = False
    platform: str = ""
    selection: tuple[str, ...] = ()
    """The node ids of all selected tests: one that never ran leaves the run incomplete."""
    narrowed: str = ""
    """By what the selection was narrowed (``-k accuracy``); empty if it was not."""
    command_line: str = ""
