"""The facts: contacts, companies, touchpoints, deals, campaigns, scores and transitions."""
