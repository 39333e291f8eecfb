"""Prints every character that the host of a simulated bench receives, with its time."""

from __future__ import annotations

import sys

from tests.rigs.simulation.panels import MS, SECOND, Panel


def transcript(seed: int) -> str:
    """A run with everything that is drawn by chance in it."""
    panel = Panel(
        6,
        exact=False,
        seed=seed,
        volts=4.2,
        lead_ohm=0.05,
        bleeding_code=0x4B0,
        pwm_period_s=0.0007,
        pwm_duty=0.5,
        samples_with_bleed_off=False,
        port={"latency_timer_s": 0.016},
        others={5: {"half_duplex": False}, 6: {"defects": ["garbles"]}},
    )
    lines = [f"{module.traits}" for module in panel.modules]
    panel.port.timeout = 0.001
    for message in (b"A00@\r", b"S0F\r", *(b"A%02XU\r" % n for n in range(1, 7)), b"d\r"):
        panel.port.write(message)
        panel.wait(26 * MS)
    panel.drive(3.3, time_constant_ns=4e6)
    for _ in range(3000):
        received = panel.port.read(1)
        if received:
            lines.append(f"{panel.now_ns} {received!r}")
    panel.wait(5 * SECOND)
    status = panel.ask(b"S0F\r", 5)
    lines.append(f"{panel.now_ns} {status!r}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(transcript(int(sys.argv[1])))
