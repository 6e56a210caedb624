"""The French catalogues, one for each app, without gettext: extract, check and compile by Babel and Django.

Usage: python tools/messages.py refresh [APP...] | check | compile

An entry belongs to the lowest app that says it; shared templates belong to `smarketing`. Entries are sorted and
carry no line numbers, so that two branches that add words rarely meet.
"""

import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

CHECKOUT = Path(__file__).resolve().parent.parent
LAYERS = (  # lowest first
    *("lib", "accounts", "agreements", "lifecycle", "personas", "leads", "sla", "reporting", "smarketing"),
)
LANGUAGE = "fr"
HEADER = """\
# French of {app}.
msgid ""
msgstr ""
"Project-Id-Version: Smarketing\\n"
"Language: fr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""
PLURAL = (1, 2)
CONTEXT = ((1, "c"), 2)
KEYWORDS: dict[str, tuple[int | tuple[int, int] | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%[sd]")
PLAIN_SPACE = re.compile(r"[ \u00a0](?:[;:!?€»]|%%|%(?![(sd%]))|«[ \u00a0]")
"""Where French wants a narrow no-break space, U+202F."""

Key = tuple[str | None, str | tuple[str, ...]]


def catalogue_path(app: str) -> Path:
    return CHECKOUT / "locale" / app / LANGUAGE / "LC_MESSAGES" / "django.po"


def owner(path: Path) -> str:
    """The app a source belongs to."""
    first, second = path.relative_to(CHECKOUT).parts[:2]
    named = second if first == "templates" else first
    return named if named in LAYERS else "smarketing"


def sources() -> Iterator[Path]:
    for app in LAYERS:
        for path in sorted((CHECKOUT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    yield from sorted(
        path for path in (CHECKOUT / "templates").rglob("*") if path.suffix in {".html", ".txt"}
    )


def extracted(path: Path) -> Iterator[Key]:
    """Every text a source asks a translation of, with its context."""
    content = path.read_text()
    if path.suffix != ".py":
        # What templatize leaves between the calls is no Python; alone on its line a call is.
        content = "\n".join(line.strip() for line in templatize(content, origin=str(path)).splitlines())
    found = extract_python(io.BytesIO(content.encode()), KEYWORDS, (), {"encoding": "utf-8"})
    for _, function, texts, _ in found:
        given = list(texts) if isinstance(texts, tuple | list) else [texts]  # None for a variable
        context = given.pop(0) if "pgettext" in function else None
        words = given[: 2 if "ngettext" in function or "npgettext" in function else 1]
        spoken = tuple(word for word in words if isinstance(word, str) and word)
        if len(spoken) == len(words):
            yield context, spoken if len(spoken) > 1 else spoken[0]


def wanted() -> dict[str, set[Key]]:
    """What each catalogue must hold."""
    needed: dict[str, set[Key]] = {app: set() for app in LAYERS}
    for path in sources():
        needed[owner(path)].update(extracted(path))
    known: set[tuple[str | None, str]] = set()
    for app in LAYERS:
        # A plural form wins over the same words alone: a catalogue holds one entry for both.
        plural = {(context, text[0]) for context, text in needed[app] if isinstance(text, tuple)}
        needed[app] = {
            (context, text)
            for context, text in needed[app]
            if (context, singular(text)) not in known
            and (isinstance(text, tuple) or (context, text) not in plural)
        }
        known |= {(context, singular(text)) for context, text in needed[app]}
    return needed


def singular(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def catalogue(app: str) -> Catalog:
    path = catalogue_path(app)
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def entries(held: Catalog) -> dict[Key, Message]:
    return {(message.context, frozen(message.id)): message for message in held if message.id}


def frozen(text: str | Sequence[str]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


def refresh(apps: list[str]) -> None:
    """Add what is new with no translation, drop what nobody says any more, keep the rest."""
    catalogues = {app: entries(catalogue(app)) for app in LAYERS}
    anywhere = {
        key: message for held in catalogues.values() for key, message in held.items() if complete(message)
    }
    for app, needed in wanted().items():
        if apps and app not in apps:
            continue
        held = anywhere | catalogues[app]  # words move to a lower app when that one says them too
        renewed = Catalog(locale=LANGUAGE)
        for context, text in needed:
            before = held.get((context, text))
            flags = (
                {"python-format"} if PLACEHOLDER.search(singular(text)) and "%" in singular(text) else set()
            )
            renewed.add(text, before.string if before else None, flags=flags, context=context)
        buffer = io.BytesIO()
        write_po(buffer, renewed, omit_header=True, sort_output=True, width=110)
        path = catalogue_path(app)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = HEADER.format(app=app) + buffer.getvalue().decode().lstrip("\n")
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
        empty = sum(not complete(message) for message in entries(renewed).values())
        print(f"{app}: {len(needed)} entries, {empty} without French")


def complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(strings) and all(strings) and not message.fuzzy


def defects() -> Iterator[str]:
    """One line for each entry that a French reader would stumble over."""
    for app, needed in wanted().items():
        held = entries(catalogue(app))
        for context, text in sorted(needed, key=str):
            message = held.get((context, text))
            where = f"{app}: {singular(text)!r}" + (f" ({context})" if context else "")
            if message is None:
                yield f"{where} is missing; run make messages"
            elif not complete(message):
                yield f"{where} has no French, or one marked fuzzy"
            else:
                yield from (f"{where} {reason}" for reason in slips(text, frozen(message.string or "")))
        for context, text in sorted(held.keys() - needed, key=str):
            yield f"{app}: {singular(text)!r}{f' ({context})' if context else ''} is said nowhere; run make messages"


def slips(text: str | tuple[str, ...], french: str | tuple[str, ...]) -> Iterator[str]:
    originals = (text,) if isinstance(text, str) else text
    allowed = {found for original in originals for found in PLACEHOLDER.findall(original)}
    for string in (french,) if isinstance(french, str) else french:
        if not set(PLACEHOLDER.findall(string)) <= allowed:
            yield f"has other placeholders in French: {string!r}"
        if isinstance(text, str) and not allowed <= set(PLACEHOLDER.findall(string)):
            yield f"lacks a placeholder in French: {string!r}"
        if PLAIN_SPACE.search(string):
            yield f"wants a narrow no-break space (U+202F) in French: {string!r}"


def compile_all() -> None:
    """Write each .mo that is older than its .po, in one step, so that a running process never reads a half."""
    for app in LAYERS:
        path = catalogue_path(app)
        compiled = path.with_suffix(".mo")
        if not path.exists() or (compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime):
            continue
        draft = compiled.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalogue(app))
        draft.replace(compiled)


def main(action: str, *apps: str) -> int:
    if action == "refresh":
        refresh(list(apps))
    elif action == "compile":
        compile_all()
    elif action == "check":
        found = list(defects())
        print("\n".join(found) or "French is complete")
        return 1 if found else 0
    else:
        raise SystemExit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
