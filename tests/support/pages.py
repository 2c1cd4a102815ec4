"""A page for people, read as a browser would read it, and held to be well made."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img"}
_OWN_SCRIPT = re.compile(r"/static/status\.js\?v=[0-9a-f]+")


@dataclass
class Element:
    """A tag with what is in it."""

    tag: str
    attributes: dict[str, str]
    inside: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, with single spaces."""
        parts = (each if isinstance(each, str) else f" {each.text} " for each in self.inside)
        return " ".join("".join(parts).split())

    def all(self, tag: str) -> list["Element"]:
        """The elements of a tag, at any depth."""
        found = []
        for each in self.inside:
            if isinstance(each, Element):
                found += [each] if each.tag == tag else []
                found += each.all(tag)
        return found


class Page(HTMLParser):
    """A page. Bad nesting, an id that stands twice, and foreign scripts are errors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.ids: dict[str, Element] = {}
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert self._open == [self.root], f"never closed: {self._open[-1].tag}"
        scripts = [each.attributes for each in self.root.all("script")]
        assert len(scripts) == 1
        assert _OWN_SCRIPT.fullmatch(scripts[0]["src"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs)
        assert not any(name == "style" or name.startswith("on") for name in element.attributes)
        if id_ := element.attributes.get("id"):
            assert id_ not in self.ids, f"two elements have the id {id_}"
            self.ids[id_] = element
        self._open[-1].inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    def rows(self, id_: str = "rows") -> list[list[str]]:
        """The texts of a table's cells."""
        return [
            [each.text for each in row.inside if isinstance(each, Element)]
            for row in self.ids[id_].all("tr")
        ]

    def names(self) -> list[str]:
        """The first words of the rows' own headers: which operations, in which order."""
        return [row.all("th")[0].text.split()[0] for row in self.ids["rows"].all("tr")]

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [each.attributes["href"] for each in self.root.all("a")]
