"""The changes a user would name: handing over, deciding, starting and stopping clocks."""
