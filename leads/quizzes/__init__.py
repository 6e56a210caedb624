"""How far people agree on what a stage or a status is: cases without names, answers, and their agreement."""
