"""The shared target: buyer personas; knows no contact."""
