"""A port that keeps no times: served over a network, or by a busy machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from tests.drivers.chain.scripted import ScriptedClock, ScriptedPort

Build = Callable[..., tuple[Chain, ScriptedPort, ScriptedClock]]


def test_nothing_is_sent_while_an_answer_is_due(bench: Build):
    chain, port, _ = bench(4, port_keeps_times=False)
    late_s = 0.03
    port.tamper = lambda _, reply: [(late_s, reply)]
    assert chain.read_voltages().codes.tolist() == [0x53C] * 4
    starts_ns = [time_ns for time_ns, _ in port.sent]
    # out and back, late, through four modules: more than the pipelined spacing
    assert min(np.diff(starts_ns)) > 4 * 2_000_000 + late_s * 1e9


def test_a_lost_write_does_not_spoil_the_next(bench: Build):
    chain, port, _ = bench(4, port_keeps_times=False)
    port.tamper = lambda n, reply: [] if n == 0 else [(0.0, reply)]
    written = chain.write_settings(Setting.LOW, [0x111, 0x222, 0x333, 0x444])
    assert written.not_stored == []


def test_of_several_answers_of_one_module_all_are_given_or_none(bench: Build):
    chain, port, _ = bench(2, port_keeps_times=False, retries=0)
    port.tamper = lambda n, reply: [] if n == 1 else [(0.0, reply)]  # module 2's second
    codes = chain.read_codes(3)
    assert np.isnan(codes[:, 1]).all()
    assert codes[:, 0].tolist() == [0x53C] * 3


def test_addresses_that_do_not_all_come_back_are_none(bench: Build):
    chain, port, _ = bench(2, port_keeps_times=False, retries=0)
    port.tamper = lambda n, reply: [] if n == 1 else [(0.0, reply)]
    assert np.isnan(chain.pass_on_addresses([5, 6, 7])).all()
