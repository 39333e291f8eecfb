"""A supply on a real TCP port, in wall time, that serves one client at a time."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from threading import Event, Thread

from quantities import Purpose, WallClock

IDENTITY = "Keysight Technologies,E36312A,MY59000001,2.1.0"


class WiredSupply:
    """As much of an E36312A as a rig asks of it; others wait in the line for the one client."""

    def __init__(self) -> None:
        self.on: set[str] = set()
        self.hangs = Event()
        """While set, it accepts connections and answers nothing."""
        self.identity = IDENTITY
        self.lines: list[str] = []
        self._over_voltage_V = "5.5"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = Event()
        self._dropping = Event()
        self._thread = Thread(target=self._serve)
        self._thread.start()

    @property
    def resource(self) -> str:
        return f"TCPIP0::127.0.0.1::{self._listener.getsockname()[1]}::SOCKET"

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._listener.close()

    def drop_client(self) -> None:
        """Close its connection from this end, and wait until that is done."""
        self._dropping.set()
        while self._dropping.is_set():
            WallClock().wait(0.005, Purpose.IDLE)

    def wait_until_off(self, within_s: float) -> bool:
        clock = WallClock()
        deadline_ns = clock.now() + round(within_s * 1e9)
        while self.on and clock.now() < deadline_ns:
            clock.wait(0.005, Purpose.IDLE)
        return not self.on

    def _serve(self) -> None:
        self._listener.settimeout(0.01)
        while not self._closing.is_set():
            with suppress(TimeoutError, ConnectionError):
                client, _ = self._listener.accept()
                with client:
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        client.settimeout(0.01)
        heard = b""
        while not self._closing.is_set():
            if self._dropping.is_set():
                self._dropping.clear()
                return
            try:
                received = client.recv(4096)
            except TimeoutError:
                continue
            if not received:
                return
            *lines, heard = (heard + received).split(b"\n")
            for line in lines:
                answer = self._obey(line.decode().strip())
                if answer is not None and not self.hangs.is_set():
                    client.sendall(answer.encode() + b"\n")

    def _obey(self, line: str) -> str | None:
        self.lines.append(line)
        if self.hangs.is_set():
            return None
        if switched := re.fullmatch(r"OUTP (ON|OFF),\(@(\d)\)", line):
            state, channel = switched.groups()
            if state == "ON":
                self.on.add(channel)
            else:
                self.on.discard(channel)
        elif protection := re.fullmatch(r"VOLT:PROT ([\d.]+),.*", line):
            self._over_voltage_V = protection[1]
        answers = {"*IDN?": self.identity, "SYST:ERR?": '+0,"No error"'}
        if line.startswith("VOLT:PROT? "):
            return self._over_voltage_V
        return answers.get(line, "0") if line.partition(" ")[0].endswith("?") else None
