"""Our style sheets: which there are, in which order, and as the one file that production serves."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "css"
BUNDLE = "css/smarketing.css"

#: What others build on comes first; then one file a component, in the order of the alphabet.
FIRST = ("tokens", "base", "layout", "cards", "table", "buttons", "chips", "segmented", "forms", "bars")
LAST = ("print",)


def names() -> tuple[str, ...]:
    """Stems of every sheet in the order of the cascade."""
    found = {path.stem for path in FOLDER.glob("*.css")} - {Path(BUNDLE).stem}
    return (*FIRST, *sorted(found - {*FIRST, *LAST}), *LAST)


def bundle() -> str:
    """All sheets in one; addresses in them are relative to the same folder, so none needs rewriting."""
    return "\n".join(f"/* {name} */\n{(FOLDER / f'{name}.css').read_text()}" for name in names())


def is_fresh(built: Path) -> bool:
    """Whether that bundle holds the sheets as they are now; an installation without the sources trusts it."""
    made = built.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in FOLDER.glob("*.css"))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bundle())
