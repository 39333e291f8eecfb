"""The transport that a driver has: lines out, lines in, and the instrument's error queue."""

from __future__ import annotations

import logging
import math
import re
from contextlib import suppress

from pyvisa.resources import MessageBasedResource

from drivers.roles import Identity
from drivers.visa import has_unread, resynchronise, wire_errors
from quantities import NANOSECONDS_PER_SECOND, Clock, Purpose
from quantities.errors import (
    InstrumentError,
    InstrumentReported,
    InstrumentTimeout,
    WrongInstrument,
)

_log = logging.getLogger(__name__)

LONGEST_ERROR_QUEUE = 64
"""An instrument that reports more errors than this in a row will never report none."""


class ScpiSession:
    """Settings and queries on one instrument's wire; its waits and time are the bench clock's.

    ``write_gap_s`` is the least time from one line sent to the next, ``read_gap_s`` from a
    query to reading its answer, for instruments that lose what comes sooner.
    """

    def __init__(
        self,
        session: MessageBasedResource,
        clock: Clock,
        *,
        write_gap_s: float = 0.0,
        read_gap_s: float = 0.0,
    ) -> None:
        self.clock = clock
        self.where = session.resource_name
        self._session = session
        self._timeout_s = session.timeout / 1000
        self._write_gap_ns = round(write_gap_s * NANOSECONDS_PER_SECOND)
        self._read_gap_s = read_gap_s
        self._identified = ""
        self._unread = False
        """Whether an answer was asked for and not read: an interruption came in between."""
        self._ready_ns = clock.now()

    def send(self, command: str) -> None:
        """Send a command without asking whether the instrument took it."""
        self.clock.check_awake()
        if self._unread:
            resynchronise(self._session, self.where)
            self._unread = False
        self.clock.wait_until(self._ready_ns, Purpose.WIRE)
        with self.clock.booking(Purpose.WIRE), wire_errors(self.where, command):
            self._session.write(command)
        self._ready_ns = self.clock.now() + self._write_gap_ns

    def set(self, command: str) -> None:
        """Send a command and raise ``InstrumentReported`` if the error queue is not empty then."""
        self.send(command)
        self.raise_errors(command)

    def raise_errors(self, commands: str) -> None:
        """Raise ``InstrumentReported`` if the error queue is not empty after ``commands``."""
        errors = self.clear_errors()
        if errors:
            raise InstrumentReported(
                f"{commands!r} was refused: {', '.join(errors)}",
                where=self.where,
                remedy="compare the command with the manual of the instrument's firmware",
            )

    def query(self, command: str, *, purpose: Purpose = Purpose.WIRE, takes_s: float = 0.0) -> str:
        """Ask, and return the answer without blanks around it.

        ``takes_s`` is the instrument's own time, which the time-out is lengthened by. After
        ``InstrumentTimeout`` the session is resynchronised and can be used again, and so it is
        after the ``InstrumentError`` of an answer that nobody has asked for.
        """
        self._refuse_unasked(command)
        self.send(command)
        self._unread = True
        with self.clock.booking(purpose):
            self.clock.wait(self._read_gap_s, Purpose.WIRE)
            try:
                with wire_errors(self.where, command):
                    self._session.timeout = (self._timeout_s + takes_s) * 1000
                    answer = self._session.read().strip()
                    self._unread = False
                    return answer
            except InstrumentTimeout:
                with suppress(InstrumentError):  # a dead instrument stays a time-out
                    resynchronise(self._session, self.where)
                self._unread = False
                raise

    def _refuse_unasked(self, command: str) -> None:
        with wire_errors(self.where, command):
            out_of_step = has_unread(self._session)
        if out_of_step:
            with suppress(InstrumentError):
                resynchronise(self._session, self.where)
            raise InstrumentError(
                f"had said something that nobody asked for before {command}",
                where=self.where,
                expected="one answer to every question",
                remedy="let no other program use this connection, and look at what is in between",
            )

    def number(
        self, command: str, *, purpose: Purpose = Purpose.WIRE, takes_s: float = 0.0
    ) -> float:
        """Ask for a number; raises ``InstrumentError`` if the answer is none."""
        answer = self.query(command, purpose=purpose, takes_s=takes_s)
        with suppress(ValueError):
            value = float(answer)
            if math.isfinite(value):
                return value
        raise self.unexpected(command, answer, "a number")

    def unexpected(self, command: str, answer: str, expected: str) -> InstrumentError:
        """The error of an answer that means nothing."""
        return InstrumentError(
            f"answered {answer!r} to {command!r}", where=self.where, expected=expected
        )

    def integer(self, command: str) -> int:
        """Ask for a whole number, such as a status register."""
        return round(self.number(command))

    def clear_errors(self) -> list[str]:
        """Empty the error queue (SCPI-99, 21.8) and hand out what was in it, oldest first."""
        errors: list[str] = []
        while len(errors) < LONGEST_ERROR_QUEUE:
            error = self.query("SYST:ERR?")
            if re.match(r"[+-]?0+\b", error):
                return errors
            errors.append(error)
        raise InstrumentError(
            f"its error queue does not end: {errors[0]}",
            where=self.where,
            expected='SYST:ERR? to answer 0,"No error" in the end',
        )

    def identify(self, *, model: str, pattern: re.Pattern[str]) -> Identity:
        """Ask ``*IDN?``; raises ``WrongInstrument`` unless the answer begins with ``pattern``."""
        answer = self.query("*IDN?")
        fields = [field.strip() for field in answer.split(",", 3)]
        if len(fields) < 4 or not pattern.match(answer):
            raise WrongInstrument(
                f"{answer!r} answers",
                where=self.where,
                expected=f"{model} (*IDN? beginning with {pattern.pattern!r})",
                remedy="correct model or resource in the rig file",
            )
        self._identified = answer
        return Identity(*fields)

    def recover(self) -> None:
        """After an answer that was lost or meant nothing: begin anew, with the same instrument.

        What it was set to before is not known any more. Raises ``WrongInstrument`` if it has been
        replaced, ``InstrumentError`` if nobody answers.
        """
        resynchronise(self._session, self.where)
        answer = self.query("*IDN?")
        if answer != self._identified:
            raise WrongInstrument(
                f"{answer!r} answers where {self._identified!r} did",
                where=self.where,
                expected="the same instrument during a run",
                remedy="start the run again, with the instrument that is to measure",
            )
        _log.warning("%s: an answer was lost, and the instrument answers again", self.where)
