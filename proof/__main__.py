"""``python -m proof supervisor``: the whole catalogue, a table, and an exit status."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from proof.catalogue import supervisor_catalogue
from proof.processes import try_defects, try_reference
from proof.table import defects_table, reference_table

GROUPS_OF_THE_REFERENCE = 2
EXIT_HOLE, EXIT_USAGE = 1, 2

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def proof() -> None:
    """Run the suite against things that have a defect each: what it does not catch is a hole in it."""


@app.command()
def supervisor(
    names: Annotated[list[str] | None, typer.Argument(help="defects; all without")] = None,
) -> None:
    """Run the shortest catching scenario against each defective supervisor, and all with a sound one.

    Exit status 1 if a defect was not caught as expected, or the sound one did not pass.
    """
    console = Console()
    catalogue = {defect.name: defect for defect in supervisor_catalogue()}
    if unknown := sorted(set(names or ()) - set(catalogue)):
        console.print(f"no defects of the catalogue: {', '.join(unknown)}")
        raise typer.Exit(EXIT_USAGE)
    defects = [catalogue[name] for name in names or catalogue]
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("trials", total=len(defects) + GROUPS_OF_THE_REFERENCE)
        found = try_defects(defects, told=lambda: progress.advance(task))
        sound = try_reference(defects, told=lambda: progress.advance(task))
    console.print(defects_table(defects, found))
    missed = [name for name, finding in found.items() if not finding.as_expected]
    alarmed = [scenario for scenario, finding in sound.items() if not finding.as_expected]
    if alarmed:
        console.print(reference_table(sound))
    console.print(
        f"{len(defects) - len(missed)} of {len(defects)} defects caught; "
        f"the reference passed {len(sound) - len(alarmed)} of {len(sound)} scenarios"
    )
    if missed or alarmed:
        raise typer.Exit(EXIT_HOLE)


if __name__ == "__main__":
    app(prog_name="python -m proof")
