"""The documents hold together: links lead somewhere, pages are found, and lists are whole."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """What a page's links to this checkout lead to: a file or folder, and an anchor or nothing."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield ((page.parent / path).resolve() if path else page), anchor


def anchors(page: Path) -> set[str]:
    """What a link may name in a page: its headings, in small letters with hyphens."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for target, anchor in links(page):
        assert target.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(target), f"{target} has no heading #{anchor}"


def test_every_page_is_found_from_the_first_one():
    found: set[Path] = set()
    to_read = [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page.is_dir():
            to_read += page.glob("*.md")
        elif page.suffix == ".md" and page not in found:
            found.add(page)
            to_read += [target for target, _ in links(page)]
    assert found == set(PAGES)


def test_the_decisions_are_numbered_and_listed_in_order():
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in pages]
    listed = re.findall(
        r"^(\d+)\. \[(.*)\]\((.*)\)$",
        (DECISIONS / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [int(page.name[:4]) for page in pages] == [*range(1, len(pages) + 1)]
    assert [(f"# {number}. {title}", name) for number, title, name in listed] == [
        (title, page.name) for title, page in zip(titles, pages, strict=True)
    ]


def test_contributors_are_told_of_every_room():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = pyproject["tool"]["setuptools"]["packages"]
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("\n## The rooms\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `([\w/]+)` \|", table, re.MULTILINE))
    due = {name.replace(".", "/") for name in packages if "." not in name}
    due |= {name.replace(".", "/") for name in packages if re.fullmatch(r"rigs\.\w+", name)}
    assert told == due | {"tests_hil", "tests"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_of_a_room_that_a_page_names_is_there(page: Path):
    named = re.findall(r"`(\w+/[\w./-]+)`", prose(page))
    rooms = {path.parent.name for path in ROOT.glob("*/*.py")} | {"docs"}
    missing = [name for name in named if name.split("/")[0] in rooms and not (ROOT / name).exists()]
    assert missing == []
