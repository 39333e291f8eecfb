"""A seeded campaign of spoilt messages: what the first module makes of them, graded.

The protocol has no checksum, so one flipped bit can make one good message of another; that it
is obeyed then breaks no clause. Each mutant is graded by what came of it, and held against what
the clauses demand of exactly these characters. All settings that it can have reached are read
back and restored before the next.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting, address_of
from drivers.chain.transcript import quoted
from rigs.procedures.demands import CR, Fate, FramingFigures, Stored
from rigs.procedures.firstmodule import AS_DEMANDED, CLEARING, FirstModule, Trial, shown
from rigs.procedures.framing import Break, Pause, Piece, Script, foretell
from rigs.procedures.scripts import LONGER, SHORTER, RELAXATION_s
from rigs.settings import PanelSettings

FAMILIAR = b"AUVWLHSed@0123456789BCDEF\r\n"
BREAKS_s = (0.0002, 0.001, 0.004, 0.030)
"""From two bits to some characters; many adapters make them a quarter of a second."""


class Mutation(StrEnum):
    """What was done to a message."""

    FLIPPED = "bit flipped"
    DROPPED = "character dropped"
    DOUBLED = "character doubled"
    INSERTED = "character inserted"
    TRUNCATED = "truncated"
    PAUSED = "pause"
    BROKEN = "break"


WEIGHTS = {
    Mutation.FLIPPED: 40,
    Mutation.DROPPED: 12,
    Mutation.DOUBLED: 12,
    Mutation.INSERTED: 16,
    Mutation.TRUNCATED: 6,
    Mutation.PAUSED: 8,
    Mutation.BROKEN: 6,
}


class Grade(StrEnum):
    """What came of a spoilt message."""

    REJECTED = "rejected"
    HARMLESS = "harmless"
    """The same as of the message itself."""
    OTHER = "obeyed as another command"
    CORRUPTION = "silent corruption"
    """Something is stored that the characters did not ask for."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A message, what was done to it, and what goes out in its place."""

    message: bytes
    mutation: Mutation
    script: Script


@dataclass(frozen=True, slots=True)
class Graded:
    """A mutant and what came of it; ``deviation`` is empty where no clause was broken."""

    mutant: Mutant
    received: str
    grade: Grade
    deviation: str


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """All mutants of one seed."""

    seed: int
    graded: Sequence[Graded]

    @property
    def verdicts(self) -> dict[str, str]:
        """By mutation ``AS_DEMANDED``, or the first that broke a clause, and how many more."""
        broken: dict[str, list[str]] = {mutation.value: [] for mutation in Mutation}
        for one in self.graded:
            if one.deviation:
                broken[one.mutant.mutation.value].append(one.deviation)
        return {
            mutation: found[0] + (f"; and {len(found) - 1} more" if found[1:] else "")
            if found
            else AS_DEMANDED
            for mutation, found in broken.items()
        }

    def series(self) -> dict[str, object]:
        """As it goes on record."""
        return {
            "kind": "robustness",
            "seed": self.seed,
            "counts": dict.fromkeys(Grade, 0) | Counter(one.grade for one in self.graded),
            "mutants": [
                {
                    "message": shown((one.mutant.message,)),
                    "mutation": one.mutant.mutation,
                    "sent": shown(one.mutant.script),
                    "received": one.received,
                    "grade": one.grade,
                    "deviation": one.deviation,
                }
                for one in self.graded
            ],
        }


def mutants(
    chance: random.Random, messages: Sequence[bytes], figures: FramingFigures, count: int
) -> list[Mutant]:
    """So many mutants of these messages."""
    mutations = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)
    chosen = (chance.choice(messages) for _ in mutations)
    return [
        Mutant(message, mutation, _mutated(chance, message + CR, mutation, figures))
        for message, mutation in zip(chosen, mutations, strict=True)
    ]


