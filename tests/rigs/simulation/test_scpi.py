from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.simulation.instruments.instrument import COMMON_COMMANDS, INPUT_BUFFER, ScpiInstrument
from rigs.simulation.instruments.parameters import (
    BOOLEAN,
    CHANNELS,
    LIMIT,
    STRING,
    expand,
    number,
    optional,
    within,
    word,
)
from rigs.simulation.kernel import Kernel
from rigs.simulation.scpi import Command, ErrorQueue, ScpiError


class Recorder(ScpiInstrument):
    """Obeys by noting the values that its commands came with."""

    def __init__(self) -> None:
        super().__init__(kernel=Kernel(), identity="Maker,Model,1,2", commands=COMMANDS)
        self.heard: list[object] = []

    def reset(self) -> None:
        self.heard.append("reset")

    def note(self, *values: object) -> None:
        self.heard.append(values)

    def ask(self, message: str) -> str:
        """The whole answer to a message."""
        self.receive(message.encode("latin-1") + b"\n", framed=False)
        self.kernel.advance_to(self.kernel.now_ns + 1_000_000_000)
        answer = self.output.decode("latin-1")
        self.output.clear()
        return answer.removesuffix("\n")

    def errors(self) -> list[str]:
        """Everything in the error queue."""
        found = []
        while (error := self.ask("SYST:ERR?")) != '+0,"No error"':
            found.append(error)
        return found


COMMANDS: Mapping[str, Command] = {
    **COMMON_COMMANDS,
    "[SOURce:]VOLTage[:LEVel][:IMMediate]": Command(
        Recorder.note, (number("V"), optional(CHANNELS))
    ),
    "[SOURce:]VOLTage[:LEVel][:IMMediate]?": Command(
        lambda recorder, limit, channels: recorder.note(limit, channels) or "1.5",
        (LIMIT, optional(CHANNELS)),
    ),
    "[SOURce:]VOLTage:PROTection[:LEVel]": Command(Recorder.note, (number("V"),)),
    "TRIGger:SOURce": Command(Recorder.note, (word("IMMediate", "BUS"),)),
    "OUTPut[:STATe]": Command(Recorder.note, (BOOLEAN,)),
    "[SENSe:]FUNCtion": Command(Recorder.note, (STRING,)),
    "MEMory{1|2}:SAVE": Command(lambda recorder: recorder.note("saved")),
    "BANDwidth": Command(Recorder.note, (number("HZ"),)),
    "COUNt": Command(Recorder.note, (number(),)),
    "FAIL": Command(lambda _recorder: (_ for _ in ()).throw(ScpiError(-221))),
}


@given(
    source=st.sampled_from(["", "SOUR:", "SOURCE:"]),
    voltage=st.sampled_from(["VOLT", "VOLTAGE"]),
    level=st.sampled_from(["", ":LEV", ":LEVEL"]),
    immediate=st.sampled_from(["", ":IMM", ":IMMEDIATE"]),
    colon=st.sampled_from(["", ":"]),
    capitals=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_long_and_short_forms_any_case_and_optional_nodes_name_one_command(
    source: str, voltage: str, level: str, immediate: str, colon: str, capitals: list[bool]
) -> None:
    header = colon + source + voltage + level + immediate
    spelt = "".join(
        character if capital else character.lower()
        for character, capital in zip(header, capitals, strict=False)
    )
    recorder = Recorder()
    recorder.ask(f"{spelt} 3")
    assert recorder.heard == [(3.0, None)]


@pytest.mark.parametrize(
    "header", ["VOLTA", "VOL", "SOURC:VOLT", "VOLT:IMM:LEV", "VOLT1", "MEM:SAVE"]
)
def test_other_spellings_are_undefined_headers(header: str) -> None:
    recorder = Recorder()
    recorder.ask(f"{header} 3")
    assert recorder.errors() == ['-113,"Undefined header"']
    assert recorder.heard == []


def test_a_choice_of_mnemonics_is_spelt_out() -> None:
    recorder = Recorder()
    recorder.ask("mem2:save")
    assert recorder.heard == [("saved",)]


def test_a_header_after_a_semicolon_continues_in_the_branch_of_the_one_before() -> None:
    recorder = Recorder()
    recorder.ask("SOUR:VOLT:PROT 6;LEV 7;:SOUR:VOLT:LEV:IMM 3;IMM 4")
    assert recorder.heard == [(6.0,), (7.0, None), (3.0, None), (4.0, None)]


def test_a_header_that_is_not_in_the_branch_is_undefined() -> None:
    recorder = Recorder()
    recorder.ask("VOLT:PROT 5;OUTP ON")
    assert recorder.errors() == ['-113,"Undefined header"']


def test_common_commands_leave_the_branch_alone() -> None:
    recorder = Recorder()
    recorder.ask("VOLT:PROT 5;*CLS;LEV:IMM 7")
    assert recorder.heard == [(5.0,), (7.0, None)]


def test_a_colon_goes_back_to_the_root() -> None:
    recorder = Recorder()
    recorder.ask("VOLT:PROT 5;:OUTP ON")
    assert recorder.heard == [(5.0,), (True,)]


def test_answers_of_one_message_come_in_one_line_separated_by_semicolons() -> None:
    recorder = Recorder()
    assert recorder.ask("*IDN?;VOLT?;*OPC?") == "Maker,Model,1,2;1.5;1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.7", 3.7),
        ("+3.7", 3.7),
        (".5", 0.5),
        ("5.", 5.0),
        ("3.7E0", 3.7),
        ("37 e -1", 3.7),
        ("3700MV", 3.7),
        ("3700 mV", 3.7),
        ("3.7V", 3.7),
        ("0.0037KV", 3.7),
        ("MIN", "MIN"),
        ("maximum", "MAX"),
        ("Def", "DEF"),
        ("#H10", 16.0),
        ("#Q17", 15.0),
        ("#B101", 5.0),
    ],
)
def test_a_number_may_carry_exponent_suffix_or_be_a_word(text: str, value: float | str) -> None:
    recorder = Recorder()
    recorder.ask(f"VOLT {text}")
    assert recorder.heard == [(pytest.approx(value), None)]


