"""Faces: how a person asks. What they ask for is done by the rooms above.

Other rooms and packages add commands by entry points: `name = "module:attribute"` in the group `mengbi.commands`.
"""
