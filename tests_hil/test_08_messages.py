"""Messages: what characters make one, and what becomes of characters that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from drivers.chain.chain import Chain
    from fixtures.roles import Measure
    from products.model import Product
    from reports.recorder import Recorder
    from rigs.panel import Panel
    from rigs.procedures.arguments import Arguments
    from rigs.procedures.baudrates import BaudRates
    from rigs.procedures.firstmodule import FirstModule
    from rigs.procedures.scripts import Scripts
    from rigs.settings import PanelSettings

COMMANDS = "UWVLHT@Xz0#"
"""Some that modules know, and some that they do not."""

UNKNOWN = (("X", ""), ("w", "4BD000"), ("v", "4A0"), ("#", "123"), ("Z", "F"))


@pytest.mark.eol
@pytest.mark.requirement("MSG-3", "MSG-6", "MSG-7")
@pytest.mark.usefixtures("first_module_only")
def test_framing_in_short(first_module: FirstModule, scripts: Scripts, measure: Measure) -> None:
    """One LF inside a message, and one message that is too long, with a good one after it."""
    line_feed, over_long = scripts.in_short
    measure("messages.line_feeds", first_module.hear_all([line_feed]), position=1)
    measure("messages.over_long", first_module.hear_all([over_long]), position=1)
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.requirement("MSG-1")
def test_answers_have_the_stated_format(chain: Chain, measure: Measure) -> None:
    """Read every module at 9600 baud, 8 data bits, no parity, 1 stop bit."""
    measure("messages.format", np.isfinite(chain.read_voltages().codes))


@pytest.mark.timing
@pytest.mark.requirement("MSG-1")
@pytest.mark.usefixtures("first_module_only")
def test_receive_window(baud_rates: BaudRates, product: Product, measure: Measure) -> None:
    """Find the slowest and the fastest rate that the first module hears: its clock's error."""
    window = baud_rates.window()
    measure("messages.slowest_rate", window.slowest, position=1)
    measure("messages.fastest_rate", window.fastest, position=1)
    exact = product.timing
    measure(
        "messages.clock_error",
        window.clock_error(slowest_baud=exact.slowest_baud, fastest_baud=exact.fastest_baud),
        position=1,
    )


@pytest.mark.requirement("MSG-2", "MSG-5")
def test_messages_of_four_to_ten_characters_are_passed_on(
    first_module: FirstModule, scripts: Scripts, measure: Measure
) -> None:
    """Send known and unknown commands with arguments of every length through the whole chain."""
    for command in COMMANDS:
        found = first_module.through_the_chain(scripts.passed_on(command))
        measure("messages.passed_on", found, condition=command)


@pytest.mark.requirement("MSG-3")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled")
def test_line_feeds_are_ignored(
    first_module: FirstModule, scripts: Scripts, measure: Measure
) -> None:
    """Put an LF at every place of a message, also of one of exactly ten characters."""
    for message in scripts.obeyed:
        found = first_module.hear_all(scripts.with_line_feeds(message))
        measure("messages.line_feeds", found, condition=message.decode(), position=1)
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.requirement("MSG-4")
@pytest.mark.usefixtures("last_module_only", "bleeding_disabled")
def test_a_line_feed_leads_every_message(
    first_module: FirstModule, scripts: Scripts, chain: Chain, measure: Measure
) -> None:
    """Look at the characters of the last module: its own answers, and what it passes on."""
    for message in scripts.sent_by_the_last:
        sent = first_module.hear(message)
        measure("messages.line_feed_ahead", sent.led_by_line_feeds, position=chain.modules)


