"""A group of commands that anyone can add to."""

from typing import Any

import click

from mengbi.errors import BriefError
from mengbi.registry import Registry, nearest


class Commands(click.Group):
    """Its own commands and those of a registry; for one that it does not have, it says which may have been meant."""

    def __init__(self, *arguments: Any, registry: Registry[click.Command], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.registry = registry

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self.registry.names()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is None and cmd_name in self.registry.names():
            return self.registry.find(cmd_name)
        return own

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        if ctx.parent is None and (not name.isascii() or " " in name):
            raise BriefError(f'no command {name!r}; did you mean mengbi paint "{name}"?')
        raise BriefError(f"no command {name!r}; {nearest(name, self.list_commands(ctx))}")
