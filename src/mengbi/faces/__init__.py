"""Faces: how a person asks. What they ask for is done by the rooms above."""

from typing import TYPE_CHECKING

from mengbi.registry import Registry

if TYPE_CHECKING:
    import click

COMMANDS: Registry["click.Command"] = Registry("command")
"""Commands of `mengbi` that other rooms and other packages add; best as "module:attribute", imported when asked for."""
