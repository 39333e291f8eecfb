"""The command line: rigs looked at and served, what is on record, and its documents.

The rooms are imported inside the commands, when it is certain whose they are: packages named
``fixtures``, ``quantities`` and ``supervisor`` exist that are not ours, and an editable
installation is asked last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from reports.record import RunRecord, RunSummary

ROOMS = ("quantities", "products", "drivers", "supervisor", "reports", "rigs", "fixtures", "proof")
DEFAULT_STORE = "results/cellrig.sqlite"
ID_CHARACTERS = 8
RUN_HELP = "its id, the beginning of it, last, or firmware:REV for the newest run of that"
FIRMWARE = "firmware:"
EXIT_USAGE, EXIT_RIG = 2, 6

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

StoreOption = Annotated[
    str, typer.Option("--store", metavar="PATH|URL", help="where the results are kept")
]


def main() -> None:
    """Start the command line."""
    app()


# -- commands --------------------------------------------------------------------------------------


@app.callback()
def check_rooms() -> None:
    """Look at rigs, and at what qualification runs have left on record."""
    intruders = find_intruders(Path(__file__).parent)
    for room, origin in intruders.items():
        typer.echo(intrusion(room, origin), err=True)
    if intruders:
        raise typer.Exit(EXIT_USAGE)


@contextmanager
def errors_told() -> Iterator[None]:
    """Tell an error of our tree in one message, and end with its exit status."""
    from quantities.errors import CellrigError, UsageError  # noqa: PLC0415 - see above

    try:
        yield
    except CellrigError as error:
        typer.echo(f"cellrig: {error}", err=True)
        raise typer.Exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_RIG) from None


@app.command()
@errors_told()
def history(
    store: StoreOption = DEFAULT_STORE,
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, help="how many runs to list at most")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: a JSON list")] = False,  # noqa: FBT002 - typer's way to say flag
) -> None:
    """List the runs on record, the newest first."""
    from reports.loader import list_runs, load_run  # noqa: PLC0415 - see above
    from reports.store import Store  # noqa: PLC0415 - see above
    from reports.terminal import runs_table  # noqa: PLC0415 - see above

    with Store.open(existing(store)) as results:
        runs = [load_run(results, run.run_id) for run in list_runs(results)[:number]]
    if as_json:
        typer.echo(json.dumps([as_entry(run) for run in runs], indent=2))
    else:
        Console().print(runs_table(runs))


@app.command()
@errors_told()
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP)],
    store: StoreOption = DEFAULT_STORE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="where to write it (report-ID.html)"),
    ] = None,
) -> None:
    """Write the qualification document of a run as one HTML file."""
    from reports.document import render_page  # noqa: PLC0415 - see above
    from reports.loader import list_runs, load_run  # noqa: PLC0415 - see above
    from reports.store import Store  # noqa: PLC0415 - see above

    with Store.open(existing(store)) as results:
        record = load_run(results, find_run(list_runs(results), run))
    path = output or Path(f"report-{record.run_id[:ID_CHARACTERS]}.html")
    write_page(path, render_page(record))
    typer.echo(f"Report: {path}")


@app.command()
@errors_told()
def certificate(
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP)],
    store: StoreOption = DEFAULT_STORE,
    position: Annotated[
        list[int] | None,
        typer.Option("--position", "-p", help="of this module alone; may be repeated"),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="the folder to write to")
    ] = Path("certificates"),
) -> None:
    """Write the certificates of a run's modules, a page to print for each."""
    from reports.certificate import write_certificates  # noqa: PLC0415 - see above
    from reports.loader import list_runs, load_run  # noqa: PLC0415 - see above
    from reports.store import Store  # noqa: PLC0415 - see above

    with Store.open(existing(store)) as results:
        record = load_run(results, find_run(list_runs(results), run))
    for path in write_certificates(record, output, position or None):
        typer.echo(f"Certificate: {path}")


@app.command()
@errors_told()
def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help=RUN_HELP)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="likewise")],
    store: StoreOption = DEFAULT_STORE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="write an HTML page too")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: a JSON object")] = False,  # noqa: FBT002 - typer's way to say flag
    factor: Annotated[
        float, typer.Option("--factor", min=1.0, help="times U that a value must have moved by")
    ] = 1.0,
) -> None:
    """Set two runs side by side; exit status 0 nothing changed, 1 something did."""
    from reports.compare import compare as compare_runs  # noqa: PLC0415 - see above
    from reports.compareview import as_json as comparison_as_json  # noqa: PLC0415 - see above
    from reports.compareview import render_comparison  # noqa: PLC0415 - see above
    from reports.loader import list_runs, load_run  # noqa: PLC0415 - see above
    from reports.store import Store  # noqa: PLC0415 - see above
    from reports.terminal import print_comparison  # noqa: PLC0415 - see above

    with Store.open(existing(store)) as results:
        runs = list_runs(results)
        records = [load_run(results, find_run(runs, wanted)) for wanted in (base, new)]
    comparison = compare_runs(*records, factor=factor)
    if output is not None:
        write_page(output, render_comparison(comparison))
    if as_json:
        typer.echo(json.dumps(comparison_as_json(comparison), indent=2))
    else:
        print_comparison(Console(), comparison)
    raise typer.Exit(int(comparison.changed))


