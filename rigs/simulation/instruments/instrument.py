"""What every simulated SCPI instrument does: obey messages in the kernel's time, and IEEE 488.2.

Messages are obeyed one after another. A command that takes time is a procedure (a generator
that yields until when the instrument is busy), which the kernel resumes, so that nothing but
the kernel ever moves time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping
from typing import ClassVar

from rigs.simulation.instruments.parameters import Number, number, within
from rigs.simulation.instruments.procedure import Activity, Task
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import (
    Command,
    CommandTree,
    ErrorQueue,
    Procedure,
    Reply,
    ScpiError,
)

INPUT_BUFFER = 65536
"""Characters that wait to be understood, at most."""

OPERATION_COMPLETE, QUERY_ERROR, DEVICE_ERROR = 0x01, 0x04, 0x08
EXECUTION_ERROR, COMMAND_ERROR, POWER_ON = 0x10, 0x20, 0x80
ERRORS_QUEUED, MESSAGE_AVAILABLE, EVENT_SUMMARY, MASTER_SUMMARY = 0x04, 0x10, 0x20, 0x40


class ScpiInstrument:
    """An instrument on the bus. ``identity`` is what it answers to ``*IDN?``.

    ``silent`` makes it a dead one: it hears nothing and says nothing.
    """

    error_depth: ClassVar[int] = 20
    error_texts: ClassVar[Mapping[int, str]] = {}
    processing_ns: ClassVar[int] = 1_000_000
    """From the end of a message until its first command is obeyed."""
    clients_at_once: ClassVar[int] = 1
    """How many connections its SCPI socket takes."""

    def __init__(self, *, kernel: Kernel, identity: str, commands: Mapping[str, Command]) -> None:
        self.kernel = kernel
        self.identity = identity
        self.silent = False
        self.output = bytearray()
        self._tree = CommandTree(commands)
        self._errors = ErrorQueue(self.error_depth, self.error_texts)
        self._input = bytearray()
        self._messages: deque[bytes] = deque()
        self._task: Task | None = None
        self._one_at_a_time = False
        self._events = POWER_ON
        self.event_enable = 0
        self.service_enable = 0

    # The bus side.

    @property
    def busy(self) -> bool:
        """Whether there is a message left to obey."""
        return self._task is not None or bool(self._messages)

    def receive(self, data: bytes, *, framed: bool) -> None:
        """Hear characters: a whole message if ``framed`` (USB, VXI-11), else part of a stream.

        Framed buses follow the message exchange protocol of IEEE 488.2, 6.3: a new message
        before the last answer was read is an error, and that answer is lost.
        """
        if self.silent:
            return
        self._one_at_a_time = framed
        if framed and self.output:
            self.output.clear()
            self.report(-410)
        *messages, rest = bytes(self._input + data + b"\n" * framed).split(b"\n")
        if len(rest) + sum(map(len, (*self._messages, *messages))) > INPUT_BUFFER:
            self.report(-363)
            messages, rest = [], b""
        self._input = bytearray(rest)
        self._messages.extend(message for message in messages if message.strip())
        self._obey_next()

    def read_in_vain(self) -> None:
        """Somebody asks for an answer and none is to come (IEEE 488.2, 6.3.2.2)."""
        if not self.silent:
            self.report(-420)

    def device_clear(self) -> None:
        """Forget what was heard and what was to be said (IEEE 488.2, 5.8); settings stay."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._messages.clear()
        self._input.clear()
        self.output.clear()

    def status_byte(self) -> int:
        """The status byte of IEEE 488.2, 11.2, with "errors queued" in bit 2."""
        byte = (
            ERRORS_QUEUED * bool(self._errors)
            | MESSAGE_AVAILABLE * bool(self.output)
            | EVENT_SUMMARY * bool(self._events & self.event_enable)
        )
        return byte | MASTER_SUMMARY * bool(byte & self.service_enable)

    # Obeying.

    def report(self, number: int) -> None:
        """Put an error into the queue and the event register (SCPI-99 volume 2, 21.8.2)."""
        self._errors.add(number)
        classes = {1: COMMAND_ERROR, 2: EXECUTION_ERROR, 4: QUERY_ERROR}
        self._events |= classes.get(-number // 100, DEVICE_ERROR)

    def wake(self) -> None:
        """Let a command that waits for this instrument's own doing look again."""
        self.kernel.at(self.kernel.now_ns, self._look_again)

    def _look_again(self, _time_ns: int) -> None:
        if self._task is not None:
            self._task.wake()

    def _obey_next(self) -> None:
        while self._task is None and self._messages:
            message = self._messages.popleft().decode("latin-1")
            self._task = Task(self.kernel, self._obey(message), self._obeyed)
            self._task.start()

    def _obeyed(self) -> None:
        self._task = None
        self.kernel.at(self.kernel.now_ns, lambda _time_ns: self._obey_next())

    def _obey(self, message: str) -> Activity:
        """Obey one message. After a command error its remainder is dropped."""
        yield self.kernel.now_ns + self.processing_ns
        answers = []
        try:
            for call in self._tree.calls(message):
                try:
                    answer = yield from self._completed(call(self))
                except ScpiError as error:
                    if error.is_command_error:
                        raise
                    self.report(error.number)
                else:
                    answers += [] if answer is None else [answer]
        except ScpiError as error:
            self.report(error.number)
        if answers and self._one_at_a_time and self._messages:
            self.report(-410)
        elif answers:
            self.output += ";".join(answers).encode("latin-1") + b"\n"

    @staticmethod
    def _completed(reply: Reply) -> Procedure:
        return (yield from reply) if isinstance(reply, Generator) else reply

    # Commands that every instrument of IEEE 488.2 and SCPI has.

    def pending(self) -> bool:
        """Whether an overlapped operation is under way, for ``*OPC`` and ``*WAI``."""
        return False

    def clear_status(self) -> None:
        """``*CLS``."""
        self._errors.clear()
        self._events = 0

    def read_events(self) -> str:
        """``*ESR?``, which empties the register."""
        events, self._events = self._events, 0
        return f"+{events}"

    def set_event_enable(self, value: Number) -> None:
        """``*ESE``."""
        self.event_enable = round(within(value, minimum=0, maximum=255))

    def set_service_enable(self, value: Number) -> None:
        """``*SRE``; the summary bit cannot be enabled itself."""
        self.service_enable = round(within(value, minimum=0, maximum=255)) & ~MASTER_SUMMARY

    def mark_operation_complete(self) -> Procedure:
        """``*OPC``."""
        yield from self.wait_for_operations()
        self._events |= OPERATION_COMPLETE
        return None

    def ask_operation_complete(self) -> Procedure:
        """``*OPC?``."""
        yield from self.wait_for_operations()
        return "1"

    def wait_for_operations(self) -> Procedure:
        """Until no overlapped operation is pending any more; ``*WAI``."""
        while self.pending():
            yield None
        return None

    def take_error(self) -> tuple[int, str]:
        """Oldest error and its text, removed; zero where there is none."""
        return self._errors.take()

    def next_error(self) -> str:
        """``SYSTem:ERRor?``."""
        error, text = self.take_error()
        return f'{error:+d},"{text}"'


COMMON_COMMANDS: Mapping[str, Command] = {
    "*CLS": Command(ScpiInstrument.clear_status),
    "*ESE": Command(ScpiInstrument.set_event_enable, (number(),)),
    "*ESE?": Command(lambda instrument: f"+{instrument.event_enable}"),
    "*ESR?": Command(ScpiInstrument.read_events),
    "*IDN?": Command(lambda instrument: instrument.identity),
    "*OPC": Command(ScpiInstrument.mark_operation_complete),
    "*OPC?": Command(ScpiInstrument.ask_operation_complete),
    "*RST": Command(lambda instrument: instrument.reset()),
    "*SRE": Command(ScpiInstrument.set_service_enable, (number(),)),
    "*SRE?": Command(lambda instrument: f"+{instrument.service_enable}"),
    "*STB?": Command(lambda instrument: f"+{instrument.status_byte()}"),
    "*TST?": Command(lambda _instrument: "+0"),
    "*WAI": Command(ScpiInstrument.wait_for_operations),
    "SYSTem:ERRor[:NEXT]?": Command(lambda instrument: instrument.next_error()),
    "SYSTem:VERSion?": Command(lambda _instrument: "1999.0"),
}
"""The commands that the instruments here have in common, as the Keysight manuals list them."""
