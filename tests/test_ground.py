"""What the project stands on: its rooms, its pins, and what its files may mention."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PYPROJECT["tool"]["setuptools"]["packages"]
MODULES: list[str] = PYPROJECT["tool"]["setuptools"]["py-modules"]
ROOMS = {package for package in PACKAGES if "." not in package}

REGISTRY_HOST = re.compile(
    r"pypi\.(?:org|python)|pythonhosted\.|(?:npmjs|crates|anaconda)\.(?:org|io|com)"
)
HOME_PATH = re.compile(r"/(?:home|root|Users)/\w|[A-Z]:\\Users\\")


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether for annotations only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_annotations = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node in for_annotations) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node in for_annotations


@pytest.mark.parametrize("name", [*PACKAGES, *MODULES])
def test_everything_listed_is_importable_from_its_own_folder(name: str):
    module: ModuleType = importlib.import_module(name)
    assert module.__spec__ is not None
    origin = module.__spec__.origin or next(iter(module.__path__))
    assert Path(origin).is_relative_to(ROOT)
    for exported in getattr(module, "__all__", []):
        assert hasattr(module, exported), f"{name}.__all__ names {exported}, which is not there"


def test_every_folder_with_code_in_a_room_is_listed_as_a_package():
    with_code = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }
    assert with_code <= set(PACKAGES)


def test_every_package_at_the_root_is_listed_as_a_room():
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == ROOMS


def test_quantities_rest_on_numpy_and_the_standard_library_alone():
    allowed = sys.stdlib_module_names | {"numpy", "typing_extensions", "quantities"}
    imported = {
        (path.name, name)
        for path in (ROOT / "quantities").rglob("*.py")
        for name, _ in imports_of(path)
        if name.split(".")[0] not in allowed
    }
    assert imported == set()


def test_qualification_tests_import_rooms_for_annotations_only():
    at_run_time = {
        (path.name, name)
        for path in (ROOT / "tests_hil").rglob("*.py")
        for name, for_annotations in imports_of(path)
        if name.split(".")[0] in ROOMS and not for_annotations
    }
    assert at_run_time == set()


def pins() -> dict[str, Requirement]:
    """The constraints by canonical package name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if not line.startswith("#")]
    pinned = {canonicalize_name(requirement.name): requirement for requirement in requirements}
    assert len(pinned) == len(requirements), "a package is pinned twice"
    return pinned


def test_constraints_are_exact_versions_from_no_particular_place():
    for requirement in pins().values():
        assert requirement.url is None
        assert [specifier.operator for specifier in requirement.specifier] == ["=="]


def test_every_package_that_gets_installed_is_pinned():
    project = PYPROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["develop"]]
    open_requirements = [Requirement(line) for line in wanted]
    installed: set[str] = set()
    while open_requirements:
        requirement = open_requirements.pop()
        name = canonicalize_name(requirement.name)
        if name not in installed:
            installed.add(name)
            open_requirements += installed_with(requirement)
    # An extra of the project itself asks for the project.
    assert installed - {project["name"]} == {
        name for name, pin in pins().items() if applies(pin, "")
    }


def installed_with(requirement: Requirement) -> list[Requirement]:
    """What an installed package requires here, for the extras asked of it."""
    lines = importlib.metadata.requires(requirement.name) or []
    extras = requirement.extras or {""}
    return [
        needed
        for needed in map(Requirement, lines)
        if any(applies(needed, extra) for extra in extras)
    ]


def applies(requirement: Requirement, extra: str) -> bool:
    """Whether a requirement's marker holds on this machine."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def test_no_file_names_a_package_registry_or_a_path_of_one_machine(
    require_program: Callable[..., Path],
):
    git = require_program("git", package="git")
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(  # noqa: S603 - fixed arguments, and git as found on the PATH
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listing.stdout.decode().split("\0")):
        path = ROOT / name
        text = path.read_text(encoding="utf-8", errors="ignore") if path.is_file() else ""
        assert not REGISTRY_HOST.search(text), f"{name} names a package registry"
        assert not HOME_PATH.search(text), f"{name} names somebody's home folder"
        assert str(ROOT) not in text, f"{name} names the folder of this checkout"


def test_system_packages_lists_what_the_tests_ask_for_and_nothing_else():
    script = (ROOT / "scripts" / "system-packages").read_text(encoding="utf-8")
    wanted = re.search(r'^wanted="\n(.*?)^"$', script, re.MULTILINE | re.DOTALL)
    assert wanted is not None
    listed = {line.split()[0] for line in wanted[1].splitlines()}
    assert listed == set(packages_asked_for())


def packages_asked_for() -> Iterator[str]:
    """The package of every ``require_program(..., package="package")``."""
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "require_program":
                yield ast.literal_eval(node.keywords[0].value)


def test_a_missing_program_skips_and_names_its_package(
    require_program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    find = require_program
    monkeypatch.delenv("CELLRIG_REQUIRE_PROGRAMS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program: install some-package"):
        find("no-such-program", package="some-package")


def test_a_missing_program_fails_where_programs_are_required(
    require_program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    find = require_program
    monkeypatch.setenv("CELLRIG_REQUIRE_PROGRAMS", "1")
    with pytest.raises(pytest.fail.Exception, match="no-such-program: install some-package"):
        find("no-such-program", package="some-package")
