"""The chain of modules, as tests speak to it: by position, in codes and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drivers.chain.diagnosis import Diagnosis
from drivers.chain.messages import (
    GENERAL_ENQUIRY,
    Addressed,
    Bleeding,
    General,
    Message,
    Setting,
    SettingMessage,
    VoltageAnswer,
    address_of,
)
from drivers.chain.once import AskedOnce
from drivers.chain.pipeline import LineStatistics, Pipeline
from drivers.chain.polling import Poller
from drivers.chain.port import Port, SerialPort
from drivers.chain.queries import Queries, enquiry
from drivers.chain.rawline import RawLine
from drivers.chain.results import (
    GeneralStatus,
    SettingsWritten,
    VoltageSample,
    VoltageScan,
    not_stored,
)
from drivers.chain.stopwatch import Stopwatch
from drivers.chain.timing import ChainTiming, Order
from drivers.chain.transcript import Transcript
from quantities import Clock


class Chain:
    """``modules`` modules on an open serial port, position 1 next to the transmitter.

    Lost, late, garbled, doubled and unsolicited messages are counted in ``statistics`` and
    logged. After any that may leave the chain out of step, the next exchange waits until every
    module has purged its buffer (MSG-8). What is missing is asked for again up to ``retries``
    times; only then is it an error. Every method that talks to the chain can raise

    * ``PortError``: the port has gone,
    * ``LineNotProven``: nothing comes back, or nothing but what was sent,
    * ``ChainBroken``: messages end or are spoiled within the chain; in a chain of one module
      spoiled messages are its fault, ``ModuleGarbled``,
    * ``ChainCountMismatch``: answers are missing, and the chain has not ``modules`` modules.

    Silence is the chain's fault where ``prove_own_line`` returns; it raises ``LineNotProven`` if
    the rig's own line is not whole. ``before_first_write`` is called before a setting is written
    for the first time. ``once`` polls without repeating or diagnosing anything; ``raw`` is the
    line for characters that make no message.
    """

    def __init__(
        self,
        port: SerialPort,
        clock: Clock,
        timing: ChainTiming,
        modules: int,
        *,
        retries: int = 1,
        prove_own_line: Callable[[], None] | None = None,
        before_first_write: Callable[[], None] | None = None,
    ) -> None:
        if not 1 <= modules <= 256:
            raise ValueError(f"a chain has 1 to 256 modules, not {modules}")
        self.modules = modules
        self.timing = timing
        self._clock = clock
        self._port = Port(port, clock)
        self._pipeline = Pipeline(self._port, timing)
        self._queries = Queries(self._pipeline, timing, modules)
        self._before_first_write = before_first_write
        self._diagnosis = Diagnosis(self._queries, self._port, retries, prove_own_line)
        self._poller = Poller(self._queries, self._diagnosis, self._port, retries)
        self.raw = RawLine(self._port, self._pipeline, timing)
        self.once = AskedOnce(self._queries, clock)
        self.stopwatch = Stopwatch(self._port, self._queries, timing)

    @property
    def statistics(self) -> LineStatistics:
        """What went over the line so far, and what went wrong."""
        return self._pipeline.statistics

    @property
    def transcript(self) -> Transcript:
        """Every character sent and received."""
        return self._port.transcript

    def count(self) -> int:
        """Count the modules with ``A00@`` (ADR-3).

        0 means that the line is whole but has no module in it: a loopback.
        """
        return self._diagnosis.count()

    def locate_break(self) -> int | None:
        """The position of the module that passes nothing on, None if it cannot be placed.

        It can be placed only if it still answers what is meant for it alone: then its is the
        only answer that comes back. A chain that is dead altogether looks the same wherever
        it is cut.
        """
        return self._diagnosis.break_position()

    def locate_kept_address(self) -> int | None:
        """The position of the one module that passes addresses on as they came, None if unknown."""
        return self._diagnosis.kept_address_position()

    def read_voltage(self, position: int) -> VoltageSample:
        """Ask one module for its code and status (``U``).

        Raises ``ModuleSilent`` or ``ModuleGarbled`` if it alone is at fault.
        """
        position = self._within(position)
        answer, retried = self._poller.ask_one(position, enquiry("U"), VoltageAnswer)
        return VoltageSample(answer.code, answer.status, retried, self._clock.now())

    def read_voltages(
        self, positions: Iterable[int] | None = None, *, order: Order = Order.FAR_END_FIRST
    ) -> VoltageScan:
        """Ask all modules (or these) for code and status, pipelined (TIM-2).

        A module that does not answer is NaN in the scan.
        """
        return self._scan(positions, order, times=1)

    def read_voltages_twice(self, positions: Iterable[int] | None = None) -> VoltageScan:
        """Ask each module twice in a row; the scan of the second answers.

        Nothing else reaches a module between its two queries (far end first), so that the code
        and the status of its second answer are of one measurement (THR-1, CMD-U3). What was
        latched before goes with the first answer. If either is lost both are asked for again.
        """
        return self._scan(positions, Order.FAR_END_FIRST, times=2)

    def read_codes(self, readings: int, command: Literal["U", "T"] = "U") -> NDArray[np.float64]:
        """Ask each module so many times in a row for its code; rows are readings.

        ``T`` asks for tenths of a kelvin (TMP-1). A column is NaN where not all of a module's
        answers came. In a row they take one way through the chain, as many scans take one each.
        """
        kind: type[VoltageAnswer | Addressed] = VoltageAnswer if command == "U" else Addressed
        wanted = self._all_or(None)
        answers, _ = self._poller.ask(wanted, enquiry(command), kind, times=readings)
        codes = np.full((readings, self.modules), np.nan)
        for position, answered in answers.items():
            codes[:, position - 1] = [answer.code for answer in answered]
        return codes

    def read_setting(self, setting: Setting, position: int) -> int:
        """Ask one module for what it has stored.

        Raises ``ModuleSilent`` or ``ModuleGarbled`` if it alone is at fault.
        """
        position = self._within(position)
        answer, _ = self._poller.ask_one(position, enquiry(setting), SettingMessage)
        return answer.value

    def read_settings(
        self, setting: Setting, positions: Iterable[int] | None = None
    ) -> NDArray[np.float64]:
        """Ask all modules (or these) for what they have stored, by position; NaN where none."""
        wanted = self._all_or(positions)
        answers, _ = self._poller.ask(wanted, enquiry(setting), SettingMessage)
        values = np.full(self.modules, np.nan)
        for position, answered in answers.items():
            values[position - 1] = answered[-1].value
        return values

    def write_setting(self, setting: Setting, position: int, value: int) -> None:
        """Store a value in one module and read it back by an enquiry of its own.

        Raises ``SettingNotStored`` if it reads back otherwise, and as ``read_setting``.
        """
        answered = self._write(setting, {self._within(position): value})
        stored = self.read_setting(setting, position)
        if stored != value and not answered:
            self._write_again(setting, {position: value})
            stored = self.read_setting(setting, position)
        if stored != value:
            raise not_stored(position, setting, value, stored)

    def write_settings(self, setting: Setting, values: ArrayLike) -> SettingsWritten:
        """Store a value in each module, pipelined, and read all back by enquiries of their own.

        ``values`` is by position, NaN where nothing is to be written. Modules that read back
        otherwise are in the result's ``not_stored``, so that each can be judged by itself.
        """
        sent = np.asarray(values, np.float64)
        if sent.shape != (self.modules,):
            raise ValueError(f"{self.modules} values are wanted by position, not {sent.shape}")
        by_position = {int(i) + 1: int(sent[i]) for i in np.flatnonzero(~np.isnan(sent))}
        answered = self._write(setting, by_position)
        stored = self.read_settings(setting, by_position)
        again = {
            position: value
            for position, value in by_position.items()
            if stored[position - 1] != value and position not in answered
        }
        if again:
            self._write_again(setting, again)
            repeated = self.read_settings(setting, again)
            stored = np.where(np.isnan(repeated), stored, repeated)
        return SettingsWritten(setting, sent, stored)

    def general_status(self) -> GeneralStatus:
        """Ask the whole chain with ``S0F`` (CHN-1).

        Raises ``ProtocolError`` if what comes back contradicts itself (CHN-2), ``S0F`` itself
        included, and as ``enable_bleeding`` if nothing does.
        """
        return self._general(GENERAL_ENQUIRY, believe_all=False)

    def general_answer(self, start: General = GENERAL_ENQUIRY) -> GeneralStatus:
        """What comes back of ``S`` even if it contradicts itself; asked again only if it is lost."""
        return self._general(start, believe_all=True)

    def enable_bleeding(self) -> None:
        """Enable bleeding in all modules (``e``, CHN-3), and wait until it has gone through.

        Raises ``ModuleSilent`` if a chain of one does not pass it on, ``ChainBroken`` if a
        longer one does not and yet passes the count on.
        """
        self._poller.ask_all(Bleeding(enabled=True))

    def disable_bleeding(self) -> None:
        """Disable bleeding in all modules (``d``, CHN-3, CHN-4); otherwise as enabling."""
        self._poller.ask_all(Bleeding(enabled=False))

    def pass_on_addresses(self, addresses: Sequence[int]) -> NDArray[np.float64]:
        """Send ``@``, which nobody obeys, to each address, pipelined; the addresses as they return.

        Every module takes one off (ADR-2). All are NaN if some do not come back.
        """
        returned = self._poller.pass_on_addresses(addresses)
        return np.full(len(addresses), np.nan if returned is None else returned, np.float64)

    def begin_raw(self, characters: bytes) -> None:
        """As ``raw.send``, but return at once, while they leave."""
        self._port.send(characters)
        self._pipeline.mark_out_of_step()

    def resynchronise(self) -> None:
        """Wait until every module has purged what it holds; discard what comes meanwhile."""
        self._pipeline.resynchronise()

    def start_afresh(self) -> None:
        """All modules have been without power: none holds a character, nothing is on its way."""
        self._pipeline.start_afresh()

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _within(self, position: int) -> int:
        if not 1 <= position <= self.modules:
            raise ValueError(f"position {position} is not within 1 to {self.modules}")
        return position

    def _all_or(self, positions: Iterable[int] | None) -> list[int]:
        if positions is None:
            return list(range(1, self.modules + 1))
        return [self._within(position) for position in positions]

    def _scan(self, positions: Iterable[int] | None, order: Order, *, times: int) -> VoltageScan:
        wanted = self._all_or(positions)
        answers, retried = self._poller.ask(wanted, enquiry("U"), VoltageAnswer, order, times=times)
        last = {position: answered[-1] for position, answered in answers.items()}
        return VoltageScan.of(last, retried, modules=self.modules, time_ns=self._clock.now())

    def _general(self, start: General, *, believe_all: bool) -> GeneralStatus:
        general, retried = self._poller.ask_all(start, believe_all=believe_all)
        return GeneralStatus(general.any_module, general.every_module, retried, self._clock.now())

    def _write(self, setting: Setting, values: dict[int, int]) -> set[int]:
        """Send values by position, once; the positions whose answer came, whatever it says."""
        if self._before_first_write is not None:
            self._before_first_write()
            self._before_first_write = None

        def command(position: int) -> Message:
            return SettingMessage(address_of(position), setting, values[position])

        return set(self._queries.poll(values, command, SettingMessage))

    def _write_again(self, setting: Setting, values: dict[int, int]) -> None:
        """A value that was sent already and whose answer was lost; repeating it is harmless."""
        self.statistics.retried += len(values)
        self._write(setting, values)
