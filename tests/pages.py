"""A page as a browser sends it back."""

from __future__ import annotations

from collections.abc import Collection
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class LooseNumbers(HTMLParser):
    """Texts with a digit inside the element of an id that no link holds.

    `skipped` are elements whose numbers count nothing, a tag or `.class` each. What is between two tags is one text.
    """

    def __init__(self, page: str, inside: str, skipped: Collection[str]) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside, self.skipped = inside, skipped
        # tag, whether it is inside, whether nothing in it counts
        self.opened: list[tuple[str, bool, bool]] = []
        self.feed(page)
        assert self.opened == [], "the page closes what it opens"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given = {name: value or "" for name, value in attrs}
        names = {tag, *(f".{name}" for name in given.get("class", "").split())}
        _, inside, quiet = self.opened[-1] if self.opened else ("", False, False)
        quiet = quiet or (tag == "a" and "href" in given) or not names.isdisjoint(self.skipped)
        self.opened.append((tag, inside or given.get("id") == self.inside, quiet))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.opened.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        _, inside, quiet = self.opened[-1] if self.opened else ("", False, False)
        if inside and not quiet and any(letter.isdigit() for letter in data):
            self.texts.append(" ".join(data.split()))


class Fields(HTMLParser):
    """What a browser would send of the form that guards its text, without its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str | list[str]] = {}
        self.inside = False
        self.area = self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = "data-guard" in given
        name = given.get("name", "")
        if not self.inside:
            return
        if tag == "input" and name:
            is_box = given.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self.add(name, given.get("value", "on" if is_box else ""))
        elif tag == "textarea":
            self.area = name
            self.add(name, "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given and self.select:
            self.add(self.select, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] = f"{self.sent[self.area]}{data}".removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "textarea":
            self.area = ""
        if tag == "select":
            self.select = ""

    def add(self, name: str, value: str) -> None:
        before = self.sent.get(name)
        self.sent[name] = (
            value if before is None else [*([before] if isinstance(before, str) else before), value]
        )
