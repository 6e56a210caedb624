"""One plan for a period, built by both teams: what they want, and the versions of everything they had agreed on."""
