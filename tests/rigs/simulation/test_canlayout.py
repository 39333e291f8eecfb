from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.can import load_dbc
from rigs.rig_tables import PACK_DBC
from rigs.simulation.canlayout import FrameLayout, SignalLayout, read_layouts

DATABASE = load_dbc(PACK_DBC)
LAYOUTS = read_layouts(PACK_DBC)


def test_every_message_of_the_file_is_read():
    assert LAYOUTS.keys() == {message.name for message in DATABASE.messages}
    for message in DATABASE.messages:
        layout = LAYOUTS[message.name]
        assert (layout.identifier, layout.length) == (message.frame_id, message.length)
        assert layout.signals.keys() == {signal.name for signal in message.signals}


@st.composite
def single_values(draw: st.DrawFn) -> tuple[str, str, float]:
    """A message without groups, one of its signals, and a value that it holds."""
    message = draw(
        st.sampled_from([each for each in DATABASE.messages if not each.is_multiplexed()])
    )
    signal = draw(st.sampled_from(message.signals))
    least, greatest = float(signal.minimum or 0), float(signal.maximum or 0)
    return message.name, signal.name, draw(st.floats(least, greatest))


@given(single_values())
def test_what_is_packed_by_hand_is_decoded_by_the_library_within_half_a_step(
    drawn: tuple[str, str, float],
):
    name, signal, value = drawn
    message = DATABASE.get_message_by_name(name)
    data = LAYOUTS[name].packed({signal: value})
    decoded = message.decode_simple(data, decode_choices=False)
    step = float(message.get_signal_by_name(signal).scale)
    assert float(str(decoded[signal])) == pytest.approx(value, abs=step / 2 * (1 + 1e-9))
    others = {each.name: each for each in message.signals if each.name != signal}
    assert all(float(str(decoded[each])) == float(others[each].offset) for each in others)


def test_a_negative_value_is_in_twos_complement_and_the_lowest_bit_first():
    layout = FrameLayout(1, 2, {"a": SignalLayout(4, 8, 0.5, 0.0)})
    assert layout.packed({"a": -1.0}) == bytes([0xE0, 0x0F])


def test_motorolas_order_is_refused(tmp_path: Path):
    path = tmp_path / "other.dbc"
    path.write_text('BO_ 1 m: 8 A\n SG_ s : 7|8@0+ (1,0) [0|255] "" B\n', encoding="utf-8")
    with pytest.raises(ValueError, match="Motorola"):
        read_layouts(path)
