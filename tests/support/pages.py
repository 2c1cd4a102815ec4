"""A parser of HTML pages, which also checks that they are valid."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img", "wbr"}
_OWN_SCRIPT = re.compile(r"/static/status\.js\?v=[0-9a-f]+")


@dataclass
class Element:
    """An element with its contents."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its text, with single spaces."""
        parts = (
            child if isinstance(child, str) else "" if child.tag == "wbr" else f" {child.text} "
            for child in self.children
        )
        return " ".join("".join(parts).split())

    def all(self, tag: str) -> list["Element"]:
        """The elements of a tag, at any depth."""
        elements = []
        for child in self.children:
            if isinstance(child, Element):
                elements += [child] if child.tag == tag else []
                elements += child.all(tag)
        return elements


class Page(HTMLParser):
    """A page. Bad nesting, a duplicate id, and other scripts are errors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.ids: dict[str, Element] = {}
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert self._open == [self.root], f"never closed: {self._open[-1].tag}"
        scripts = [script.attributes for script in self.root.all("script")]
        assert len(scripts) == 1
        assert _OWN_SCRIPT.fullmatch(scripts[0]["src"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs)
        assert not any(name == "style" or name.startswith("on") for name in element.attributes)
        if id_ := element.attributes.get("id"):
            assert id_ not in self.ids, f"two elements have the id {id_}"
            self.ids[id_] = element
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def rows(self, id_: str = "rows") -> list[list[str]]:
        """The texts of a table's cells."""
        return [
            [cell.text for cell in row.children if isinstance(cell, Element)]
            for row in self.ids[id_].all("tr")
        ]

    def names(self) -> list[str]:
        """The first words of the rows' headers: the operations in their order."""
        return [title.text.split()[0] for title in self.ids["rows"].all("th")]

    @property
    def links(self) -> list[str]:
        """The addresses of its links."""
        return [link.attributes["href"] for link in self.root.all("a")]
