"""Build the zip of the code that Glue's `--extra-py-files` and spark-submit's `--py-files` want.

    python -m infra.package build/loglake.zip

The same sources give the same bytes, wherever and whenever it is built: a deployment changes only when the code does.
So files are sorted, have one fixed time and mode, and are stored uncompressed, as compressors differ between versions.
Third-party packages are not in it (see `requirements-glue.in`), nor are the job scripts, which Glue takes one by one.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from shared.errors import LoglakeError

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "shared"

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time
_UNIX = 3
_READABLE = 0o100644 << 16


def packed_files(root: Path) -> Iterator[Path]:
    """The modules of the package and its data, as pyproject.toml names them, in the order of their names."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    patterns = ["*.py", *project["tool"]["setuptools"]["package-data"]["*"]]
    found = {path for pattern in patterns for path in (root / PACKAGE).rglob(pattern) if path.is_file()}
    for path in sorted(found, key=lambda path: path.relative_to(root).as_posix()):
        if not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path


def package(root: Path = ROOT) -> bytes:
    """The zip of the package below a project's root."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for path in packed_files(root):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, path.read_bytes())
    return content.getvalue()


def main(argv: Sequence[str]) -> int:
    """Write the zip and tell its digest, which names a version of the code."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Build the zip of the code for Glue.")
    parser.add_argument("out", type=Path, metavar="OUT.zip")
    out: Path = parser.parse_args(argv).out
    content = package()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        failure = LoglakeError(f"Cannot write {out}: {error.strerror}.", remedy="give a file in a folder of yours")
        sys.stderr.write(f"{failure}\n")
        return failure.exit_code
    sys.stdout.write(f"{out}: {len(content):,} bytes, sha256 {sha256(content).hexdigest()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
