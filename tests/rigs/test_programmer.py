"""The programmer: any program of the user's, here Python itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from quantities.errors import RigError, RigFileError
from rigs.programmer import program
from rigs.rig_file import load_rig_file, parse_rig_file

SAYS = "import sys; print('flashed', *sys.argv[1:])"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "module $HOME; rm -rf.hex"
    path.write_bytes(b":00000001FF\n")
    return path


def run(*arguments: str, image: Path, modules: int = 3, timeout_s: float = 60.0) -> list[str]:
    command = [sys.executable, "-c", *arguments]
    return [done.output for done in program(command, image, modules=modules, timeout_s=timeout_s)]


def test_a_program_without_a_position_flashes_all_at_once(image: Path):
    assert run(SAYS, "--file={image}", image=image) == [f"flashed --file={image}"]


def test_a_program_with_a_position_flashes_each_module_in_turn(image: Path):
    said = run(SAYS, "{position}", "{image}", image=image)
    assert said == [f"flashed {position} {image}" for position in (1, 2, 3)]


def test_no_shell_and_no_other_placeholder_is_obeyed(image: Path):
    said = run(SAYS, "{image} && echo $HOME {0} {unknown}", image=image)
    assert said == [f"flashed {image} && echo $HOME {{0}} {{unknown}}"]


def test_what_it_says_on_either_stream_is_kept(image: Path):
    script = "import sys; print('out', flush=True); sys.stderr.write('err\\n\\udcff')"
    (said,) = run(script, "{image}", image=image)
    assert "out" in said
    assert "err" in said


def test_of_a_flood_the_end_is_kept(image: Path):
    (said,) = run("print('x' * 100_000); print('done')", "{image}", image=image)
    assert said.startswith("…x")
    assert said.endswith("done")
    assert len(said) < 30_000


def test_an_exit_status_other_than_zero_is_the_rigs_fault(image: Path):
    script = "import sys; print('no target voltage'); sys.exit(3)"
    with pytest.raises(RigError, match=r"exit status 3: no target voltage") as caught:
        run(script, "{image}", image=image)
    assert caught.value.where == "[programmer]"


def test_modules_behind_a_failure_are_not_flashed(image: Path, tmp_path: Path):
    script = f"""
import sys
open({str(tmp_path / "log")!r}, "a").write(sys.argv[1])
sys.exit(sys.argv[1] == "2")
"""
    with pytest.raises(RigError):
        run(script, "{position}", "{image}", image=image)
    assert (tmp_path / "log").read_text() == "12"


def test_a_program_that_does_not_end_is_ended(image: Path):
    script = "print('erasing', flush=True); import threading; threading.Event().wait()"
    with pytest.raises(RigError, match=r"not done after 2 s: erasing"):
        run(script, "{image}", image=image, timeout_s=2.0)


@pytest.mark.parametrize("name", ["/nowhere/programmer", "bad\0name"])
def test_a_program_that_is_not_there_is_the_rigs_fault(image: Path, name: str):
    with pytest.raises(RigError, match="cannot be started"):
        list(program([name, "{image}"], image, modules=1, timeout_s=1.0))


def test_a_program_cannot_wait_for_the_keyboard(image: Path):
    with pytest.raises(RigError, match="EOFError"):
        run("input('sure? ')", "{image}", image=image)


RIG = """
name = "Bench"
topology = "panel"
chain = {{ modules = 1, port = "COM3" }}
programmer = {{ {} }}
"""


@pytest.mark.parametrize(
    ("programmer", "complaint"),
    [
        ("command = []", "programmer.command"),
        ('command = ["flash"]', "a program and its arguments are due"),
        ('command = ["", "{image}"]', "a program and its arguments are due"),
        ('command = "flash {image}"', "programmer.command"),
        ('command = ["flash", 3, "{image}"]', "programmer.command.1"),
        ('command = ["flash", "{image}"], timeout_s = 0', "programmer.timeout_s"),
        ('command = ["flash", "{image}"], shell = true', "programmer.shell"),
    ],
)
def test_a_programmer_that_would_not_flash_the_image_is_refused(
    tmp_path: Path, programmer: str, complaint: str
):
    path = tmp_path / "rig.toml"
    path.write_text(RIG.format(programmer), encoding="utf-8")
    with pytest.raises(RigFileError, match=complaint):
        load_rig_file(path)


def test_a_programmer_has_its_time_unless_stated():
    table = {
        "name": "Bench",
        "topology": "panel",
        "chain": {"modules": 1, "port": "COM3"},
        "programmer": {"command": ["flash", "{image}"]},
    }
    programmer = parse_rig_file(table, where="here").programmer
    assert programmer is not None
    assert programmer.timeout_s == 120.0
