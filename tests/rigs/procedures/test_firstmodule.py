"""The first module, heard through a simulated bench, with faults of line and module."""

from __future__ import annotations

import pytest

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.timing import ChainTiming
from quantities import Purpose
from quantities.errors import ChainBroken, ModuleSilent
from rigs.procedures.firstmodule import AS_DEMANDED, FirstModule, figures_of, shown
from rigs.procedures.framing import Break, Pause, Script
from rigs.rig import Rig
from rigs.simulation.modules.module import Module
from tests.rigs.benches import bench_with, opened

GOOD: Script = (b"A01L\r",)


def listening(modules: int = 2, more: str = "") -> tuple[FirstModule, Rig]:
    """The first module of powered ones, its settings read."""
    rig = opened(bench_with(("modules = 2", f"modules = {modules}"), more=more))
    timing = ChainTiming(processing_s=0.002, watchdog_longest_s=3.2, port_latency_s=0.0)
    chain = Chain(rig.chain_port, rig.clock, timing, modules)
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    rig.clock.wait(0.2, Purpose.SETTLING)
    figures = figures_of(timing, modules, watchdog_shortest_s=1.28, surplus_digits_store=False)
    first_module = FirstModule(chain, rig.clock, figures)
    first_module.prepare()
    return first_module, rig


def module_of(rig: Rig) -> Module:
    assert rig.bench is not None
    return rig.bench.panel.modules[0]


def spoilt(defect: str) -> str:
    return f'\n[simulation.modules.1]\ndefects = ["{defect}"]\n'


