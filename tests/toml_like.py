"""What a TOML file can hold, for properties over whatever somebody may have written."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

numbers = st.one_of(
    st.integers(), st.sampled_from([0, 1, -1, 256, 2**63]), st.floats(), st.booleans()
)
moments = st.one_of(st.dates(), st.times(), st.datetimes())
scalars = st.one_of(numbers, st.text(max_size=8), moments)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=6,
)
tables = st.dictionaries(st.text(max_size=6), values, max_size=6)


@st.composite
def spoiled(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """A good table with one place in it replaced, removed or added to."""
    table = deepcopy(good)
    place: Any = table
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            place[key] = draw(values)
        elif change == "remove":
            del place[key]
        elif isinstance(place, dict):
            place[draw(st.text(min_size=1, max_size=6))] = draw(values)
        return table
