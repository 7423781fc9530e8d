"""The studio over HTTP: a native API, two that other programs speak, and the page.

access.py first: the one dependency before every route. app.py puts the rooms together; jobs.py, pictures.py, stream.py
and the rest are one concern each. Nothing here paints, and nothing that does is imported: a worker does that.
"""
