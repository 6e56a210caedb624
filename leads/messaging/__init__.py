"""Who may write to a contact now, branded or in person, and what the rulebook says of each message that was sent."""
