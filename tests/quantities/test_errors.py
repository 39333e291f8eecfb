"""The tree of errors: what stands in their text, and that it is drawn as it is."""

from __future__ import annotations

import inspect
import re

import pytest

from quantities import errors
from quantities.errors import CellrigError, ModuleSilent, RigError

ALL = {
    name: each
    for name, each in vars(errors).items()
    if inspect.isclass(each) and issubclass(each, CellrigError)
}


def test_an_error_says_what_where_what_was_expected_and_what_to_do():
    error = RigError("is dead", where="[supply]", expected="an answer", remedy="plug it in")
    assert str(error) == "[supply]: is dead; expected: an answer; what to do: plug it in"
    assert (error.what, error.where, error.expected, error.remedy) == (
        "is dead",
        "[supply]",
        "an answer",
        "plug it in",
    )


def test_what_is_not_known_leaves_no_trace():
    assert str(RigError("is dead")) == "is dead"


def test_a_modules_error_names_the_module():
    error = ModuleSilent("no answer", position=3)
    assert error.position == 3
    assert str(error) == "module 3: no answer"


@pytest.mark.parametrize("name", ["InstrumentTimeout", "ModuleSilent", "SupervisorSilent"])
def test_a_time_out_is_also_pythons_own(name: str):
    assert issubclass(ALL[name], TimeoutError)


def test_characters_that_are_no_message_are_a_value_error():
    assert issubclass(errors.ProtocolError, ValueError)


def test_the_tree_is_drawn_as_it_is():
    assert errors.__doc__ is not None
    drawn = {}
    ancestors: list[str] = []
    for line in errors.__doc__.splitlines():
        if match := re.match(r"([│├└─ ]*)([A-Z]\w+)(?:\s{2,}|$)", line):
            depth = len(match[1]) // 4
            ancestors = [*ancestors[:depth], match[2]]
            drawn[match[2]] = ancestors[-2] if depth else "Exception"
    assert drawn == {name: each.__bases__[0].__name__ for name, each in ALL.items()}
