"""The qualification document: a pure function of the run's record.

No clock, no script, no file but the templates; the same record gives the same bytes. All text
is escaped by the templates; only the plots and the fragment itself are HTML already.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import benchtime, presentation
from reports.charts import charts_by_family
from reports.matrix import build_matrix
from reports.plots import curve_pairs, draw
from reports.record import RunRecord
from reports.supervisionplot import supervision_plots

_ROWS_OPEN = 200  # a longer run shows only the tests that did not pass unfolded


def render_fragment(record: RunRecord) -> str:
    """The document as one HTML element with its own style, to be put into any page."""
    rows = sum(len(test.measurements) for test in record.tests)
    plots = [
        (pair.name, list(draw(pair, name=f"curve-{number}")))
        for number, pair in enumerate(curve_pairs(record.series), 1)
    ]
    plots += charts_by_family(record.series)
    plots += supervision_plots(record.series)
    return render_template(
        "fragment.html",
        record=record,
        plots=plots,
        matrix=build_matrix(record),
        unfold=rows <= _ROWS_OPEN,
    )


def render_page(record: RunRecord) -> str:
    """The document as a bare, self-contained page."""
    # the fragment comes from the escaping templates
    fragment = Markup(render_fragment(record))  # noqa: S704 - as the line above says
    return render_template("page.html", record=record, fragment=fragment)


def render_template(name: str, **parts: object) -> str:
    """One of the templates with its parts, all text in them escaped."""
    return _environment().get_template(name).render(**parts)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.globals["present"] = presentation
    environment.globals["times"] = benchtime
    return environment


def _moment(moment: datetime | None) -> str:
    """Date and time to the second, as ISO 8601 has them but for the T."""
    if moment is None:
        return "—"
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname() or ''}".rstrip()
