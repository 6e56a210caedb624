"""How often each fault is tried: once in every run, more often by `make test-faults`."""

import os

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
