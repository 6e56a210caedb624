"""Pictures of every page, as somebody sees it who uses it, for the README and for judging a change by eye.

Usage: python -m tools.screenshots ADDRESS FOLDER [PICTURE...] [LOOK...]

ADDRESS is a running installation of this home with the demo company (`make run` prints it).
With `--readme` alone: the first view of the cockpit and of the queue, as the README shows them.
Else each page of `tools/shown_pages.py`, or those named, in both languages, wide and on a phone, light and dark:
cockpit-en.png, cockpit-en-dark.png, cockpit-fr-375.png …, or in the looks named: `-en`, `-fr-375-dark`.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import django
from playwright.sync_api import Browser, Page, sync_playwright

from smarketing.stack.places import home

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
django.setup()

from accounts.models import User  # noqa: E402 - models want the settings
from tools.shown_pages import PAGES  # noqa: E402

LOCALES: Final = {"en": "en-GB", "fr": "fr-FR"}
WIDTHS: Final = {"": 1360, "-375": 375}
COLOURS: Final = {"": "light", "-dark": "dark"}
LOOKS: Final = tuple(
    f"-{language}{width}{dark}" for language in LOCALES for width in WIDTHS for dark in COLOURS
)
BROWSERS: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
STARTED: Final = "html[data-ready=yes], html:not(:has(script[type=module]))"


class Stop(NamedTuple):
    """A page at its address in this company."""

    role: str
    picture: str
    path: str


def stops(names: Sequence[str]) -> Iterator[Stop]:
    """The named ones, or all; says of which the company has no record."""
    people = {role: User.objects.get(email=email) for role, email in logins().items()}
    for shown in PAGES:
        if names and shown.picture not in names:
            continue
        path = shown.path(people.get(shown.role))
        if path is None:
            print(f"nothing to show: {shown.picture}")
        else:
            yield Stop(shown.role, shown.picture, path)


def take(
    browser: Browser, address: str, folder: Path, found: list[Stop], looks: Sequence[str]
) -> Iterator[Path]:
    """Signs in once for each person, language and width, opens each page once, and pictures it in both colours."""
    for role in dict.fromkeys(stop.role for stop in found):
        theirs = [stop for stop in found if stop.role == role]
        for language in LOCALES:
            for suffix, width in WIDTHS.items():
                start = f"-{language}{suffix}"
                wanted = {dark: colours for dark, colours in COLOURS.items() if f"{start}{dark}" in looks}
                if not wanted:
                    continue
                page = opened(browser, address, role, language, width)
                for stop in theirs:
                    go(page, stop.path)
                    for dark, colours in wanted.items():
                        page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
                        target = folder / f"{stop.picture}{start}{dark}.png"
                        page.screenshot(path=target, full_page=True)
                        yield target
                page.context.close()


def opened(browser: Browser, address: str, role: str, language: str, width: int) -> Page:
    """A window of that width, signed in as the person of the role, in that language and the colours of the system."""
    context = browser.new_context(
        base_url=address,
        locale=LOCALES[language],
        viewport={"width": width, "height": 900 if width > 900 else 812},
        has_touch=width < 900,
        is_mobile=width < 900,
        reduced_motion="reduce",
    )
    page = context.new_page()
    if role:
        sign_in(page, logins()[role])
        show_as(page, language=language, colours="system")
    return page


def take_for_readme(browser: Browser, address: str, folder: Path, found: list[Stop]) -> Iterator[Path]:
    """What a person sees first, without scrolling."""
    for stop in found:
        page = opened(browser, address, stop.role, "en", 1360)
        page.set_viewport_size({"width": 1360, "height": 860})
        page.emulate_media(color_scheme="light")
        go(page, stop.path)
        page.screenshot(path=folder / f"{stop.picture}.png")
        page.context.close()
        yield folder / f"{stop.picture}.png"


def logins() -> dict[str, str]:
    """The e-mail of the demo person of each role."""
    demo = json.loads((home() / "demo.json").read_text())
    return {login["role"]: login["email"] for login in demo["logins"]}


def password() -> str:
    return str(json.loads((home() / "demo.json").read_text())["password"])


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(password())
    page.locator("form[action$='login/'] button").click()
    page.wait_for_selector(".sm-shell")


def go(page: Page, path: str) -> None:
    """Says the password again where the page asks for it, unless that is the page."""
    page.goto(path)
    if "/reauthenticate/" in page.url and "/reauthenticate/" not in path:
        page.locator("#id_password").fill(password())
        page.locator("form:has(#id_password) button").first.click()
        page.wait_for_selector(".sm-shell")
    # A page that asks again and again is never idle: what its behaviours draw is there once they have started.
    page.wait_for_selector(STARTED, state="attached")
    page.evaluate("document.fonts.ready.then(() => true)")


def show_as(page: Page, *, language: str, colours: str) -> None:
    """By the person's own menu, as they would."""
    for field, value in (("language", language), ("theme", colours)):
        page.locator(".sm-top details.sm-menu > summary").click()
        page.locator(f".sm-top .sm-menu-sheet button[name={field}][value={value}]").click()
        page.wait_for_selector("html[data-ready=yes]")
    page.wait_for_load_state("networkidle")


@contextmanager
def as_they_were(emails: Sequence[str]) -> Iterator[None]:
    """Afterwards these people have the language and the colours that they had before."""
    before = list(User.objects.filter(email__in=emails).values_list("pk", "language", "theme"))
    try:
        yield
    finally:
        for person_id, language, theme in before:
            User.objects.filter(pk=person_id).update(language=language, theme=theme)


def refuse_unknown(names: Sequence[str]) -> None:
    known = {shown.picture for shown in PAGES}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"No page or look of that name: {', '.join(unknown)}. tools/shown_pages.py has them.")


def main(address: str, folder: str, *asked: str) -> None:
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    looks = [look for look in asked if look in LOOKS]
    names = [name for name in asked if name not in LOOKS]
    is_readme = names == ["--readme"]
    names = ["cockpit", "queue"] if is_readme else names
    refuse_unknown(names)
    found = list(stops(names))
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with as_they_were(list(logins().values())), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
        )
        taken = (
            take_for_readme(browser, address, target, found)
            if is_readme
            else take(browser, address, target, found, looks or LOOKS)
        )
        for picture in taken:
            print(picture)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