def _mutated(
    chance: random.Random, whole: bytes, mutation: Mutation, figures: FramingFigures
) -> Script:
    at = chance.randrange(len(whole))
    head, character, tail = whole[:at], whole[at : at + 1], whole[at + 1 :]
    match mutation:
        case Mutation.FLIPPED:
            return (head + bytes([character[0] ^ 1 << chance.randrange(8)]) + tail,)
        case Mutation.DROPPED:
            return (head + tail,)
        case Mutation.DOUBLED:
            return (head + character * 2 + tail,)
        case Mutation.INSERTED:
            alphabet = chance.choice((FAMILIAR, bytes(range(256))))
            return (head + bytes([chance.choice(alphabet)]) + character + tail,)
        case Mutation.TRUNCATED:
            return (head + chance.choice((CR, b"")),)
    inside = chance.randrange(1, max(2, len(whole) - 1))
    head, tail = whole[:inside], whole[inside:]
    purges = LONGER * figures.watchdog_longest_s
    does_not = SHORTER * figures.watchdog_shortest_s
    between: Piece = Pause(chance.choice((purges, does_not)))
    if mutation is Mutation.BROKEN:
        between = Break(chance.choice(BREAKS_s))
    return (head, between, tail)


class Campaign:
    """Sends mutants to the first module of a chain whose modules hold these settings."""

    def __init__(self, chain: Chain, first_module: FirstModule, settings: PanelSettings) -> None:
        self._chain = chain
        self._first_module = first_module
        self._figures = first_module.figures
        self._stored: Stored = {
            (position, setting): int(value)
            for setting, values in settings.by_setting().items()
            for position, value in enumerate(values, start=1)
            if np.isfinite(value)
        }
        first_module.stored |= self._stored

    def run(self, seed: int, count: int) -> CampaignResult:
        """So many mutants, each graded, with all settings as before in the end."""
        chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        spoilt = mutants(chance, self._messages(), self._figures, count)
        return CampaignResult(seed, [self._graded(mutant) for mutant in spoilt])

    def _messages(self) -> list[bytes]:
        """One of each kind; settings store what is stored already."""
        last = b"A%02X" % address_of(self._figures.modules)
        writes = [
            f"A01{setting.value}{self._stored[1, setting]:0{setting.digits}X}".encode()
            for setting in Setting
        ]
        enquiries = [b"A01U", b"A01W", b"A01H", last + b"U", last + b"V"]
        return [*writes, *enquiries, b"A00@", b"S0F", b"d", b"e"]

    def _graded(self, mutant: Mutant) -> Graded:
        """Try it, clear away what it may have left, restore what it has stored elsewhere."""
        rest = (Pause(self._figures.busy_s), *CLEARING)
        settled = Pause(self._figures.processing_s + RELAXATION_s)
        trial = self._first_module.hear((*mutant.script, *rest, settled), read_back=True)
        wrong = trial.deviation or self._restored_elsewhere(trial)
        grade = Grade.CORRUPTION if not trial.kept else self._grade(mutant, trial)
        return Graded(mutant, quoted(trial.received), grade, wrong)

    def _grade(self, mutant: Mutant, trial: Trial) -> Grade:
        due = foretell((mutant.message + CR,), self._figures, self._stored)
        another = any(
            demand.fate in {Fate.OBEYED, Fate.PASSED_ON} and demand.message != mutant.message
            for demand in trial.forecast.demands
        )
        unchanged = all(trial.held[place] == self._stored[place] for place in trial.held)
        if not another and unchanged and due.allows(trial.received):
            return Grade.HARMLESS
        return Grade.OTHER if trial.received or not unchanged else Grade.REJECTED

    def _restored_elsewhere(self, trial: Trial) -> str:
        """Restore what other modules may have stored of it; what none of them should have."""
        forecast = trial.forecast
        reached = {
            *forecast.stored,
            *((one.position, one.setting) for one in forecast.possible_writes),
        }
        wrong = []
        for position, setting in sorted(reached & self._stored.keys()):
            if position == 1:
                continue
            place = position, setting
            held = {place: self._chain.read_setting(setting, position)}
            if not forecast.allows_stored(self._stored, held):
                wrong.append(f"{trial.text} does not store {setting.value} in module {position}")
            if held[place] != self._stored[place]:
                self._chain.write_setting(setting, position, self._stored[place])
        return "; ".join(wrong)
