"""Serial numbers, given outright or in a file, and the names of files made from them."""

from __future__ import annotations

import re

from fixtures.serialnumbers import read_serial_numbers
from quantities.errors import UsageError
from reports.certificate import file_name
from tests.fuzz.target import Target

MODULES = 2
HARMLESS = re.compile(r"[A-Za-z0-9_-]{1,80}\.html", re.ASCII)


def run(data: bytes) -> None:
    """One printable serial number for each module, or a usage error."""
    text = data.decode("utf-8", "surrogateescape")
    if text.startswith("file:") or text == "prompt":
        return
    assert HARMLESS.fullmatch(file_name(text, text, 256))
    try:
        numbers = read_serial_numbers(text, MODULES, ask)
    except UsageError as error:
        assert str(error).isprintable()
        return
    assert len(numbers) == MODULES
    assert all(number.isprintable() for number in numbers)


def ask(text: str) -> str:
    """Nobody is at the terminal."""
    raise EOFError(text)


TARGET = Target(
    "serial numbers",
    run,
    inputs=1_000_000,
    seeds=(b"SN1,SN2", b"../../x,<script>", "\u202eA,\u00c4".encode(), b'";DROP TABLE runs;--,x'),
    longest=300,
)
