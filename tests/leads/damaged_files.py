"""Files with known damage: for each row, what must come out of it."""

import random
from dataclasses import dataclass, field

HEADINGS = ["Email", "Prénom", "Nom", "Société", "Commentaire"]


@dataclass
class DamagedFile:
    """`kept`: line → cells that must come out unchanged; `refused`: line → reasons that are right."""

    kept: dict[int, list[str]] = field(default_factory=dict)
    refused: dict[int, set[str]] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    line: int = 1

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)

    def write(self, raw: bytes, *, lines: int = 1) -> None:
        self.parts.append(raw)
        self.line += lines


def damaged_file(*, rows: int, seed: int, separator: str = ",", encoding: str = "utf-8") -> DamagedFile:
    """A file of `rows` rows, about one in eight of them damaged in one of the known ways."""
    chance = random.Random(seed)
    file = DamagedFile()
    marks = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}
    codecs = {"mixed": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le"}
    mark, codec = marks.get(encoding, b""), codecs.get(encoding, encoding)
    file.write(mark + (separator.join(HEADINGS) + "\r\n").encode(codec))
    for number in range(rows):
        here = chance.choice(["utf-8", "cp1252"]) if encoding == "mixed" else codec
        _write_row(file, number, chance, separator, here)
    return file


def _good_cells(number: int, chance: random.Random) -> list[str]:
    first = chance.choice(["Zoé", "Noël", "Anaïs", "Jörg", "Ana", "Søren"])
    last = chance.choice(["Le Goff", "Müller", "O'Grady", "Garcia", "D’Angelo"])
    company = chance.choice(["Armor Froid", "Porto Labs", "Façade SARL", 'Tube 5" SA', ""])
    return [
        f"p{number}@ex{number % 97}.fr",
        first,
        last,
        company,
        chance.choice(["", "vu au salon", "à rappeler"]),
    ]


def _write_row(file: DamagedFile, number: int, chance: random.Random, separator: str, codec: str) -> None:
    cells = _good_cells(number, chance)
    damage = chance.choice(
        [*[""] * 35, "long", "short", "open", "nul", "huge", "empty", "inner", "quoted", "several"]
    )
    line = file.line
    if damage == "long":
        file.refused[line] = {"ragged"}
        file.write(_joined([*cells, "en", "trop"], separator, codec))
    elif damage == "short":
        file.refused[line] = {"ragged"}
        file.write(_joined(cells[:3], separator, codec))
    elif damage == "open":
        file.refused[line] = {"open_quote", "open_quote_cells", "bad_quote"}
        file.write(_joined([cells[0], '"' + cells[1], *cells[2:]], separator, codec))
        # A row after it, so that the damage has something to eat.
        _keep(file, _good_cells(number, chance), separator, codec)
    elif damage == "nul":
        file.refused[line] = {"nul_byte"}
        file.write(_joined([cells[0], "a\0b", *cells[2:]], separator, codec))
    elif damage == "huge":
        file.refused[line] = {"cell_too_long"}
        file.write(_joined([*cells[:4], "x" * 200_000], separator, codec))
    elif damage == "empty":
        file.refused[line] = {"empty_row"}
        file.write("\r\n".encode(codec))
        _keep(file, cells, separator, codec)
    elif damage == "inner":
        file.refused[line] = {"bad_quote"}
        file.write(_joined([cells[0], '"dit "oui"', *cells[2:]], separator, codec))
    elif damage == "quoted":
        file.kept[line] = [cells[0], cells[1], cells[2], cells[3], f'il dit "oui"{separator} puis part']
        told = f'"il dit ""oui""{separator} puis part"'
        file.write(_joined([*_quoted(cells[:4]), told], separator, codec))
    elif damage == "several":
        file.kept[line] = [*cells[:4], "Bonjour,\r\nà bientôt"]
        file.write(_joined([*_quoted(cells[:4]), '"Bonjour,\r\nà bientôt"'], separator, codec), lines=2)
    else:
        _keep(file, cells, separator, codec)


def _keep(file: DamagedFile, cells: list[str], separator: str, codec: str) -> None:
    file.kept[file.line] = cells
    file.write(_joined(cells, separator, codec))


def _quoted(cells: list[str]) -> list[str]:
    return ['"' + cell.replace('"', '""') + '"' for cell in cells]


def _joined(cells: list[str], separator: str, codec: str) -> bytes:
    return (separator.join(cells) + "\r\n").encode(codec)
