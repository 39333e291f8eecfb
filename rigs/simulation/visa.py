"""The VISA library of a simulated bench: pyvisa on this side, instruments in virtual time.

An instance is handed to ``pyvisa.ResourceManager``. pyvisa keeps one library object for each
class and path, so every bench gets a path of its own. Semantics after VPP-4.3, the VISA
library specification: chapter 3 (resources), 6.1 (basic I/O).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from pyvisa import constants, rname
from pyvisa.constants import ResourceAttribute, StatusCode
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.typing import VISAEventContext, VISARMSession, VISASession
from pyvisa.util import LibraryPath
from typing_extensions import override

from quantities.clock import NANOSECONDS_PER_SECOND
from rigs.simulation.kernel import Kernel

_libraries = count(1)

RESOURCE_MANAGER = 1
"""The session of the one resource manager of a library; instruments' sessions follow."""


class SimulatedInstrument(Protocol):
    """What stands at the other end of a resource."""

    output: bytearray
    """What it has to say and nobody has read yet."""

    @property
    def busy(self) -> bool:
        """Whether it is still at work on what it heard."""

    def receive(self, data: bytes, *, framed: bool) -> None:
        """Hear a whole message (``framed``) or part of a stream."""

    def read_in_vain(self) -> None:
        """Notice that an answer is asked for and none is to come."""

    def device_clear(self) -> None:
        """Forget what was heard and what was to be said."""

    def status_byte(self) -> int:
        """Answer a serial poll."""


_SETTABLE = frozenset(
    {
        ResourceAttribute.timeout_value,
        ResourceAttribute.termchar,
        ResourceAttribute.termchar_enabled,
    }
)

NO_END = (ResourceAttribute.timeout_value, constants.VI_TMO_INFINITE)
"""Refused: in virtual time nothing would ever interrupt a wait for an answer that never comes."""


@dataclass(frozen=True)
class _Session:
    """One open resource. On a framed bus messages have an end, in a stream they have none."""

    instrument: SimulatedInstrument
    framed: bool
    attributes: dict[ResourceAttribute, Any]

    def cut(self, count: int) -> tuple[int, StatusCode] | None:
        """How many of the waiting characters a read of ``count`` ends with, and why.

        None if it goes on: in a stream only the termination character or the count ends it.
        """
        waiting = self.instrument.output
        if self.attributes[ResourceAttribute.termchar_enabled]:
            termination = self.attributes[ResourceAttribute.termchar]
            length = waiting.find(termination, 0, count) + 1
            if length:
                return length, StatusCode.success_termination_character_read
        if len(waiting) > count or (len(waiting) == count and not self.framed):
            return count, StatusCode.success_max_count_read
        if waiting and self.framed:
            return len(waiting), StatusCode.success
        return None


