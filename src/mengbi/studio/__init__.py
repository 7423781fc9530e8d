"""The studio: what was painted is kept, found again and looked after.

store.py first, then pictures.py, search.py, marks.py, lineage.py. `database`, `blobs` and `tables` are what they stand
on; `archive`, `intake` and `mend` bring pictures out, in and back; `jobs` and `briefs` are for whoever paints for
others. Everything here is imported where it is used: SQLAlchemy takes its time.
"""
