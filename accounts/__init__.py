"""People, teams, roles, absences, notifications and the outbox."""
