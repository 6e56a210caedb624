"""Playbooks by stage: as they read, as they are written, and how they are weighed before they are signed."""
