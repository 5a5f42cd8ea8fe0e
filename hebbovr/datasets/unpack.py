"""Taking the expected files out of a tar archive, and nothing else."""

from __future__ import annotations

import secrets
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from hebbovr.errors import DataError
from hebbovr.files.atomic import write_bytes, write_error

SMALL_FILE = 1024 * 1024
MOST_MEMBERS = 1000


def unpack(archive: Path, prefix: str, folder: Path, members: Mapping[str, int | None]) -> None:
    """Put the expected members of a ``.tar.gz`` into ``folder``, all of them or none.

    Files are written under the names asked for, never under a name or path that the archive
    gives, and with no mode or owner from it. Members that are not asked for are left out.

    Parameters
    ----------
    archive : Path
        A gzipped tar file. What is unpacked passes through a folder beside it.
    prefix : str
        Folder in the archive that holds the members.
    folder : Path
        Where the files shall be; created if missing.
    members : mapping of str to int
        File names and their sizes in bytes; None for a file of any size up to 1 MiB.

    Raises
    ------
    DataError
        A member's path is absolute or goes up with ``..``, a member is a link or device, comes
        twice, is missing or has another size, or the archive is broken.
    HebbovrError
        The files cannot be written.
    """
    scratch = archive.parent / f".hebbovr-{secrets.token_hex(8)}.tmp"
    try:
        scratch.mkdir(mode=0o700)
    except OSError as error:
        raise write_error(folder, error) from error
    try:
        _take_out(archive, scratch, {f"{prefix}/{name}": members[name] for name in members})
        missing = [name for name in members if not (scratch / name).exists()]
        if missing:
            raise DataError(f"{archive} lacks {', '.join(missing)}; fetch the archive again")
        _move_all(scratch, folder, list(members))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _take_out(archive: Path, scratch: Path, wanted: Mapping[str, int | None]) -> None:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for count, member in enumerate(tar):
                if count >= MOST_MEMBERS:
                    raise DataError(
                        f"{archive} holds over {MOST_MEMBERS} members, as is not expected; delete "
                        "it and fetch it again"
                    )
                _refuse_hostile(archive, member)
                name = str(PurePosixPath(member.name))
                if name in wanted and member.isfile():
                    target = scratch / PurePosixPath(name).name
                    _take_one(archive, tar, member, target, wanted[name])
                elif member.size > SMALL_FILE:
                    raise DataError(f"{archive} holds {member.name!r}, which is not expected in it")
    except DataError:
        raise
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        raise DataError(f"{archive} is truncated or broken ({error}); fetch it again") from error


def _refuse_hostile(archive: Path, member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in member.name:
        raise DataError(
            f"{archive} holds the path {member.name!r}, which leads out of its folder; "
            "delete the archive and fetch it again"
        )
    if not (member.isfile() or member.isdir()):
        raise DataError(
            f"{archive} holds {member.name!r}, a link or device; "
            "delete the archive and fetch it again"
        )


def _take_one(
    archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, size: int | None
) -> None:
    if target.exists():
        raise DataError(f"{archive} holds {member.name!r} twice; fetch the archive again")
    if member.size > SMALL_FILE if size is None else member.size != size:
        expected = f"at most {SMALL_FILE}" if size is None else str(size)
        raise DataError(
            f"{archive} holds {member.name!r} with {member.size} bytes in place of {expected}; "
            "fetch the archive again"
        )
    source = tar.extractfile(member)
    content = b"" if source is None else source.read()
    write_bytes(target, content)


def _move_all(scratch: Path, folder: Path, names: list[str]) -> None:
    try:
        folder.mkdir(exist_ok=True)
        for name in names:
            (scratch / name).replace(folder / name)
    except OSError as error:
        raise write_error(folder, error) from error
