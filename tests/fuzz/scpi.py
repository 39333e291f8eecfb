"""The simulated instruments' ear: any line is commands with their values, or an error number."""

from __future__ import annotations

from functools import partial

import numpy as np

from rigs.simulation.instruments import build
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import STANDARD_TEXTS, CommandTree, ScpiError, _bind
from tests.fuzz.target import Target

MODELS = ("keysight-e36312a", "keysight-34461a", "keysight-daq970a", "rigol-dm3068")


def _tree(model: str) -> CommandTree:
    return build(
        model, serial_number="SIM0", kernel=Kernel(), generator=np.random.default_rng(0)
    )._tree


TREES = [_tree(model) for model in MODELS]


def run(data: bytes) -> None:
    """Understand a line and its parameters, without doing what it says."""
    tree = TREES[data[0] % len(TREES)] if data else TREES[0]
    try:
        for call in tree.calls(data[1:].decode("latin-1")):
            assert isinstance(call, partial)
            command, tokens = call.args
            assert len(_bind(command.parameters, tokens)) == len(command.parameters)
    except ScpiError as error:
        assert error.number in STANDARD_TEXTS


TARGET = Target(
    "scpi",
    run,
    inputs=2_500_000,
    seeds=(
        b"\0VOLT 3.7,(@1);*OPC?",
        b"\1:CONF:VOLT:DC 10,MAX;:READ?",
        b"\2ROUT:CLOS (@101,103:105)",
        b"\3:MEAS:VOLT:DC?",
        b'\0DISP:TEXT "a;b",#15hello',
    ),
    longest=80,
)
