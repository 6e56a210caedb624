"""The cockpit: figures read from the layers below; writes only its own snapshots."""