def test_m_before_hertz_is_mega() -> None:
    recorder = Recorder()
    recorder.ask("BAND 2MHZ")
    assert recorder.heard == [(2e6,)]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("VOLT", '-109,"Missing parameter"'),
        ("VOLT 1,(@1),3", '-108,"Parameter not allowed"'),
        ("*RST 1", '-108,"Parameter not allowed"'),
        ("VOLT 3A", '-131,"Invalid suffix"'),
        ("VOLT 3MA", '-131,"Invalid suffix"'),
        ("COUN 3V", '-138,"Suffix not allowed"'),
        ("VOLT 1.2.3", '-121,"Invalid character in number"'),
        ("VOLT 1E99", '-123,"Exponent too large"'),
        ("VOLT ABC", '-224,"Illegal parameter value"'),
        ("VOLT 'ABC'", '-158,"String data not allowed"'),
        ("VOLT #15hello", '-168,"Block data not allowed"'),
        ("VOLT (@1)", '-178,"Expression data not allowed"'),
        ("FUNC VOLT", '-148,"Character data not allowed"'),
        ("FUNC 1", '-128,"Numeric data not allowed"'),
        ("FUNC 'VOLT", '-151,"Invalid string data"'),
        ("VOLT 1,(@1", '-171,"Invalid expression"'),
        ("VOLT 1,(@x)", '-171,"Invalid expression"'),
        ("VOLT 1,", '-109,"Missing parameter"'),
        ("VOLT 1 2", '-121,"Invalid character in number"'),
        ("VOLT?(@1)", '-103,"Invalid separator"'),
        ("VOLT,3", '-103,"Invalid separator"'),
        ("VOLT&3", '-101,"Invalid character"'),
        ("\xe4VOLT 3", '-101,"Invalid character"'),
        ("3VOLT", '-102,"Syntax error"'),
        ("TRIG:SOUR EXT", '-224,"Illegal parameter value"'),
        ("OUTP 2V", '-138,"Suffix not allowed"'),
        ("FAIL", '-221,"Settings conflict"'),
        ("RST", '-113,"Undefined header"'),
        ("VOLT:PROT?", '-113,"Undefined header"'),
    ],
)
def test_what_is_wrong_with_a_message_stands_in_the_error_queue(message: str, error: str) -> None:
    recorder = Recorder()
    assert recorder.ask(message) == ""
    assert recorder.errors() == [error]
    assert recorder.heard == []


def test_after_a_command_error_the_rest_of_the_message_is_dropped() -> None:
    recorder = Recorder()
    recorder.ask("VOLT 1;NONSENSE;VOLT 2")
    assert recorder.heard == [(1.0, None)]


def test_what_stands_before_an_error_is_obeyed() -> None:
    recorder = Recorder()
    recorder.ask("VOLT 1;:FUNC 'VOLT;:VOLT 2")
    assert recorder.heard == [(1.0, None)]
    assert recorder.errors() == ['-151,"Invalid string data"']


def test_after_an_execution_error_the_rest_of_the_message_is_obeyed() -> None:
    recorder = Recorder()
    recorder.ask("FAIL;:VOLT 2")
    assert recorder.heard == [(2.0, None)]


def test_semicolons_and_commas_inside_quotes_and_parentheses_separate_nothing() -> None:
    recorder = Recorder()
    recorder.ask('FUNC "a;b,c";:VOLT 1,(@1,2:3)')
    assert recorder.heard == [("a;b,c",), (1.0, ((1, 1), (2, 3)))]


def test_an_optional_parameter_is_skipped_where_the_next_one_is_of_another_kind() -> None:
    recorder = Recorder()
    recorder.ask("VOLT? (@2)")
    recorder.ask("VOLT? MAX,(@2)")
    assert recorder.heard == [(None, ((2, 2),)), ("MAX", ((2, 2),))]


