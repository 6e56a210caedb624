"""The criteria language: one small tree that can be checked, evaluated, explained and said aloud. Pure.

`nodes` is the tree, `catalogue` the facts it may speak of, `parse` and `dump` its JSON in and out, `evaluate` the
answer for one contact, `sentences` its words in English and French, `reasons` the words of an answer. The
same tree as a condition of the database is `lifecycle.criteria_sql`.

What a value that is not known means, the same in Python and in SQL, always yes or no and never "maybe":

- every comparison with an unknown value is false;
- `is_not`, `not_in`, `not_contains`, `contains_none` and `domain_not_in` are the exact contrary of their
  twin, hence true of an unknown value;
- text that is empty is unknown;
- text is compared without regard to case (letter for letter, no accent removed), choices exactly.
"""
