"""A strict reading of a page: balanced tags, unique ids, named pictures, links that lead somewhere."""

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Text and elements of a page; raises AssertionError where tags do not balance."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        for tag, attributes in self.elements:
            assert not any(name.startswith("on") for name in attributes), "no handlers in markup"
            assert tag not in ("iframe", "object", "embed", "base")
            target = attributes.get("href") or attributes.get("src") or "#"
            assert target.startswith(("#", "data:")), f"{target} leaves the page"
            if target.startswith("#") and len(target) > 1 and "=" not in target:
                assert target[1:] in ids, target
            if tag == "img":
                assert attributes["alt"]
            if tag == "th":
                assert attributes["scope"] in ("row", "col")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that a reader sees, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    def count(self, tag: str) -> int:
        """How often an element occurs."""
        return sum(name == tag for name, _ in self.elements)
