"""What the chain tells: samples, scans of all modules, and settings as they were written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drivers.chain.messages import General, Setting, Status, VoltageAnswer
from quantities.errors import SettingNotStored


@dataclass(frozen=True, slots=True)
class VoltageSample:
    """One module's answer to ``U``.

    ``latches_lost``: an earlier ``U`` was lost after it may have cleared the latched bits
    (CMD-U3), so what ``status`` does not show may have been there all the same.
    """

    code: int
    status: Status
    latches_lost: bool
    time_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class VoltageScan:
    """The answers of all modules to ``U``, by position (index 0 is position 1).

    ``codes`` is NaN and ``statuses`` 0 where there is no answer. ``latches_lost`` is as in
    ``VoltageSample``, and true where there is no answer. ``time_ns`` is the end of the scan.
    """

    codes: NDArray[np.float64]
    statuses: NDArray[np.uint8]
    latches_lost: NDArray[np.bool_]
    time_ns: int

    @classmethod
    def of(
        cls,
        answers: Mapping[int, VoltageAnswer],
        retried: Collection[int],
        *,
        modules: int,
        time_ns: int,
    ) -> Self:
        """From the answers by position, and who had to be asked again."""
        codes = np.full(modules, np.nan)
        statuses = np.zeros(modules, np.uint8)
        lost = np.ones(modules, np.bool_)
        for position, answer in answers.items():
            codes[position - 1] = answer.code
            statuses[position - 1] = answer.status
            lost[position - 1] = position in retried
        return cls(codes, statuses, lost, time_ns)


@dataclass(frozen=True, slots=True)
class GeneralStatus:
    """What came back of ``S0F`` (CHN-1); ``latches_lost`` as in ``VoltageSample``."""

    any_module: Status
    every_module: Status
    latches_lost: bool
    time_ns: int

    @property
    def consistent(self) -> bool:
        """Whether it does not contradict itself (CHN-2)."""
        return General(self.any_module, self.every_module).consistent


@dataclass(frozen=True, slots=True, eq=False)
class SettingsWritten:
    """What was sent to the modules and what a separate enquiry read back, by position.

    ``sent`` is NaN where nothing was to be written, ``stored`` where nothing was read back.
    """

    setting: Setting
    sent: NDArray[np.float64]
    stored: NDArray[np.float64]

    @property
    def not_stored(self) -> list[SettingNotStored]:
        """One error for each module that reads back other than it was sent, or nothing."""
        wrong = ~np.isnan(self.sent) & (self.sent != self.stored)
        return [
            not_stored(int(index) + 1, self.setting, self.sent[index], self.stored[index])
            for index in np.flatnonzero(wrong)
        ]


def not_stored(position: int, setting: Setting, sent: float, stored: float) -> SettingNotStored:
    """The error of a module that reads back ``stored`` (NaN: nothing) after ``sent``."""
    back = "reads back nothing" if np.isnan(stored) else f"reads back {_digits(setting, stored)}"
    return SettingNotStored(
        f"{setting.value} was sent as {_digits(setting, sent)} and {back}",
        position=position,
        expected="what was sent",
        remedy="write it again; if it stays, look at the module's supply and EEPROM",
    )


def _digits(setting: Setting, value: float) -> str:
    return f"{int(value):0{setting.digits}X}"
