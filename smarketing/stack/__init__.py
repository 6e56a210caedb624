"""The embedded servers and the processes of one Smarketing, started and stopped from here; knows no model."""
