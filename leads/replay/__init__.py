"""A definition replayed over a past period, on facts as they were known then; decision 41 says what that means."""
