"""A page as a browser sends it back."""

from __future__ import annotations

from html.parser import HTMLParser


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
