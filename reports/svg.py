"""A matplotlib figure as SVG that stands inside an HTML document.

matplotlib writes a whole file: its declaration, metadata, a style sheet that would reach the
host document, and ids that repeat from figure to figure. Here it becomes one element with ids
of its own and without namespaces (HTML knows SVG by its name), the same to the byte each time.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DROPPED = frozenset({"metadata", "style", "title"})


def inline_svg(figure: Figure, *, name: str, label: str) -> Markup:
    """The figure as one ``svg`` element; ``name`` makes its ids unique, ``label`` is read aloud."""
    written = BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    root = ET.fromstring(written.getvalue())  # noqa: S314 - what matplotlib just wrote
    _clean(root, name)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", label)
    # the text is escaped by ElementTree, and nothing in it is older than this call
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - as the line above says


def _clean(element: ET.Element, name: str) -> None:
    element.tag = _local(element.tag)
    for attribute, value in list(element.attrib.items()):
        del element.attrib[attribute]
        element.set(_local(attribute), _own(_local(attribute), value, name))
    for child in list(element):
        if _local(child.tag) in _DROPPED or _is_empty_definition(child):
            element.remove(child)
        else:
            _clean(child, name)
            child.tail = None
    if _local(element.tag) not in {"text", "tspan"}:
        element.text = None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _is_empty_definition(element: ET.Element) -> bool:
    return _local(element.tag) == "defs" and all(_local(child.tag) == "style" for child in element)


def _own(attribute: str, value: str, name: str) -> str:
    """The value with the figure's name before every id that it defines or refers to."""
    if attribute == "id":
        return f"{name}-{value}"
    if attribute == "href":
        return value.replace("#", f"#{name}-", 1)
    return value.replace("url(#", f"url(#{name}-")
