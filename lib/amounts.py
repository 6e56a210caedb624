"""How large an amount of money and a rate may be; pure."""

from typing import Final

MOST_CENTS: Final = 10**14
HIGHEST_RATE: Final = 90_000
"""The product of the two is still a bigint: no amount that may be kept, at a rate that may be kept, breaks a sum."""
