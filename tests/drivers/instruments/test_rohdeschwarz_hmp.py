from __future__ import annotations

from drivers.roles import OverVoltageProtection, Supply
from quantities import Clock
from tests.drivers.scripted import Wire, checked, opened


def test_over_voltage_protection_of_an_hmp_is_a_level_alone(wire: Wire, clock: Clock):
    hmp = opened("rohdeschwarz-hmp4040", wire, clock)
    wire.expect(
        *("INST:NSEL 3", *checked("VOLT:PROT:LEV 5.500")),
        *("INST:NSEL 3", ("VOLT:PROT:LEV?", "5.50")),
        *("INST:NSEL 3", *checked("VOLT 3.700")),
    )
    hmp.part(OverVoltageProtection, 3).set_over_voltage_protection(5.5)
    hmp.part(Supply, 3).set_voltage(3.7)
