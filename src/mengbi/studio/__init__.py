"""The studio: what was painted is kept, found again and looked after; what is to be painted waits in a queue.

The store: store.py first, then pictures.py, search.py, marks.py, lineage.py. `database`, `blobs` and `tables` are what
they stand on; `archive`, `intake` and `mend` bring pictures out, in and back.

The queue: queue.py first, as people use it, with `events` and `sources`; then as workers do: worker.py, `runs` (which
job is whose) and `painter` (how one is done, exactly once). Everything here is imported where it is used: SQLAlchemy
takes its time.
"""
