"""The commands of `mengbi`, and the small ones: welcome, completion, version."""

import os
from collections.abc import Sequence

import click

import mengbi
from mengbi.errors import BriefError
from mengbi.faces.enlarging import restore, upscale
from mengbi.faces.gallery import gallery
from mengbi.faces.group import Commands
from mengbi.faces.ideas import inspire, surprise
from mengbi.faces.keeping import keep
from mengbi.faces.looking import doctor, engines, scene, show
from mengbi.faces.painting import paint, repeat
from mengbi.faces.styling import styles
from mengbi.faces.verifying import verify

WELCOME = """Mengbi 梦笔 — say a dream, keep the painting.

  mengbi paint "a red fox under the northern lights"
  mengbi paint 落日飞车 --style starry
  mengbi paint "un velero en el mar al atardecer" --size 16:9

mengbi --help lists the commands, mengbi paint --help teaches the rest."""


@click.group(
    cls=Commands,
    plugins="mengbi.commands",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(mengbi.__version__, message="mengbi %(version)s")
@click.pass_context
def root(context: click.Context) -> None:
    """Mengbi 梦笔: words become paintings, on your own machine.

    \b
    mengbi paint "a red fox under the northern lights"
    mengbi show mengbi-a-red-fox-42.png
    """
    if context.invoked_subcommand is None:
        click.echo(WELCOME)


@root.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and names.

    \b
    bash:  mengbi completion bash > ~/.local/share/bash-completion/completions/mengbi
    zsh:   mengbi completion zsh > ~/.zfunc/_mengbi        (with ~/.zfunc in fpath)
    fish:  mengbi completion fish > ~/.config/fish/completions/mengbi.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(root, {}, "mengbi", "_MENGBI_COMPLETE").source())


for command in (
    paint,
    surprise,
    inspire,
    show,
    verify,
    repeat,
    keep,
    upscale,
    restore,
    gallery,
    scene,
    engines,
    styles,
    doctor,
):
    root.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code. Raises MengbiError, also for what click refuses."""
    if "_MENGBI_COMPLETE" in os.environ:  # the shell asks what could stand here
        root.main(list(arguments), prog_name="mengbi")
    try:
        with root.make_context("mengbi", list(arguments)) as context:
            root.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        message = error.format_message().strip().rstrip(".")
        helper = error.ctx.command_path if error.ctx else "mengbi"
        raise BriefError(f"{message[:1].lower()}{message[1:]}; {helper} --help explains") from error
    return 0