def test_channels_in_a_range_that_do_not_exist_are_passed_over_but_its_ends_must_exist() -> None:
    valid = [101, 102, 201, 202]
    assert expand(((102, 201),), valid) == [102, 201]
    assert expand(((202, 201), (101, 101)), valid) == [202, 201, 101]
    with pytest.raises(ScpiError) as caught:
        expand(((101, 103),), valid)
    assert caught.value.number == -222


def test_limits_stand_for_numbers_and_numbers_beyond_them_are_out_of_range() -> None:
    assert within("MAX", minimum=0, maximum=6) == 6
    assert within(6.0, minimum=0, maximum=6) == 6
    for value, error in ((6.01, -222), ("DEF", -224)):
        with pytest.raises(ScpiError) as caught:
            within(value, minimum=0, maximum=6)
        assert caught.value.number == error


@given(st.integers(min_value=1, max_value=30), st.lists(st.sampled_from([-113, -222]), max_size=60))
def test_a_full_error_queue_keeps_the_oldest_and_ends_with_overflow(
    depth: int, raised: list[int]
) -> None:
    queue = ErrorQueue(depth, {})
    for error in raised:
        queue.add(error)
    kept = [queue.take()[0] for _ in range(len(queue))]
    expected = raised if len(raised) <= depth else [*raised[: depth - 1], -350]
    assert kept == expected
    assert queue.take() == (0, "No error")


def test_clear_status_empties_the_error_queue_and_the_event_register() -> None:
    recorder = Recorder()
    recorder.ask("NONSENSE")
    recorder.ask("*CLS")
    assert recorder.errors() == []
    assert recorder.ask("*ESR?") == "+0"


def test_each_class_of_error_sets_its_bit_of_the_event_register() -> None:
    recorder = Recorder()
    assert recorder.ask("*ESR?") == "+128"  # power on
    for message, bit in (("NONSENSE", "+32"), ("FAIL", "+16")):
        recorder.ask(message)
        assert recorder.ask("*ESR?") == bit
    recorder.read_in_vain()
    assert recorder.ask("*ESR?") == "+4"


def test_the_status_byte_sums_up_errors_events_and_waiting_answers() -> None:
    recorder = Recorder()
    recorder.ask("*ESE 32;*SRE 36")
    assert recorder.status_byte() == 0
    recorder.ask("NONSENSE")
    assert recorder.status_byte() == 0x04 | 0x20 | 0x40
    recorder.receive(b"*IDN?\n", framed=False)
    recorder.kernel.advance_to(recorder.kernel.now_ns + 1_000_000_000)
    assert recorder.status_byte() == 0x04 | 0x10 | 0x20 | 0x40


def test_operation_complete_sets_its_bit_at_once_where_nothing_is_pending() -> None:
    recorder = Recorder()
    recorder.ask("*CLS;*OPC")
    assert recorder.ask("*ESR?") == "+1"


@given(chunks=st.lists(st.tuples(st.binary(max_size=200), st.booleans()), max_size=20))
def test_whatever_bytes_arrive_only_the_error_queue_tells_of_it(
    chunks: list[tuple[bytes, bool]],
) -> None:
    recorder = Recorder()
    for chunk, framed in chunks:
        recorder.receive(chunk, framed=framed)
        recorder.kernel.advance_to(recorder.kernel.now_ns + 10_000_000)
    recorder.device_clear()
    assert len(recorder.errors()) <= ScpiInstrument.error_depth
    assert recorder.ask("*IDN?") == "Maker,Model,1,2"


FRAGMENTS = [
    "VOLT", "SOUR", ":", ";", "?", " ", ",", "(@", "1", ")", "*IDN?", "*OPC?", "*RST", "'", '"',
    "#", "#H", "E", "9", ".", "-", "MIN", "\n", "\r", "\x00", "\xff", "LEV", "OUTP", "ON", "{", "|",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60))
def test_pieces_of_commands_in_any_order_do_no_harm(fragments: list[str]) -> None:
    recorder = Recorder()
    recorder.receive("".join(fragments).encode("latin-1") + b"\n", framed=False)
    recorder.kernel.advance_to(recorder.kernel.now_ns + 1_000_000_000)
    recorder.output.clear()
    assert len(recorder.errors()) <= ScpiInstrument.error_depth
    assert recorder.ask("*IDN?") == "Maker,Model,1,2"


@pytest.mark.parametrize("flood", [b"A" * 40_000, b"*IDN?\n" * 8_000])
def test_a_flood_overruns_the_input_buffer_and_takes_no_more_memory(flood: bytes) -> None:
    recorder = Recorder()
    for _ in range(10):
        recorder.receive(flood, framed=False)
        assert len(recorder._input) + sum(map(len, recorder._messages)) <= INPUT_BUFFER
    assert recorder._errors.take()[0] == -363
