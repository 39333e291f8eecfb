"""The first module, which alone hears the host's characters: scripts sent to it, and judged.

A script goes out on an idle line, what comes back is held against what the clauses demand, and
a good message must be obeyed afterwards (MSG-7): at once where a clause says so, after a
watchdog period in any case (MSG-12). What deviates is tried again, so that a character that the
rig's line lost is not taken for the module's fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.timing import ChainTiming, Exchange, Order
from drivers.chain.transcript import quoted
from quantities import Clock, Purpose
from quantities.errors import ChainBroken, ModuleSilent
from rigs.procedures.demands import FramingFigures, Place, Stored
from rigs.procedures.framing import LF, Break, Forecast, Pause, Script, foretell
from rigs.procedures.undefined import in_words

AS_DEMANDED = "as demanded"
CONFIRMATIONS = 2
ENOUGH = 3
"""Deviations of one kind: more of them take bench time and tell nothing new."""
PROBE: Script = (b"A01W\r",)
CLEARING: Script = (b"01234567890\r",)
SHORTEST_FIRST = (Setting.BLEEDING, Setting.LOW, Setting.HIGH, Setting.CALIBRATION)
"""No answer of these catches up with the one ahead of it."""
_LED_BY_LINE_FEEDS = re.compile(rb"(?:\n[^\r\n]+\r)+")
_TOLD = re.compile(rb"A[0-9A-F]{2}([WVLH])([0-9A-F]{3}|[0-9A-F]{6})\r")
LONGEST = Exchange(query_characters=12, answer_characters=12, eeprom_bytes=3)
"""No message keeps a chain at work longer: ten characters, LF and CR, and a constant stored."""


def figures_of(
    timing: ChainTiming,
    modules: int,
    *,
    watchdog_shortest_s: float,
    surplus_digits_store: bool,
) -> FramingFigures:
    """The oracle's figures for a chain of so many modules."""
    return FramingFigures(
        modules=modules,
        watchdog_shortest_s=watchdog_shortest_s,
        watchdog_longest_s=timing.watchdog_longest_s,
        processing_s=timing.processing_s,
        busy_s=timing.way_s(LONGEST, 1, modules) + timing.port_latency_s,
        surplus_digits_store=surplus_digits_store,
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """A script, and what came of it. ``held`` is empty where settings were not read back."""

    script: Script
    forecast: Forecast
    received: bytes
    held: Stored
    deviation: str
    """From what is demanded; empty if there is none."""
    kept: bool
    """Whether it stored nothing that it should not."""

    @property
    def verdict(self) -> str:
        """``AS_DEMANDED``, or what deviates."""
        return self.deviation or AS_DEMANDED

    @property
    def text(self) -> str:
        """The script as a reader sees it best."""
        return shown(self.script)

    @property
    def led_by_line_feeds(self) -> str:
        """``AS_DEMANDED`` if one LF stands ahead of each message that came (MSG-4)."""
        led = _LED_BY_LINE_FEEDS.fullmatch(self.received)
        return AS_DEMANDED if led else f"{self.text} brings {quoted(self.received) or 'nothing'}"


class FirstModule:
    """Module 1 of a chain at rest; ``prepare`` reads what it holds before the first script."""

    def __init__(self, chain: Chain, clock: Clock, figures: FramingFigures) -> None:
        self.figures = figures
        self.stored: dict[Place, int] = {}
        """What it should hold now."""
        self.repeated = 0
        """Scripts that deviated once and were as demanded when tried again."""
        self.deaf = False
        """Whether a script has left it so that a loss of power alone may help."""
        self._chain = chain
        self._line = chain.raw
        self._clock = clock
        self._found: dict[Place, int] = {}

    # -- scripts ---------------------------------------------------------------------------------

    def hear_all(self, scripts: Iterable[Script]) -> str:
        """Send these until some deviate; ``AS_DEMANDED``, or what deviates."""
        deviations: list[str] = []
        for script in scripts:
            if wrong := self.hear(script).deviation:
                deviations.append(wrong)
            if len(deviations) == ENOUGH:
                deviations.append("…")
                break
        return "; ".join(deviations) or AS_DEMANDED

    def through_the_chain(self, script: Script) -> str:
        """The same of a script that every module has to pass on.

        Raises ``ChainBroken`` in a chain of several if it deviates: nobody can tell where.
        """
        trial = self.hear(script)
        if trial.deviation and self.figures.modules > 1:
            raise ChainBroken(
                trial.deviation,
                where=f"chain of {self.figures.modules} modules",
                remedy="test the modules one by one",
            )
        return trial.verdict

    def hear(self, script: Script, *, read_back: bool = False) -> Trial:
        """Send one script; an answer that deviates counts only if it does again in two more trials.

        With ``read_back`` its settings are read after each trial, and restored; what is stored
        counts at once. Raises ``ModuleSilent`` if the script leaves the module deaf.
        """
        trial = self._hear_once(script, read_back=read_back)
        confirmations = CONFIRMATIONS if trial.deviation and trial.kept else 0
        for _ in range(confirmations):
            self._chain.resynchronise()
            again = self._hear_once(script, read_back=read_back)
            if again.deviation:
                return again
            trial = again
        self.repeated += confirmations > 0
        return trial

    def _hear_once(self, script: Script, *, read_back: bool) -> Trial:
        forecast = foretell(script, self.figures, self.stored)
        self.send(script)
        received = self._receive(forecast.replies)
        wrong = deviation(script, forecast, received)
        spoilt = self._look_after(script)
        if spoilt and forecast.settled:
            wrong = wrong or spoilt
        if not read_back:
            self.stored |= forecast.stored
            return Trial(script, forecast, received, {}, wrong, kept=True)
        held = self.held()
        kept = forecast.allows_stored(self.stored, held)
        if not kept:
            wrong = f"{shown(script)} stores {_changed(self.stored, held)}"
        self._write_back(held)
        return Trial(script, forecast, received, held, wrong, kept=kept)

    def send(self, script: Script) -> None:
        """Put it on the line."""
        for piece in script:
            match piece:
                case Pause(seconds):
                    long = seconds >= self.figures.watchdog_shortest_s / 2
                    self._clock.wait(seconds, Purpose.WATCHDOG if long else Purpose.PROCESSING)
                case Break(seconds):
                    self._line.send_break(seconds)
                case bytes():
                    self._line.send(piece)

    def _look_after(self, script: Script) -> str:
        """What is wrong with a good message after this script; empty if nothing.

        Raises ``ModuleSilent`` if it is still not obeyed after a watchdog period.
        """
        probed = self._probe()
        if not probed:
            return ""
        spoilt = f"after {shown(script)} {probed}"
        self._chain.resynchronise()
        if self._probe():
            self.deaf = True
            raise ModuleSilent(f"{spoilt}, and no better after a watchdog period", position=1)
        return spoilt

    def _probe(self) -> str:
        """Whether a good message is obeyed and nothing else comes; what is wrong, if anything."""
        self._clock.wait(self._chain.timing.wire_s(1), Purpose.WIRE)
        self.send(PROBE)
        received = self._receive(1)
        wrong = deviation(PROBE, foretell(PROBE, self.figures, {}), received)
        if not wrong:
            self._line.trust()
        return wrong

    def _receive(self, messages: int | None) -> bytes:
        """So many messages, for which a slow chain is given time; or else what comes."""
        if messages:
            return self._line.receive(messages, self.figures.busy_s + self._chain.timing.patience_s)
        return self._line.receive(None, self.figures.busy_s)

    def clear(self) -> None:
        """Rid the first module of left-over characters: eleven digits purge them (MSG-6)."""
        self.send(CLEARING)
        self._clock.wait(self.figures.processing_s, Purpose.PROCESSING)
        self._look_after(CLEARING)

    def answers(self, trials: Iterable[Trial]) -> dict[str, object]:
        """What undefined inputs brought, as it goes on record."""
        answers = {trial.text: in_words(trial.received, self.stored) for trial in trials}
        return {"kind": "undefined-inputs", "answers": answers}

    # -- what it holds ---------------------------------------------------------------------------

    def prepare(self) -> None:
        """Read its settings."""
        self._found = self.held()
        self.stored |= self._found

    def held(self) -> dict[Place, int]:
        """Its settings, as four enquiries in a row tell them; else asked for one by one."""
        timing = self._chain.timing
        spacing_s = timing.spacing_s(LONGEST, Order.FAR_END_FIRST, gap=0)
        for setting in SHORTEST_FIRST:
            self.send((f"A01{setting.value}\r".encode(), Pause(spacing_s)))
        received = self._receive(len(SHORTEST_FIRST))
        told = _TOLD.findall(received.replace(LF, b""))
        if [setting.value.encode() for setting in SHORTEST_FIRST] == [key for key, _ in told]:
            self._line.trust()
            return {(1, Setting(key.decode())): int(value, 16) for key, value in told}
        return {(1, setting): self._chain.read_setting(setting, 1) for setting in Setting}

    def restore(self) -> str:
        """Bring its settings back to what was found; ``AS_DEMANDED``, or what it should not hold."""
        held = self.held()
        changed = _changed(self.stored, held)
        self._write_back(held)
        return f"{changed} stored" if changed else AS_DEMANDED

    def _write_back(self, held: Stored) -> None:
        for (position, setting), found in self._found.items():
            if held[position, setting] != found:
                self._chain.write_setting(setting, position, found)
        self.stored |= self._found


def _changed(stored: Stored, held: Stored) -> str:
    """What is held and should not be."""
    return ", ".join(
        f"{setting.value} {value:0{setting.digits}X}"
        for (position, setting), value in held.items()
        if stored[position, setting] != value
    )


def deviation(script: Script, forecast: Forecast, received: bytes) -> str:
    """What came against what is due; empty if that is allowed."""
    if forecast.allows(received):
        return ""
    clauses = ", ".join(forecast.clauses)
    came = quoted(received) or "nothing"
    return f"{shown(script)} brings {came}, due is {forecast.due or 'nothing'} ({clauses})"


def shown(script: Script) -> str:
    """A script as a reader sees it best: ``A01‹1.15 s›U␍``."""
    texts = []
    for piece in script:
        match piece:
            case Pause(seconds):
                texts.append(f"‹{seconds:.3g} s›")
            case Break(seconds):
                texts.append(f"‹break {seconds:.3g} s›")
            case bytes():
                texts.append(quoted(piece))
    return "".join(texts)
