"""Which options, hooks and fixtures there are."""

pytest_plugins = (
    "fixtures.options",
    "fixtures.interrupts",
    "fixtures.hooks",
    "fixtures.html",
    "fixtures.certificates",
    "fixtures.roles",
    "fixtures.keeping",
    "fixtures.restoring",
    "fixtures.thresholds",
    "fixtures.power",
    "fixtures.framing",
    "fixtures.timing",
    "fixtures.calibration",
    "fixtures.extras",
    "fixtures.bleeding",
    "fixtures.standby",
    "fixtures.hostport",
    "fixtures.can",
    "fixtures.supervisor",
)
