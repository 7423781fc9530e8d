"""The lab: where the embedded networks are made. Nothing above imports it; what it makes lies in files."""

from typing import TYPE_CHECKING

from mengbi.registry import Registry

if TYPE_CHECKING:
    import click

LAB: Registry["click.Command"] = Registry("command of the lab")
"""Commands of `mengbi lab` that stand in files of their own."""

DATA: Registry["click.Command"] = Registry("data set")
"""Commands of `mengbi lab data`."""


def register() -> None:
    """`mengbi lab`, as any package adds a command."""
    from mengbi.faces import COMMANDS

    COMMANDS.register("lab", "mengbi.lab.commands:lab")
    LAB.register("evaluate", "mengbi.lab.evaluation.command:evaluate")
    LAB.register("judge", "mengbi.lab.evaluation.command:judge")
    DATA.register("dream", "mengbi.lab.data.dream:dream")
    DATA.register("drawings", "mengbi.lab.data.drawings:drawings")
