"""Messages of the chain: whatever comes is one, told exactly, or no message."""

from __future__ import annotations

from drivers.chain.messages import decode, encode
from drivers.chain.pipeline import key_of
from quantities.errors import ProtocolError
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    """A message that is understood reads the same when it is sent again."""
    try:
        message = decode(data)
    except ProtocolError:
        return
    sent = encode(message)
    assert sent == data.replace(b"\n", b"").removesuffix(b"\r") + b"\r"
    assert decode(sent) == message
    assert key_of(decode(sent)) == key_of(message)


TARGET = Target(
    "codec",
    run,
    inputs=5_000_000,
    seeds=(b"A03U\r", b"\nA00U53C8\r", b"A01W4BD000\r", b"S0F\r", b"e\r", b"A10V4A0", b"d"),
    longest=24,
)
