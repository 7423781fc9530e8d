"""A trained network made smaller: numbers in fewer bits, fewer channels, or a narrower one that learns from it.

Fewer bits are a file beside the run (`storing`); the others are runs of their own, by the ordinary trainer (`lessons`).
What each costs and saves stands in one table (`table`).
"""

HALVES, DYNAMIC, STATIC = "halves", "dynamic", "static"
PRUNE, DISTILL = "prune", "distill"
STORED, LEARNT = (HALVES, DYNAMIC, STATIC), (PRUNE, DISTILL)
EVERY = (*STORED, *LEARNT)
FOLDER = "compressed"
"""In a run's own: the files of STORED, the table, a sheet."""
KEPT = 0.5
"""Share of the channels that is kept, if nothing else is said."""
