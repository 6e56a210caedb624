"""Pictures of the pages, as each role sees them, for the README and for judging a change by eye.

Usage: python -m tools.screenshots ADDRESS FOLDER [PAGE...]

ADDRESS is a running installation of this home with the demo company (`make run` prints it).
With `--readme` as the only PAGE: the first view of the cockpit and of the queue, as the README shows them.
Else each page wide, narrow and dark, in both languages: cockpit-en.png, cockpit-en-375.png, cockpit-en-dark.png …
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from smarketing.stack.places import home

PAGES = {
    "cockpit": ("manager", "/cockpit/"),
    "queue": ("rep", "/queue/"),
    "desk": ("marketer", "/desk/"),
    "contacts": ("manager", "/contacts/"),
    "contact": ("rep", "/queue/"),  # the first lead of the queue, opened
    "companies": ("manager", "/companies/"),
    "deals": ("manager", "/deals/"),
    "campaigns": ("marketer", "/campaigns/"),
    "imports": ("marketer", "/imports/"),
    "plan": ("manager", "/plans/"),
    "contract": ("manager", "/contracts/"),
    "definitions": ("marketer", "/definitions/"),
    "scoring": ("marketer", "/scoring/"),
    "tactics": ("marketer", "/tactics/"),
    "playbooks": ("marketer", "/playbooks/"),
    "personas": ("marketer", "/personas/"),
    "terms": ("marketer", "/terms/"),
    "rules": ("manager", "/rules/"),
    "procedures": ("manager", "/procedures/"),
    "agreements": ("manager", "/agreements/"),
    "settings": ("admin", "/settings/"),
    "kit": ("rep", "/kit/"),
}
LOOKS = (("", 1360, "light"), ("-375", 375, "light"), ("-dark", 1360, "dark"))
LANGUAGES = {"en": "en-GB", "fr": "fr-FR"}
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def take(browser: Browser, address: str, folder: Path, name: str) -> Iterator[Path]:
    """The pictures of one page."""
    role, path = PAGES[name]
    for language, locale in LANGUAGES.items():
        for suffix, width, colours in LOOKS:
            context = browser.new_context(
                base_url=address,
                locale=locale,
                viewport={"width": width, "height": 900 if width > 900 else 812},
                has_touch=width < 900,
                reduced_motion="reduce",
            )
            page = context.new_page()
            sign_in(page, *login_of(role))
            open_page(page, name, path)
            show_as(page, language=language, colours=colours)
            target = folder / f"{name}-{language}{suffix}.png"
            page.screenshot(path=target, full_page=True)
            context.close()
            yield target


def pictures(browser: Browser, address: str, folder: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """The README's, or those of the named pages, or all."""
    if names == ("--readme",):
        yield from take_for_readme(browser, address, folder)
        return
    for name in names or PAGES:
        yield from take(browser, address, folder, name)


def take_for_readme(browser: Browser, address: str, folder: Path) -> Iterator[Path]:
    """What a person sees first, without scrolling."""
    for name in ("cockpit", "queue"):
        role, path = PAGES[name]
        page = browser.new_page(base_url=address, viewport={"width": 1360, "height": 860}, locale="en-GB")
        sign_in(page, *login_of(role))
        open_page(page, name, path)
        show_as(page, language="en", colours="light")
        page.screenshot(path=folder / f"{name}.png")
        page.close()
        yield folder / f"{name}.png"


def login_of(role: str) -> tuple[str, str]:
    """E-mail and password of the demo person of that role."""
    demo = json.loads((home() / "demo.json").read_text())
    return next(login["email"] for login in demo["logins"] if login["role"] == role), demo["password"]


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(password)
    page.locator("form[action$='login/'] button").click()
    page.wait_for_selector(".sm-shell")


def open_page(page: Page, name: str, path: str) -> None:
    page.goto(path)
    if name == "contact":
        page.goto(
            page.locator("a[href^='/contacts/']:not([href='/contacts/'])").first.get_attribute("href") or path
        )


def show_as(page: Page, *, language: str, colours: str) -> None:
    """By the person's own menu, as they would."""
    for field, value in (("language", language), ("theme", colours)):
        page.locator(".sm-top details.sm-menu > summary").click()
        page.locator(f".sm-top .sm-menu-sheet button[name={field}][value={value}]").click()
        page.wait_for_selector("html[data-ready=yes]")
    page.wait_for_load_state("networkidle")


def main(address: str, folder: str, *names: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for picture in pictures(browser, address, target, names):
            print(picture)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
