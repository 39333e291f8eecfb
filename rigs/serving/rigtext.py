"""The rig file that leads to a served bench, ready for another process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rigs.rig_file import RigFile
from rigs.serving.served import Address, ServedBench

LATENCY_S = 0.2
"""How late a machine that has other work may hand over a character."""


def served_rig_text(file: RigFile, served: ServedBench, today: date) -> str:
    """The served bench's rig file (TOML), from the one that has its ``[simulation]``.

    Dates of calibration move from the simulated calendar to today's. The chain is reached by the
    pseudo-terminal where there is one.
    """
    assert file.simulation is not None  # noqa: S101 - nothing else can be served
    later = today - file.simulation.start.date()
    table = file.model_dump(
        exclude_defaults=True, exclude_none=True, exclude={"simulation", "visa_library"}
    )
    table["served"] = True
    table["chain"] |= {
        "port": served.terminal or socket_url(served.chain),
        "latency_s": max(LATENCY_S, file.chain.latency_s),
        "timed": False,
    }
    for role, instrument in file.instruments().items():
        table[role]["resource"] = resource_at(served.instruments[instrument.resource])
        for key in {"calibrated", "calibration_due"} & table[role].keys():
            table[role][key] += later
    return "\n".join(_lines(table)) + "\n"


def socket_url(address: Address) -> str:
    """What pyserial calls it."""
    return f"socket://{address.host}:{address.port}"


def resource_at(address: Address) -> str:
    """What VISA calls it."""
    return f"TCPIP0::{address.host}::{address.port}::SOCKET"


def _lines(table: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """A table in TOML: its values, then the tables in it."""
    for key, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{key} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield ""
            yield f"[{name}{key}]"
            yield from _lines(value, f"{name}{key}.")


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
