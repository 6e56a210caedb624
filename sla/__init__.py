"""The commitments: contract, calendars, distribution, handoffs, clocks and breaches."""
