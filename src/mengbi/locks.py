"""A file that one process has at a time; the system lets go of it however that process ends.

Who opens a file for this opens it "a+b". The lock is of the open file: it ends when the file is closed.
"""

import errno
import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    BEHIND = 1 << 20
    """What is locked there cannot be read, so it is a byte far behind whatever the file holds."""

    def lock(file: BinaryIO) -> None:
        """Waits until nobody else has the file. Raises OSError where files cannot be locked."""
        while not _asked(file, msvcrt.LK_LOCK):  # which waits for ten seconds
            pass

    def lock_now(file: BinaryIO) -> bool:
        """Whether nobody else had the file, which is locked then. Raises OSError where files cannot be locked."""
        return _asked(file, msvcrt.LK_NBLCK)

    def _asked(file: BinaryIO, how: int) -> bool:
        file.seek(BEHIND)
        try:
            msvcrt.locking(file.fileno(), how, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
            return False
        return True

else:
    import fcntl

    def lock(file: BinaryIO) -> None:
        """Waits until nobody else has the file. Raises OSError where files cannot be locked."""
        fcntl.flock(file, fcntl.LOCK_EX)

    def lock_now(file: BinaryIO) -> bool:
        """Whether nobody else had the file, which is locked then. Raises OSError where files cannot be locked."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
