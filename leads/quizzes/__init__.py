"""How far people agree on what a stage is: cases without names, answers, and their agreement."""
