"""TOML files that cannot be read: one error of ours, naming the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from quantities.errors import RigFileError
from quantities.tables import complaints, read_toml


def refusal(path: Path) -> str:
    with pytest.raises(RigFileError) as caught:
        read_toml(path, RigFileError)
    assert caught.value.where == str(path)
    assert caught.value.expected is not None
    return str(caught.value)


def test_the_tables_of_a_file_come_as_they_stand(tmp_path: Path):
    path = tmp_path / "file.toml"
    path.write_text('name = "Bänk"\n[chain]\nmodules = 4\n', encoding="utf-8")
    assert read_toml(path, RigFileError) == {"name": "Bänk", "chain": {"modules": 4}}


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    assert "cannot be read" in refusal(tmp_path / "absent.toml")


def test_a_folder_is_no_file(tmp_path: Path):
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"name = ",
        b"<html>not TOML</html>",
        b"name = 'B\xe4nk'",
        b"\xff\xfen\x00a\x00m\x00e\x00",
        b"\x00",
        b"a = 1\na = 2",
        b"a = " + b"[" * 20_000,
    ],
    ids=["cut off", "HTML", "Latin-1", "UTF-16", "NUL", "a key twice", "nested too deep"],
)
def test_what_is_not_toml_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    assert "is not TOML" in refusal(path)


def test_complaints_name_the_key_and_say_what_is_wrong():
    details = [
        {"loc": ("chain", "modules"), "msg": "Field required"},
        {"loc": (), "msg": "Value error, [chain] port is needed"},
    ]
    assert complaints(details) == "[chain.modules] Field required; [file] [chain] port is needed"
