"""Wrong arguments, asked of every module of a simulated chain at once."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from quantities.errors import ChainBroken
from rigs.procedures.arguments import Arguments
from rigs.rig import Rig
from rigs.settings import PanelSettings
from tests.rigs.benches import bench_with, opened

NAN = float("nan")


def asked(modules: int, more: str = "") -> tuple[Arguments, Chain, Rig]:
    rig = opened(bench_with(("modules = 2", f"modules = {modules}"), more=more))
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.0)
    chain = Chain(rig.chain_port, rig.clock, timing, modules)
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    rig.clock.wait(0.2, Purpose.SETTLING)
    return Arguments(chain, rig.clock), chain, rig


def spoilt(defect: str, position: int) -> str:
    return f'\n[simulation.modules.{position}]\ndefects = ["{defect}"]\n'


def test_arguments_have_every_wrong_length_and_every_digit_lowered():
    assert Arguments.in_lower_case(Setting.BLEEDING) == ["aBC", "AbC", "ABc", "abc"]
    assert len(Arguments.in_lower_case(Setting.CALIBRATION)) == 7
    assert Arguments.too_few(Setting.LOW) == ["A", "AB"]
    assert Arguments.too_few(Setting.CALIBRATION) == ["A", "AB", "ABC", "ABCD", "ABCDE"]
    assert Arguments.surplus(Setting.HIGH) == ["ABCD", "ABCDE", "ABCDEF"]
    assert Arguments.surplus(Setting.CALIBRATION) == []


@pytest.mark.parametrize("modules", [1, 5, 16])
def test_every_module_answers_for_itself_and_at_once(modules: int):
    more = "".join(f"\n[simulation.modules.{k}]\nlow_code = {k}\n" for k in range(1, modules + 1))
    arguments, chain, rig = asked(modules, more)
    answers = arguments.answers(Setting.LOW, "aBC")
    assert answers.tolist() == [float(k) for k in range(1, modules + 1)]
    assert rig.clock.ledger()[Purpose.WATCHDOG] == 0
    assert chain.read_settings(Setting.LOW).tolist() == answers.tolist()
    assert rig.clock.ledger()[Purpose.WATCHDOG] == 0


def test_what_a_module_stores_instead_shows():
    arguments, chain, _ = asked(3, spoilt("takes-lower-case-digits", 2))
    stored = chain.read_settings(Setting.HIGH)
    assert arguments.bring(stored, Setting.HIGH, ["abc"]) == [True, False, True]
    assert chain.read_settings(Setting.HIGH).tolist() == [0x7B6, 0xABC, 0x7B6]


def test_a_setting_that_could_not_be_read_is_not_judged():
    arguments, _, _ = asked(3)
    stored = np.array([0x7B6, NAN, 0x123])
    assert arguments.bring(stored, Setting.HIGH, ["abc"]) == [True, None, False]


def test_settings_are_kept_or_not_or_not_known():
    columns = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, NAN], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    before = PanelSettings(*columns)
    columns[2, 1] = 7.0
    assert Arguments.kept(before, before) == [True, True, None]
    assert Arguments.kept(before, PanelSettings(*columns.copy())) == [True, True, None]
    later = PanelSettings(columns[0], columns[1], columns[2] + [0, 1, 0], columns[3])
    assert Arguments.kept(before, later) == [True, False, None]


def test_a_module_that_does_not_answer_is_asked_again_by_itself():
    arguments, _, rig = asked(3)
    assert rig.bench is not None
    host, dropped = rig.bench.host, [b"A02H1\r"]
    send = host.send
    host.send = lambda run: (
        dropped.remove(run.characters) if run.characters in dropped else send(run)
    )  # type: ignore[func-returns-value]
    assert arguments.answers(Setting.HIGH, "1").tolist() == [0x7B6] * 3
    assert dropped == []


def test_who_keeps_silent_is_nan_where_the_chain_passes_as_much_on():
    arguments, _, rig = asked(3)
    assert rig.bench is not None
    module = rig.bench.panel.modules[1]
    send = module.send
    module.send = lambda run: None if run.characters.startswith(b"\nA00H") else send(run)
    answers = arguments.answers(Setting.HIGH, "1")
    assert np.isnan(answers).tolist() == [False, True, False]


def test_what_the_chain_does_not_pass_on_either_is_nobodys_fault():
    arguments, _, _ = asked(3, spoilt("buffer-of-nine", 2))
    with pytest.raises(ChainBroken, match="'ABCDEf' for a module beyond the chain"):
        arguments.answers(Setting.CALIBRATION, "ABCDEf")


def test_commands_that_nobody_knows_bring_nothing():
    arguments, chain, _ = asked(3)
    arguments.send("X")
    assert chain.count() == 3


@pytest.mark.parametrize(
    ("setting", "first_digits_store", "due"),
    [
        (Setting.HIGH, False, [1.0, 2.0]),
        (Setting.HIGH, True, [0xABC, 0xABC]),
        (Setting.CALIBRATION, True, [1.0, 2.0]),
    ],
)
def test_the_product_says_what_surplus_digits_store(
    setting: Setting,
    first_digits_store: bool,  # noqa: FBT001 - a parameter of the test
    due: list[float],
):
    arguments, _, _ = asked(2)
    after = arguments.after_surplus(
        setting, np.array([1.0, 2.0]), first_digits_store=first_digits_store
    )
    assert after.tolist() == due