@app.command()
@errors_told()
def serve(
    rig: Annotated[Path, typer.Argument(metavar="RIG", help="the rig file with [simulation]")],
    host: Annotated[
        str,
        typer.Option("--host", help="the address to listen at; other machines reach no loopback"),
    ] = "127.0.0.1",
    first_port: Annotated[
        int,
        typer.Option(
            "--first-port", min=0, max=65000, help="of the chain; instruments follow (0: any)"
        ),
    ] = 0,
    write_rig: Annotated[
        Path | None,
        typer.Option(
            "--write-rig", metavar="FILE", help="where to write the rig file that leads here"
        ),
    ] = None,
) -> None:
    """Put a simulated bench on real wires, in wall time, until Ctrl-C."""
    from rigs.rig_file import load_rig_file  # noqa: PLC0415 - see above
    from rigs.serving.command import serve as serve_bench  # noqa: PLC0415 - see above

    serve_bench(
        load_rig_file(rig), host=host, first_port=first_port, write_rig=write_rig, say=typer.echo
    )


@app.command()
@errors_told()
def restore(
    rig: Annotated[Path, typer.Option("--rig", metavar="FILE", help="the rig file of that run")],
    run: Annotated[str, typer.Argument(metavar="[RUN]", help=RUN_HELP)] = "last",
    store: StoreOption = DEFAULT_STORE,
    wait_for_rig_s: Annotated[
        float, typer.Option("--wait-for-rig", metavar="SECONDS", help="while another run has it")
    ] = 0.0,
    yes: Annotated[bool, typer.Option("--yes", help="its modules are on the rig")] = False,  # noqa: FBT002 - typer's way to say flag
) -> None:
    """Write back the settings that a run which broke off had found on its modules."""
    from fixtures.restoration import Restoration  # noqa: PLC0415 - see above
    from reports.loader import list_runs, load_run  # noqa: PLC0415 - see above
    from reports.store import Store  # noqa: PLC0415 - see above
    from rigs.rig_file import load_rig_file  # noqa: PLC0415 - see above

    with Store.open(existing(store)) as results:
        record = load_run(results, find_run(list_runs(results), run))
        restoration = Restoration(record, load_rig_file(rig))
        typer.echo("\n".join(restoration.modules()))
        if not yes:
            typer.confirm("Are these the modules on the rig?", abort=True)
        lines, restored = restoration.carry_out(results, wait_s=wait_for_rig_s)
    typer.echo("\n".join(lines))
    raise typer.Exit(int(not restored))


@app.command()
@errors_told()
def check(
    rig: Annotated[Path, typer.Argument(metavar="RIG", help="the rig file")],
    product: Annotated[
        Path | None,
        typer.Option(
            "--product",
            metavar="FILE",
            help="of the modules on the rig; without it nothing is switched on",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: a JSON object")] = False,  # noqa: FBT002 - typer's way to say flag
    wait_for_rig_s: Annotated[
        float, typer.Option("--wait-for-rig", metavar="SECONDS", help="while another run has it")
    ] = 0.0,
) -> None:
    """Look at a rig before the shift; exit status 0 all is fine, 6 the rig is sick."""
    from fixtures.checking import as_json as findings_as_json  # noqa: PLC0415 - see above
    from fixtures.checking import check_rig, is_sound  # noqa: PLC0415 - see above
    from products.model import load_product  # noqa: PLC0415 - see above
    from reports.terminal import findings_table, plain  # noqa: PLC0415 - see above
    from rigs.rig_file import load_rig_file  # noqa: PLC0415 - see above

    file, modules = load_rig_file(rig), load_product(product) if product else None
    with Console(stderr=True).status("") as status:
        found = list(check_rig(file, modules, status.update, wait_s=wait_for_rig_s))
    if as_json:
        typer.echo(json.dumps(findings_as_json(file, found), indent=2))
    else:
        console = Console()
        console.print(plain(f"{file.name}{' (SIMULATED)' if file.simulation else ''}"))
        console.print(
            findings_table((each.result, each.what, each.found, each.remedy) for each in found)
        )
    raise typer.Exit(0 if is_sound(found) else EXIT_RIG)


@app.command()
@errors_told()
def discover(
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host", metavar="ADDRESS", help="try its SCPI sockets, which cannot be listed"
        ),
    ] = None,
    resource: Annotated[
        list[str] | None,
        typer.Option("--resource", metavar="VISA", help="ask this one too; may be repeated"),
    ] = None,
    probe_chain: Annotated[
        str | None,
        typer.Option("--probe-chain", metavar="PORT", help="count the modules on this serial port"),
    ] = None,
    visa_library: Annotated[
        str, typer.Option("--visa-library", metavar="LIBRARY", help="which VISA library lists")
    ] = "@py",
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="write a first rig file")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="over one that is there")] = False,  # noqa: FBT002 - typer's way to say flag
    as_json: Annotated[bool, typer.Option("--json", help="for programs: a JSON object")] = False,  # noqa: FBT002 - as above
) -> None:
    """List instruments and serial ports, ask who they are, and draft a rig file."""
    from dataclasses import asdict  # noqa: PLC0415 - see above

    from quantities import WallClock  # noqa: PLC0415 - see above
    from reports.terminal import print_surroundings  # noqa: PLC0415 - see above
    from rigs.discovery import draft, look_around, write_draft  # noqa: PLC0415 - see above

    with Console(stderr=True).status("") as status:
        found = look_around(
            visa_library,
            WallClock(),
            hosts=host or (),
            named=resource or (),
            chain_port=probe_chain,
            progress=status.update,
        )
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        print_surroundings(
            Console(),
            [(each.resource, each.answer or each.fault, each.model) for each in found.instruments],
            [(each.device, each.description) for each in found.ports],
            host or (),
        )
        if probe_chain:
            hint = "" if found.modules else " (modules want power before they do)"
            typer.echo(f"{probe_chain}: {found.modules or 'no'} modules answer{hint}")
    if write is not None:
        write_draft(write, draft(found, visa_library), over=force)
        typer.echo(f"Rig file: {write}", err=as_json)


