"""The outermost of the command line: signals, exit codes, and one line for whatever goes wrong.

Exit codes: 0 done, 1 our fault or the machine's, 2 the caller's mistake, 128 + n stopped by signal n.
"""

import contextlib
import os
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Sequence
from typing import Any

from mengbi.errors import MengbiError


class Stopped(KeyboardInterrupt):
    """Somebody wants the process to end, by any of the signals that ask for it.

    SIGINT has it too: CPython remembers a plain KeyboardInterrupt that left a string being executed (every dataclass is
    one), and kills the process by the signal at its end, whatever exit code it was given.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line (default: the process's own arguments) and returns the exit code; raises nothing."""
    try:
        _prepare()
        from mengbi.faces.commands import run

        code = run(sys.argv[1:] if arguments is None else list(arguments))
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt as stop:
        return _stopped(stop.number if isinstance(stop, Stopped) else signal.SIGINT)
    except BrokenPipeError:  # whoever read our output has seen enough
        _silence(sys.stdout)
        return 141
    except MengbiError as error:
        return _failed(str(error), error.exit_code)
    except MemoryError:
        return _failed("not enough memory for this; try a smaller --size or a smaller --count", 1)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:  # standard output, on a disk that is full
            _silence(sys.stdout)
            return _failed(f"the output cannot be written ({error.strerror or error})", 1)
        return _failed(f"a fault of ours: {type(error).__name__}: {error} (MENGBI_DEBUG=1 shows the traceback)", 1)
    return code


def _prepare() -> None:
    for stream in (sys.stdout, sys.stderr):  # Chinese must not break a terminal that has none
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            with contextlib.suppress(ValueError):  # not the main thread: the signals belong to somebody else
                signal.signal(number, _stop)


def _stop(number: int, frame: Any) -> None:
    if _importing(frame):  # in there, callbacks and extensions swallow what is raised: ask again in a moment
        again = threading.Timer(0.02, interrupt_main, (number,))
        again.daemon = True
        again.start()
        return
    raise Stopped(number)


def _importing(frame: Any) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _stopped(number: int) -> int:
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut the farewell short
    return _failed("stopped; no half picture was left behind", 128 + number)


def _failed(message: str, code: int) -> int:
    if os.environ.get("MENGBI_DEBUG"):
        import traceback

        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError, AttributeError):
        from mengbi.faces.say import printable

        sys.stderr.write(f"mengbi: {printable(' '.join(message.split()))}\n")
        sys.stderr.flush()
    return code


def _silence(stream: Any) -> None:
    """What is still in the buffer goes nowhere, or the interpreter would complain of it when it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
