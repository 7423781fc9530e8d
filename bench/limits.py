"""The limits of the house: the tracked tree, weights and assets, and the length of a module. Exit code 1 past one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIB = 2**20
LIMITS = {
    "tracked tree": 52 * MIB,
    "weights and assets": 36 * MIB,
    "drawing pack": 4 * MIB,
    "fonts": 4 * MIB,
}
MAX_LINES = 450


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    tracked = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    house = ROOT / "src" / "mengbi"
    fonts = _size(p for p in tracked if p.is_relative_to(house / "assets" / "fonts"))
    sizes = {
        "tracked tree": _size(tracked),
        "weights and assets": _size(p for p in tracked if p.is_relative_to(house / "weights"))
        + _size(p for p in tracked if p.is_relative_to(house / "assets")),
        "drawing pack": _size(p for p in tracked if p.is_relative_to(house / "assets")) - fonts,
        "fonts": fonts,
    }
    failed = False
    for what, size in sizes.items():
        over = size > LIMITS[what]
        failed |= over
        print(f"{what:<20} {size / MIB:6.2f} MiB of {LIMITS[what] / MIB:.0f}{'  TOO LARGE' if over else ''}")
    for path in tracked:
        lines = path.read_text().count("\n") if path.suffix == ".py" and path.is_relative_to(house) else 0
        if lines > MAX_LINES:
            failed = True
            print(f"{path.relative_to(ROOT)} has {lines} lines; at most {MAX_LINES}: is it one thing?")
    return 1 if failed else 0


def _size(paths) -> int:
    return sum(path.stat().st_size for path in paths)


if __name__ == "__main__":
    sys.exit(main())