@app.command()
def version() -> None:
    """Tell which cellrig this is."""
    typer.echo(f"cellrig {installed_version('cellrig')}")


def write_page(path: Path, page: str) -> None:
    """Write a page; raises ``UsageError`` if that cannot be."""
    from quantities.errors import UsageError  # noqa: PLC0415 - see above

    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            expected="a file in a folder that is there",
        ) from error


# -- runs ------------------------------------------------------------------------------------------


def existing(store: str) -> str:
    """The same place; raises ``StoreError`` for a file that is not there, instead of making it."""
    from quantities.errors import StoreError  # noqa: PLC0415 - see above

    if "://" not in store and not Path(store).is_file():
        raise StoreError(
            "there is no result store",
            where=store,
            remedy="run a qualification, or say with --store where the results are",
        )
    return store


def find_run(runs: Sequence[RunSummary], wanted: str) -> str:
    """The id of the run that is meant, of runs with the newest first.

    Raises ``UsageError`` if it is not one run that is meant.
    """
    from quantities.errors import UsageError  # noqa: PLC0415 - see above

    if not runs:
        raise UsageError("no run is on record yet")
    if wanted == "last":
        return runs[0].run_id
    if wanted.startswith(FIRMWARE):
        revision = wanted.removeprefix(FIRMWARE)
        for run in runs:
            if revision and run.firmware.revision == revision:
                return run.run_id
        raise UsageError(f"no run of firmware {revision!r} is on record")
    found = [run.run_id for run in runs if run.run_id.startswith(wanted.lower())]
    if len(found) != 1:
        raise UsageError(
            f"{len(found) or 'no'} runs begin with {wanted!r}",
            expected="the id of one run, the beginning of it, last, or firmware:REV",
            remedy="cellrig history lists the runs",
        )
    return found[0]


def as_entry(run: RunRecord) -> dict[str, object]:
    """A run as a JSON object."""
    return {
        "id": run.run_id,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "status": run.status,
        "rig": run.rig_name,
        "product": run.product_name,
        "verdict": run.conclusion,
        "settings_unknown": list(run.settings_unknown),
        "simulated": run.simulated,
    }


# -- rooms -----------------------------------------------------------------------------------------


def find_intruders(folder: Path, rooms: Sequence[str] = ROOMS) -> dict[str, Path | None]:
    """Rooms that would not be imported from ``folder``, and where from; None is nowhere."""
    origins = {room: origin_of(room) for room in rooms}
    return {room: origin for room, origin in origins.items() if origin != (folder / room).resolve()}


def origin_of(room: str) -> Path | None:
    """The folder or file that a room would be imported from."""
    found = find_spec(room)
    if found is None:
        return None
    places = [*(found.submodule_search_locations or []), found.origin]
    return next((Path(place).resolve() for place in places if place), None)


def intrusion(room: str, origin: Path | None) -> str:
    """What is wrong with a room, and what to do about it."""
    if origin is None:
        return f"cellrig: its part {room!r} is not there; what to do: install it anew with make"
    return (
        f"cellrig: {origin} stands in the way of its own part {room!r}; what to do: "
        f"python -m pip uninstall {room}, or take that folder off PYTHONPATH, or use the "
        "environment that make sets up in .venv"
    )