def lose(rig: Rig, monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Of what the host writes from now on, lose the pieces of these numbers."""
    assert rig.bench is not None
    host, count = rig.bench.host, iter(range(10_000))
    send = host.send
    monkeypatch.setattr(host, "send", lambda run: None if next(count) in numbers else send(run))


def test_its_settings_are_read_in_one_go():
    first_module, rig = listening()
    begun_ns = rig.clock.now()
    assert first_module.held() == {
        (1, Setting.CALIBRATION): 0x800000,
        (1, Setting.BLEEDING): 0x7CD,
        (1, Setting.LOW): 0xAEC,
        (1, Setting.HIGH): 0x7B6,
    }
    assert rig.clock.now() - begun_ns < 300_000_000


def test_settings_of_which_an_answer_is_lost_are_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
):
    first_module, rig = listening()
    lose(rig, monkeypatch, 1)
    assert first_module.held() == first_module.stored


def test_what_is_obeyed_is_as_demanded_and_leaves_the_line_trusted():
    first_module, rig = listening()
    trial = first_module.hear(GOOD)
    assert trial.received == b"\nAFFLAEC\r"
    assert trial.verdict == AS_DEMANDED
    assert rig.clock.ledger()[Purpose.WATCHDOG] == 0


def test_a_character_that_the_line_lost_once_is_not_the_modules_fault(
    monkeypatch: pytest.MonkeyPatch,
):
    first_module, rig = listening()
    lose(rig, monkeypatch, 0)
    assert first_module.hear(GOOD).verdict == AS_DEMANDED
    assert first_module.repeated == 1


def test_what_deviates_twice_is_the_modules_fault_and_says_so():
    first_module, _ = listening(more=spoilt("keeps-line-feeds"))
    trial = first_module.hear((b"A0\n1L\r",))
    assert trial.verdict == "A0␊1L␍ brings nothing, due is AFFLAEC␍ (CMD-L)"
    assert first_module.repeated == 0


def test_trials_end_when_there_are_deviations_enough():
    first_module, _ = listening(more=spoilt("keeps-line-feeds"))
    found = first_module.hear_all([(b"A0\n1L\r",)] * 5)
    assert found.count("brings nothing") == 3
    assert found.endswith("; …")


def test_what_is_stored_without_being_asked_for_counts_at_once_and_is_restored():
    first_module, rig = listening(more=spoilt("takes-any-digits"))
    trial = first_module.hear((b"A01V4G0\r",), read_back=True)
    assert trial.verdict == "A01V4G0␍ stores V 470"
    assert not trial.kept
    assert module_of(rig).settings.codes["V"] == 0x7CD


def test_what_is_stored_as_asked_for_is_restored_too():
    first_module, rig = listening()
    trial = first_module.hear((b"A01V123\r",), read_back=True)
    assert trial.verdict == AS_DEMANDED
    assert trial.held[1, Setting.BLEEDING] == 0x123
    assert module_of(rig).settings.codes["V"] == 0x7CD


def test_without_reading_back_what_is_due_is_remembered_until_the_end():
    first_module, rig = listening()
    assert first_module.hear_all([(b"A01V123\r",), (b"A01V\r",)]) == AS_DEMANDED
    assert first_module.restore() == AS_DEMANDED
    assert module_of(rig).settings.codes["V"] == 0x7CD


def test_what_was_stored_by_the_way_is_found_in_the_end():
    first_module, rig = listening()
    module_of(rig).settings.store("H", 0x123, rig.clock.now())
    assert first_module.restore() == "H 123 stored"
    assert module_of(rig).settings.codes["H"] == 0x7B6
    assert first_module.restore() == AS_DEMANDED


def test_a_module_that_hears_no_more_is_silent():
    first_module, _ = listening(more=spoilt("stuck-after-purge"))
    with pytest.raises(ModuleSilent, match="no better after a watchdog period") as caught:
        first_module.hear((b"01234567890\r",))
    assert caught.value.position == 1
    assert first_module.deaf


def test_after_an_undefined_input_a_good_message_may_wait_for_the_watchdog():
    first_module, _ = listening(more=spoilt("deaf-after-purge"))
    undefined: Script = (b"A0000000000A01X\r",)
    assert first_module.hear(undefined).verdict == AS_DEMANDED
    purged = first_module.hear((b"A0000000000\r",))
    assert "after A0000000000␍ A01W␍ brings nothing" in purged.verdict


def test_left_over_characters_are_cleared_away():
    first_module, rig = listening()
    first_module.send((b"A01W4",))
    first_module.clear()
    assert first_module.hear(GOOD).verdict == AS_DEMANDED
    assert rig.clock.ledger()[Purpose.WATCHDOG] == 0


def test_pauses_and_breaks_take_their_time():
    first_module, rig = listening()
    begun_ns = rig.clock.now()
    first_module.send((b"A", Pause(1.0), Break(0.05)))
    assert rig.clock.now() - begun_ns == pytest.approx(1.05e9, abs=2e6)
    assert rig.clock.ledger()[Purpose.WATCHDOG] == 1_000_000_000


def test_what_the_chain_does_not_pass_on_is_the_only_modules_fault_or_nobodys():
    passed: Script = (b"A09X123456\r",)
    alone, _ = listening(1, more=spoilt("buffer-of-nine"))
    assert "brings nothing" in alone.through_the_chain(passed)
    several, rig = listening(2)
    send = module_of(rig).send
    module_of(rig).send = lambda run: None if b"X" in run.characters else send(run)
    with pytest.raises(ChainBroken, match="A09X123456␍ brings nothing"):
        several.through_the_chain(passed)
    good, _ = listening(2)
    assert good.through_the_chain(passed) == AS_DEMANDED


def test_line_feeds_ahead_are_seen():
    good, _ = listening()
    assert good.hear((b"A02U\r",)).led_by_line_feeds == AS_DEMANDED
    bad, _ = listening(1, more=spoilt("no-line-feed"))
    assert bad.hear(GOOD).led_by_line_feeds == "A01L␍ brings A00LAEC␍"


def test_a_script_is_shown_with_its_pauses_and_breaks():
    script: Script = (b"A\n", Pause(1.152), Break(0.004), b"\x00\xe1\r")
    assert shown(script) == "A␊‹1.15 s›‹break 0.004 s›␀\\xe1␍"
