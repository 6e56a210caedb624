"""How hard a property test looks: each says what every run can bear, `make test-nightly` looks thirty times harder."""

from typing import Final

from hypothesis import settings

ORDINARY: Final = 100


def examples(ordinary: int) -> int:
    """So many examples, multiplied by what the profile asks for beyond Hypothesis' own hundred."""
    return ordinary * settings().max_examples // ORDINARY
