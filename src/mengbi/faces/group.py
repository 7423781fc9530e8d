"""A group of commands that anyone can add to."""

from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from mengbi.errors import BriefError, FaultError
from mengbi.registry import nearest


class Commands(click.Group):
    """Its own commands and those of an entry-point group; for one that it does not have, it says which may be meant.

    A plug-in's command is imported when it is asked for, so that many of them cost no time.
    """

    def __init__(self, *arguments: Any, plugins: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.plugins = plugins

    @cached_property
    def _added(self) -> dict[str, EntryPoint]:
        added: dict[str, EntryPoint] = {}
        for entry in entry_points(group=self.plugins):
            if entry.name in added and added[entry.name].value != entry.value:
                raise FaultError(f"command {entry.name!r} comes from two packages; rename or uninstall one of the two")
            added[entry.name] = entry
        return added

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._added})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in self._added:
            return own
        try:
            command: click.Command = self._added[cmd_name].load()
        except (ImportError, AttributeError) as error:
            raise FaultError(f"command {cmd_name!r} cannot be loaded ({error}); install its package again") from error
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        if ctx.parent is None and (not name.isascii() or " " in name):
            raise BriefError(f'no command {name!r}; did you mean mengbi paint "{name}"?')
        raise BriefError(f"no command {name!r}; {nearest(name, self.list_commands(ctx))}")
