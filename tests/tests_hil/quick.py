"""A product like the LiPo module whose procedures take fewer steps, and outcomes test by test."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures.sessions import LIPO, Session, qualify
from tests.tests_hil.meters import READBACK, rig, spoilt

PROVISIONING = "tests_hil/test_02_provisioning.py"

PROCEDURES = """
[thresholds]
readings = 2

[power]
dips_V = [2.0, 1.0]
ramp_step_V = 0.2
cut_writes = 4
{power}
"""


def quick_product(place: Path, options: str = "", power: str = "") -> Path:
    path = place / "quick.toml"
    procedures = PROCEDURES.format(power=power)
    path.write_text(f'like = "{LIPO.as_posix()}"\n{procedures}\n{options}', encoding="utf-8")
    return path


def provisioned(
    place: Path,
    *tests: str,
    modules: int = 4,
    seed: int = 1,
    defects: dict[int, str] | None = None,
    simulation: str = "",
    options: str = "",
    power: str = "",
    arguments: tuple[str, ...] = (),
) -> Session:
    """A run of these tests with modules that were provisioned before, some of them spoilt."""
    spoiling = "".join(spoilt(defect, at) for at, defect in (defects or {}).items())
    return qualify(
        place,
        *arguments,
        rig=rig(place, READBACK, modules=modules, seed=seed, simulation=spoiling + simulation),
        product=quick_product(place, options, power),
        tests=(PROVISIONING, *tests),
    )


def not_passed(session: Session) -> dict[str, list[str]]:
    """By test, of those that not all modules passed."""
    names = [test.nodeid.rpartition("::")[2] for test in session.record.tests]
    by_test = {name: session.outcomes(name) for name in names}
    return {name: seen for name, seen in by_test.items() if set(seen) != {"pass"}}