@pytest.mark.requirement("MSG-5")
@pytest.mark.usefixtures("first_module_only")
def test_ten_characters_are_a_message(
    first_module: FirstModule, scripts: Scripts, measure: Measure
) -> None:
    """Store a constant with a message of exactly ten characters, and the old one again."""
    measure(
        "messages.ten_characters", first_module.hear_all([scripts.of_ten_characters]), position=1
    )
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.requirement("MSG-6", "MSG-7")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled")
def test_the_eleventh_character_purges(
    first_module: FirstModule, scripts: Scripts, measure: Measure
) -> None:
    """Send 11 to 40 characters, and after the processing time a good message."""
    for message in scripts.obeyed:
        found = first_module.hear_all(scripts.over_long(message))
        measure("messages.over_long", found, condition=message.decode(), position=1)
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.timing
@pytest.mark.requirement("MSG-8")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled")
def test_short_pauses_do_not_purge(
    first_module: FirstModule, scripts: Scripts, measure: Measure
) -> None:
    """Pause for 0.9 of the shortest watchdog period between all characters of a message."""
    for message in scripts.to_pause_in:
        found = first_module.hear_all([scripts.short_pauses(message)])
        measure("messages.short_pauses", found, condition=message.decode(), position=1)
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.timing
@pytest.mark.requirement("MSG-7", "MSG-8")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled")
def test_long_pauses_purge(first_module: FirstModule, scripts: Scripts, measure: Measure) -> None:
    """Begin a message, pause for 1.1 of the longest watchdog period, and send a good one."""
    for message in scripts.to_pause_in:
        found = first_module.hear_all(scripts.long_pauses(message))
        measure("messages.long_pauses", found, condition=message.decode(), position=1)
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.requirement("MSG-9")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled")
def test_other_first_characters_are_ignored(
    first_module: FirstModule, scripts: Scripts, measure: Measure
) -> None:
    """Begin messages with each of the characters that none begins with."""
    for condition, some in scripts.other_firsts.items():
        measure(
            "messages.other_firsts", first_module.hear_all(some), condition=condition, position=1
        )
    measure("messages.settings_kept", first_module.restore(), position=1)


@pytest.mark.requirement("MSG-10")
@pytest.mark.usefixtures("bleeding_disabled")
def test_lower_case_digits_make_an_enquiry(
    panel: Panel, settings_kept: PanelSettings, arguments: Arguments, measure: Measure
) -> None:
    """Set every quantity with each digit in lower case in turn, and with all."""
    for setting, stored in settings_kept.by_setting().items():
        answered = arguments.bring(stored, setting, arguments.in_lower_case(setting))
        measure("messages.enquiry", answered, condition=f"{setting.value} in lower case")
    measure("messages.nothing_stored", arguments.kept(settings_kept, panel.read_settings()))


@pytest.mark.requirement("MSG-11")
@pytest.mark.usefixtures("bleeding_disabled")
def test_too_few_digits_make_an_enquiry(
    panel: Panel, settings_kept: PanelSettings, arguments: Arguments, measure: Measure
) -> None:
    """Set every quantity with one digit and more, but fewer than it has."""
    for setting, stored in settings_kept.by_setting().items():
        answered = arguments.bring(stored, setting, arguments.too_few(setting))
        measure("messages.enquiry", answered, condition=f"{setting.value} with too few digits")
    measure("messages.nothing_stored", arguments.kept(settings_kept, panel.read_settings()))


@pytest.mark.requirement("MSG-11")
@pytest.mark.usefixtures("bleeding_disabled")
def test_surplus_digits_store_what_the_product_says(
    panel: Panel,
    product: Product,
    found_settings: PanelSettings,
    arguments: Arguments,
    measure: Measure,
) -> None:
    """Set every threshold with more digits than it has, up to ten characters in all."""
    for setting, stored in found_settings.by_setting().items():
        for argument in arguments.surplus(setting):
            arguments.send(setting.value, argument)
        due = arguments.after_surplus(
            setting, stored, first_digits_store=product.options.surplus_digits_store
        )
        held = panel.chain.read_settings(setting)
        as_due = arguments.known(held == due, held, stored)
        measure("messages.surplus_digits", as_due, condition=setting.value)


@pytest.mark.requirement("MSG-12")
@pytest.mark.usefixtures("first_module_only", "bleeding_disabled", "settings_kept")
def test_undefined_inputs_do_no_harm(
    first_module: FirstModule, scripts: Scripts, measure: Measure, recorder: Recorder
) -> None:
    """Send what no clause defines, record the answers, read settings and a good message after each."""
    trials = [first_module.hear(script, read_back=True) for script in scripts.undefined]
    for trial in trials:
        measure("messages.undefined_input", trial.verdict, condition=trial.text, position=1)
    later = first_module.hear_all([scripts.after_a_watchdog_period])
    measure("messages.after_undefined_inputs", later, position=1)
    recorder.record_series("undefined_inputs", first_module.answers(trials))


@pytest.mark.requirement("MSG-12")
@pytest.mark.usefixtures("bleeding_disabled")
def test_unknown_commands_store_nothing(
    panel: Panel, settings_kept: PanelSettings, arguments: Arguments, measure: Measure
) -> None:
    """Send every module commands that none knows, which all others pass on to it."""
    for command, argument in UNKNOWN:
        arguments.send(command, argument)
    measure("messages.nothing_stored", arguments.kept(settings_kept, panel.read_settings()))
