"""A look around before there is a rig file: who is there, and a first rig file made from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyvisa import rname
from pyvisa.highlevel import VisaLibraryBase

from drivers.datasheet import DataSheet, load_datasheet
from drivers.discovery import (
    ListedPort,
    count_modules,
    identify,
    listed_ports,
    listed_resources,
    model_of,
    open_sockets,
)
from quantities import Clock
from quantities.errors import RigError, UsageError
from quantities.tables import read_toml
from quantities.texts import printable
from rigs.guarding import KIND
from rigs.lock import RigLock
from rigs.rig_file import parse_rig_file

LOOKING = "cellrig discover"
FIRST_PORT = "/dev/ttyUSB0"
ROLES: tuple[tuple[str, Callable[[DataSheet], bool]], ...] = (
    ("supply", lambda sheet: bool(sheet.outputs)),
    ("voltmeter", lambda sheet: sheet.dc_voltage is not None),
    ("ammeter", lambda sheet: sheet.dc_current is not None),
    ("multiplexer", lambda sheet: sheet.relays is not None),
)
"""Each goes to the first instrument that can play it and has no other."""


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, what answered there, and which model of the catalogue that is."""

    resource: str
    answer: str = ""
    model: str | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that was found."""

    instruments: tuple[Found, ...]
    ports: tuple[ListedPort, ...]
    chain_port: str | None = None
    modules: int | None = None


def look_around(
    library: str | VisaLibraryBase,
    clock: Clock,
    *,
    hosts: Iterable[str] = (),
    named: Iterable[str] = (),
    chain_port: str | None = None,
    progress: Callable[[str], None],
) -> Surroundings:
    """List, and ask whom a run does not have; ``chain_port`` alone of all serial ports.

    ``named`` are further VISA resources. Raises ``InstrumentError`` if the VISA library cannot be
    used, ``PortError`` if the port cannot be opened, ``RigBusy`` if a run has it.
    """
    progress("listing VISA resources")
    resources = list(dict.fromkeys([*listed_resources(library), *named]))
    for host in hosts:
        progress(f"trying ports of {host}")
        resources += [each for each in open_sockets(host) if each not in resources]
    instruments = []
    for resource in resources:
        progress(resource)
        instruments.append(_asked(resource, library, clock))
    modules = None
    if chain_port is not None:
        progress(f"counting modules on {chain_port}")
        with _alone(chain_port, clock):
            modules = count_modules(chain_port, clock)
    return Surroundings(tuple(instruments), tuple(listed_ports()), chain_port, modules)


def _asked(resource: str, library: str | VisaLibraryBase, clock: Clock) -> Found:
    try:
        with _alone(_canonical(resource), clock):
            answer = identify(resource, library)
    except RigError as error:
        return Found(resource, fault=error.what)
    return Found(resource, answer, model_of(answer))


@contextmanager
def _alone(resource: str, clock: Clock) -> Iterator[None]:
    """Hold the lock that a run would; raises ``RigBusy`` if one does."""
    lock = RigLock([resource], clock, kind=KIND, doing=LOOKING)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _canonical(resource: str) -> str:
    try:
        return rname.to_canonical_name(resource)
    except rname.InvalidResourceName:
        return resource


# -- a first rig file ------------------------------------------------------------------------------


def draft(found: Surroundings, library: str) -> str:
    """The text of a rig file with roles guessed and what is to be decided said in comments."""
    known = [each for each in found.instruments if each.model]
    head = (
        "# Made by cellrig discover. Lines with DECIDE want a look.",
        'name = "New bench"              # DECIDE',
        'topology = "panel"',
        f"visa_library = {_quoted(library)}",
    )
    parts = ["\n".join(head) + "\n", _chain(found)]
    used: set[str] = set()
    for role, can_play in ROLES:
        for each in known:
            sheet = load_datasheet(str(each.model))
            if each.resource not in used and can_play(sheet):
                used.add(each.resource)
                parts.append(_role(role, each, sheet))
                break
        else:
            parts.append(f"# No instrument was found for [{role}].\n")
    parts += [_left(each) for each in found.instruments if each.resource not in used]
    parts.append("[wiring]\nsupply_lead_ohm = 0.05        # DECIDE: cellrig check measures it\n")
    return "\n".join(parts)


def write_draft(path: Path, text: str, *, over: bool) -> None:
    """Write it, and see that it loads; raises ``UsageError`` for what is there already.

    ``over`` writes over it.
    """
    try:
        with path.open("w" if over else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            expected="a new file in a folder that is there",
            remedy="name another, or say --force to write over it",
        ) from error
    parse_rig_file(read_toml(path, UsageError), where=str(path))


def _chain(found: Surroundings) -> str:
    port = found.chain_port or next((each.device for each in found.ports), FIRST_PORT)
    why = f"{found.modules} modules answered" if found.modules else "DECIDE"
    others = "".join(
        f"#   {printable(each.device)}: {printable(each.description)}\n" for each in found.ports
    )
    listed = f"# Serial ports of this machine:\n{others}" if others else "# No serial port.\n"
    return (
        f"{listed}[chain]\nport = {_quoted(port)}\n"
        f"modules = {found.modules or 1}                   # {why}\n"
    )


def _role(role: str, each: Found, sheet: DataSheet) -> str:
    lines = [
        f"# {printable(each.answer)}",
        f"[{role}]                      # DECIDE: guessed",
        f"model = {_quoted(str(each.model))}",
        f"resource = {_quoted(each.resource)}",
    ]
    if role == "supply":
        channels = ", ".join(str(output.channel) for output in sheet.outputs)
        lines.append(f"channel = {sheet.outputs[0].channel}                   # DECIDE: {channels}")
    if role == "supply" and all(output.greatest_over_voltage_V is None for output in sheet.outputs):
        lines.append("# accept_no_ovp = true        # DECIDE: it cannot trip at an over-voltage")
    if role != "multiplexer":
        lines.append("# calibration_due = 2027-01-31   # DECIDE")
    return "\n".join(lines) + "\n"


def _left(each: Found) -> str:
    who = each.answer or each.fault or "nothing"
    model = f" ({each.model})" if each.model else ""
    return f"# Without a role: {printable(each.resource)}{model}: {printable(who)}\n"


def _quoted(text: str) -> str:
    """A TOML basic string: as JSON's, but that TOML takes no DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
