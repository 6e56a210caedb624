"""A row of a file, or why it cannot be read; and the limits within which files are read at all."""

from dataclasses import dataclass, field
from typing import NamedTuple

MAX_FILE_BYTES = 1024 * 1024 * 1024
MAX_ROWS = 2_000_000
MAX_COLUMNS = 400
MAX_CELL_CHARS = 100_000
KEPT_TEXT_CHARS = 4_000


class Row(NamedTuple):
    """Cells as written in the file, as many as there are headings; `line` is where the row begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be read, why, and the beginning of what stood there."""

    line: int
    code: str
    params: dict[str, object] = field(default_factory=dict)
    text: str = ""


class FileRefused(Exception):  # noqa: N818 - what the page says, like the row refusals
    """The file as a whole cannot be imported; `code` and `params` say why."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params
