"""The demo company: eighteen months of plausible history, the same for the same seed, relative to today."""
