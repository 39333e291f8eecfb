"""Mutants and their grades, on simulated modules good and bad."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from rigs.panel import Panel, PanelFigures
from rigs.procedures.firstmodule import AS_DEMANDED, FirstModule, figures_of
from rigs.procedures.framing import Break, Pause
from rigs.procedures.robustness import Campaign, Grade, Graded, Mutant, Mutation, mutants
from rigs.rig import Rig
from tests.rigs.benches import bench_with, opened

TIMING = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.0)
MESSAGES = [b"A01W4BD000", b"A01U", b"S0F", b"d"]


def campaign(modules: int = 1, more: str = "") -> tuple[Campaign, Rig, Panel]:
    rig = opened(bench_with(("modules = 2", f"modules = {modules}"), more=more))
    chain = Chain(rig.chain_port, rig.clock, TIMING, modules)
    panel = Panel(rig, chain, PanelFigures(resting_V=3.7, power_up_s=0.15))
    panel.rest()
    figures = figures_of(TIMING, modules, watchdog_shortest_s=1.28, surplus_digits_store=False)
    first_module = FirstModule(chain, rig.clock, figures)
    first_module.prepare()
    return Campaign(chain, first_module, panel.read_settings()), rig, panel


def graded(given: Campaign, message: bytes, sent: bytes) -> Graded:
    return given._graded(Mutant(message, Mutation.FLIPPED, (sent,)))


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - to be repeated, not to be secret


def spoilt(defect: str) -> str:
    return f'\n[simulation.modules.1]\ndefects = ["{defect}"]\n'


@given(st.integers(0, 2**32))
def test_a_mutant_is_its_message_with_one_thing_done_to_it(seed: int):
    figures = figures_of(TIMING, 1, watchdog_shortest_s=1.28, surplus_digits_store=False)
    for mutant in mutants(chance(seed), MESSAGES, figures, 30):
        assert mutant.message in MESSAGES
        whole = mutant.message + b"\r"
        sent = b"".join(piece for piece in mutant.script if isinstance(piece, bytes))
        match mutant.mutation:
            case Mutation.FLIPPED:
                changed = [a ^ b for a, b in zip(whole, sent, strict=True) if a != b]
                assert [bits.bit_count() for bits in changed] == [1]
            case Mutation.DROPPED:
                assert len(sent) == len(whole) - 1
            case Mutation.DOUBLED | Mutation.INSERTED:
                assert len(sent) == len(whole) + 1
            case Mutation.TRUNCATED:
                assert whole.startswith(sent.removesuffix(b"\r"))
            case Mutation.PAUSED | Mutation.BROKEN:
                assert sent == whole
                kind = Pause if mutant.mutation is Mutation.PAUSED else Break
                assert isinstance(mutant.script[1], kind)
                assert mutant.script[0]


def test_the_same_seed_spoils_alike_and_another_one_otherwise():
    figures = figures_of(TIMING, 1, watchdog_shortest_s=1.28, surplus_digits_store=False)
    first, again, other = (mutants(chance(seed), MESSAGES, figures, 50) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("message", "sent", "grade"),
    [
        (b"A01U", b"\x0101U\r", Grade.REJECTED),
        (b"A01U", b"A01\r", Grade.REJECTED),
        (b"A01U", b"A01U", Grade.REJECTED),
        (b"A01U", b"A\n01U\r", Grade.HARMLESS),
        (b"A01U", b"A01U\r\r", Grade.HARMLESS),
        (b"A01V7CD", b"A01V\x17CD\r", Grade.HARMLESS),
        (b"A01V7CD", b"A01V7cD\r", Grade.OTHER),
        (b"A01U", b"A01W\r", Grade.OTHER),
        (b"A01U", b"A81U\r", Grade.OTHER),
        (b"S0F", b"S1F\r", Grade.OTHER),
        (b"e", b"d\r", Grade.OTHER),
        (b"A01V7CD", b"A01V7CC\r", Grade.OTHER),
    ],
)
def test_what_comes_of_a_mutant_decides_its_grade(message: bytes, sent: bytes, grade: Grade):
    given_campaign, rig, _ = campaign()
    found = graded(given_campaign, message, sent)
    assert (found.grade, found.deviation) == (grade, "")
    assert rig.bench is not None
    codes = rig.bench.panel.modules[0].settings.codes
    assert codes == {"W": 0x800000, "V": 0x7CD, "L": 0xAEC, "H": 0x7B6}


def test_what_is_stored_without_being_asked_for_is_silent_corruption():
    given_campaign, rig, _ = campaign(more=spoilt("takes-any-digits"))
    found = graded(given_campaign, b"A01V7CD", b"A01VxCD\r")
    assert found.grade is Grade.CORRUPTION
    assert found.deviation.endswith("stores V 8CD")
    assert rig.bench is not None
    assert rig.bench.panel.modules[0].settings.codes["V"] == 0x7CD


def test_what_another_module_stores_as_asked_for_is_restored_there():
    given_campaign, rig, _ = campaign(modules=2)
    found = graded(given_campaign, b"A01V7CD", b"A02V123\r")
    assert (found.grade, found.deviation) == (Grade.OTHER, "")
    assert rig.bench is not None
    assert [module.settings.codes["V"] for module in rig.bench.panel.modules] == [0x7CD] * 2


def test_what_another_module_does_not_store_is_told():
    given_campaign, _, _ = campaign(
        modules=2, more=spoilt("forgets").replace("modules.1", "modules.2")
    )
    found = graded(given_campaign, b"A01V7CD", b"A02V123\r")
    assert "does not store V in module 2" in found.deviation


def test_a_result_tells_verdicts_by_mutation_and_counts_by_grade():
    given_campaign, rig, panel = campaign(modules=2)
    before = panel.read_settings()
    result = given_campaign.run(seed=4, count=60)
    assert result.verdicts == {mutation.value: AS_DEMANDED for mutation in Mutation}
    series = result.series()
    assert series["seed"] == 4
    counts, spoilt_ones = series["counts"], series["mutants"]
    assert isinstance(counts, dict)
    assert isinstance(spoilt_ones, list)
    assert sum(counts.values()) == len(spoilt_ones) == 60
    assert counts[Grade.CORRUPTION] == 0
    assert before.equal(panel.read_settings()).all()
    assert rig.clock.ledger()[Purpose.WATCHDOG] < 30_000_000_000


def test_a_bad_module_breaks_clauses_by_some_mutation():
    given_campaign, _, _ = campaign(more=spoilt("takes-any-digits"))
    result = given_campaign.run(seed=1, count=150)
    broken = [verdict for verdict in result.verdicts.values() if verdict != AS_DEMANDED]
    assert broken
    assert any("stores" in verdict for verdict in broken)


def test_every_setting_is_among_the_messages_that_are_spoilt():
    given_campaign, _, _ = campaign(modules=2)
    messages = given_campaign._messages()
    assert {f"A01{setting.value}".encode() for setting in Setting} <= {
        message[:4] for message in messages if len(message) > 4
    }
    assert b"A02U" in messages