class SimulatedVisaLibrary(VisaLibraryBase):
    """VISA in virtual time: waiting for an answer runs the kernel. Made by ``for_bench``."""

    _kernel: Kernel
    _latency_ns: int
    _instruments: dict[str, SimulatedInstrument]
    _sessions: dict[int, _Session]
    _opened: int

    @classmethod
    def for_bench(
        cls,
        kernel: Kernel,
        instruments: Mapping[str, SimulatedInstrument],
        *,
        latency_s: float = 100e-6,
    ) -> SimulatedVisaLibrary:
        """A library of its own for one bench: instruments by resource name.

        Each transfer, to or from an instrument, takes ``latency_s`` on the bus. Raises
        ``ValueError`` for a name that is no VISA resource name.
        """
        library = cls(LibraryPath(f"simulated bench {next(_libraries)}"))
        library._kernel = kernel
        library._latency_ns = round(latency_s * NANOSECONDS_PER_SECOND)
        library._instruments = {
            rname.to_canonical_name(name): instrument for name, instrument in instruments.items()
        }
        library._sessions = {}
        library._opened = RESOURCE_MANAGER
        return library

    @override
    def open_default_resource_manager(self) -> tuple[VISARMSession, StatusCode]:
        session = VISARMSession(RESOURCE_MANAGER)
        return session, self.handle_return_value(session, StatusCode.success)

    @override
    def list_resources(self, session: VISARMSession, query: str = "?*::INSTR") -> tuple[str, ...]:
        return rname.filter(self._instruments, query)

    @override
    def open(
        self,
        session: VISARMSession,
        resource_name: str,
        access_mode: constants.AccessModes = constants.AccessModes.no_lock,
        open_timeout: int = constants.VI_TMO_IMMEDIATE,
    ) -> tuple[VISASession, StatusCode]:
        info, status = self.parse_resource_extended(session, resource_name)
        self.handle_return_value(session, status)
        instrument = self._instruments.get(str(info.resource_name))
        if instrument is None:
            self.handle_return_value(session, StatusCode.error_resource_not_found)
            raise AssertionError("a negative status raises")
        self._opened += 1
        opened = VISASession(self._opened)
        self._sessions[opened] = _Session(
            instrument,
            framed=info.resource_class == "INSTR",
            attributes={
                ResourceAttribute.resource_manager_session: session,
                ResourceAttribute.resource_name: info.resource_name,
                ResourceAttribute.resource_class: info.resource_class,
                ResourceAttribute.resource_lock_state: constants.AccessModes.no_lock,
                ResourceAttribute.interface_type: info.interface_type,
                ResourceAttribute.interface_number: info.interface_board_number,
                ResourceAttribute.send_end_enabled: True,
                ResourceAttribute.termchar: ord("\n"),
                ResourceAttribute.termchar_enabled: False,
                ResourceAttribute.timeout_value: 2000,
            },
        )
        return opened, self.handle_return_value(opened, StatusCode.success)

    @override
    def close(self, session: VISASession | VISARMSession | VISAEventContext) -> StatusCode:
        """Close a resource; with a stream, what was under way on it is lost."""
        if session == RESOURCE_MANAGER:
            self._sessions.clear()
        opened = self._sessions.pop(session, None)
        if opened is not None and not opened.framed:
            opened.instrument.device_clear()
        return self.handle_return_value(None, StatusCode.success)

    @override
    def write(self, session: VISASession, data: bytes) -> tuple[int, StatusCode]:
        opened = self._session(session)
        self._advance(self._latency_ns)
        opened.instrument.receive(bytes(data), framed=opened.framed)
        return len(data), self.handle_return_value(session, StatusCode.success)

    @override
    def read(self, session: VISASession, count: int) -> tuple[bytes, StatusCode]:
        opened = self._session(session)
        timeout_ms: int = opened.attributes[ResourceAttribute.timeout_value]
        deadline_ns = self._kernel.now_ns + timeout_ms * 1_000_000
        if opened.framed and not opened.instrument.output and not opened.instrument.busy:
            opened.instrument.read_in_vain()
        while (end := opened.cut(count)) is None:
            next_ns = self._kernel.next_event_ns()
            if next_ns is None or next_ns > deadline_ns:
                opened.instrument.output.clear()
                self._kernel.advance_to(deadline_ns)
                self.handle_return_value(session, StatusCode.error_timeout)
            else:
                self._kernel.advance_to(next_ns)
        self._advance(self._latency_ns)
        length, status = end
        data = bytes(opened.instrument.output[:length])
        del opened.instrument.output[:length]
        return data, self.handle_return_value(session, status)

    @override
    def read_stb(self, session: VISASession) -> tuple[int, StatusCode]:
        opened = self._session(session)
        if not opened.framed:
            self.handle_return_value(session, StatusCode.error_nonsupported_operation)
        self._advance(2 * self._latency_ns)
        return opened.instrument.status_byte(), self.handle_return_value(
            session, StatusCode.success
        )

    @override
    def clear(self, session: VISASession) -> StatusCode:
        """In a stream there is no device clear: only what has arrived is dropped."""
        opened = self._session(session)
        self._advance(self._latency_ns)
        if opened.framed:
            opened.instrument.device_clear()
        else:
            opened.instrument.output.clear()
        return self.handle_return_value(session, StatusCode.success)

    @override
    def flush(self, session: VISASession, mask: constants.BufferOperation) -> StatusCode:
        """Nothing is buffered on the way, so only what was not read can be dropped."""
        if mask & (constants.VI_READ_BUF_DISCARD | constants.VI_IO_IN_BUF_DISCARD):
            self._session(session).instrument.output.clear()
        return self.handle_return_value(session, StatusCode.success)

    @override
    def get_attribute(
        self,
        session: VISASession | VISARMSession | VISAEventContext,
        attribute: ResourceAttribute | constants.EventAttribute,
    ) -> tuple[Any, StatusCode]:
        attributes = self._session(session).attributes
        if attribute not in attributes:
            self.handle_return_value(session, StatusCode.error_nonsupported_attribute)
        return attributes[ResourceAttribute(attribute)], self.handle_return_value(
            session, StatusCode.success
        )

    @override
    def set_attribute(
        self,
        session: VISASession | VISARMSession | VISAEventContext,
        attribute: ResourceAttribute,
        attribute_state: Any,
    ) -> StatusCode:
        attributes = self._session(session).attributes
        if attribute not in attributes:
            return self.handle_return_value(session, StatusCode.error_nonsupported_attribute)
        if attribute not in _SETTABLE and attributes[attribute] != attribute_state:
            return self.handle_return_value(session, StatusCode.error_attribute_read_only)
        if (attribute, attribute_state) == NO_END:
            return self.handle_return_value(session, StatusCode.error_nonsupported_attribute_state)
        attributes[attribute] = attribute_state
        return self.handle_return_value(session, StatusCode.success)

    @override
    def disable_event(
        self,
        session: VISASession,
        event_type: constants.EventType,
        mechanism: constants.EventMechanism,
    ) -> StatusCode:
        """There are no events; a resource switches them off before it closes."""
        return self.handle_return_value(session, StatusCode.success)

    @override
    def discard_events(
        self,
        session: VISASession,
        event_type: constants.EventType,
        mechanism: constants.EventMechanism,
    ) -> StatusCode:
        """As ``disable_event``."""
        return self.handle_return_value(session, StatusCode.success)

    def _session(self, session: int) -> _Session:
        if session not in self._sessions:
            self.handle_return_value(None, StatusCode.error_invalid_object)
        return self._sessions[session]

    def _advance(self, duration_ns: int) -> None:
        self._kernel.advance_to(self._kernel.now_ns + duration_ns)
