"""Every error that Mengbi raises on purpose.

MengbiError
├── BriefError            the caller asked for something that cannot be (exit code 2)
│   ├── PromptError       the words
│   ├── SceneError        a scene graph
│   ├── SourceError       a photo, mask or sketch that cannot be used
│   ├── FilterError       words that a filter holds back
│   ├── UnknownName       an engine, sampler, style… that nobody registered
│   └── OutputError       a place where nothing can be written
└── FaultError            something on our side or the machine's (exit code 1)
    ├── AssetError        a drawing, table or weight that is missing or altered
    └── StorageError      a disk that is full or failing
"""

from typing import Any, ClassVar


class MengbiError(Exception):
    """The root: catch this one to catch all of them. The message is one line, fit to show to a person.

    code: the same in a word that never changes, for programs and for other languages; params: what it speaks of, JSON
    values by name.
    """

    exit_code: ClassVar[int] = 1
    usual: ClassVar[str] = "error"
    """The code of one that was raised without."""

    def __init__(self, message: str = "", *, code: str = "", **params: Any) -> None:
        super().__init__(message)
        self.code, self.params = code or self.usual, params


class BriefError(MengbiError):
    """What was asked for cannot be done as asked: the message names the value, what is allowed and what to do."""

    usual = "brief"
    exit_code = 2


class PromptError(BriefError):
    """The words cannot be painted: empty, or past the limit."""

    usual = "prompt"


class SceneError(BriefError):
    """A scene graph names something that is not part of one."""

    usual = "scene"


class SourceError(BriefError):
    """A photo, mask or sketch is missing, is no picture, is too large, or is not the one that was planned with."""

    usual = "source"


class FilterError(BriefError):
    """The word filter holds these words back; the message names them and says what can be done."""

    usual = "refused-words"


class UnknownName(BriefError):  # noqa: N818 - reads as what it is
    """A name that no registry holds; the message suggests the nearest."""

    usual = "unknown-name"


class OutputError(BriefError):
    """The picture cannot be written where it was asked for."""

    usual = "output"


class FaultError(MengbiError):
    """Not the caller's doing."""

    usual = "fault"


class AssetError(FaultError):
    """A file that Mengbi ships is missing or was changed."""

    usual = "asset"


class StorageError(FaultError):
    """The disk is full or failing; what was there before is untouched."""

    usual = "away"
