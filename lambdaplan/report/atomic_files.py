"""Atomic files: one file, or a set of files in a folder, written whole or not at all.

A set is written in a hidden folder beside its place and then takes that place in one step, so that
whoever looks, and whenever the process ends, finds the former set or the new one. What a killed run
left behind goes at the next run: a running process holds a lock on its hidden folder, so that the
folders of the dead can be told from those of the living.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import shutil
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from lambdaplan.errors import Problem, ReportError, shorten

if sys.platform != "win32":
    import fcntl

PREFIX = ".lambdaplan-"
UNBORN = ".lambdaplan.new-"  # a folder that is not held yet
UNBORN_SECONDS = 60  # after which it belongs to nobody


def slug(name: str) -> str:
    """A name as a folder: a-z, 0-9 and hyphens only, never empty, never a device of some system."""
    plain_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    text = re.sub(r"[^a-z0-9]+", "-", plain_letters.lower()).strip("-")[:60].strip("-")
    reserved = re.fullmatch(r"con|prn|aux|nul|(com|lpt)[0-9]", text)
    return f"scenario-{text}" if reserved else text or "scenario"


def to_stderr(words: str) -> None:
    """Tell what is going on, a line at a time."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


Working = Callable[[str], contextlib.AbstractContextManager[object]]
"""Told what is being done for as long as the context lasts, as `lambdaplan.cli.console.at_work` shows it."""


def quietly(_: str) -> contextlib.AbstractContextManager[object]:
    """Show nothing of what is being done."""
    return contextlib.nullcontext()


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file so that it lasts: UTF-8, lines that end in a line feed."""
    with path.open("wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


# one file


def write_whole(path: Path, text: str | bytes) -> Path:
    """Write a file: UTF-8, lines that end in a line feed. What was there before survives any failure.

    Returns: Path of the file.
    Raises: ReportError when it can't be written.
    """
    made: str | None = None
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder", str(path))
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}-")
        os.close(handle)
        write_file(Path(made), text)
        mask = os.umask(0)
        os.umask(mask)
        Path(made).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        Path(made).replace(path)
    except OSError as error:
        if made is not None:
            with contextlib.suppress(OSError):
                Path(made).unlink()
        raise _storage(error, path, "the file needs a place that can be written") from None
    return path


# a set of files


def write_set(
    out: Path, name: str, fill: Callable[[Path], None], *, own: Sequence[str], sign: str, kind: str = "a report"
) -> Path:
    """Write a set of files as a folder, whole or not at all.

    Files of other names that stand in the folder stay there. A folder that no earlier run has made
    may be used as well, but nothing in it is overwritten.

    Parameters:
    out : Path - folder for the set's folder.
    name : str - what the set is about; its folder is this name as a slug.
    fill : function - writes the set into an empty folder that it is given.
    own : patterns, relative to the folder - every name a set of this kind may hold, now or in earlier runs:
        what an earlier run left under such a name goes.
    sign : str - the file by which an earlier run's folder is known.
    kind : str - what it is called in errors.

    Returns: Path of the folder.
    Raises: ReportError when it can't be written; what was there before is still there.
    """
    target = out / slug(name)
    made: list[Path] = []
    try:
        made = _make_folder(out)
        with own_folder(out, f"{PREFIX}{target.name}-") as folder:
            _check_place(target, own, kind)
            new = folder / "new"
            new.mkdir()
            fill(new)
            while True:
                former = own if (target / sign).is_file() else ()  # what goes: files of an earlier run
                _check_files(target, new, former, kind)
                _keep_the_readers(target, new, former)
                for made_folder in (p for p in (new, *new.rglob("*")) if p.is_dir() and not p.is_symlink()):
                    _sync(made_folder)
                if _put(new, target, folder / "old"):
                    break
            for replaced in (new, folder / "old"):
                _keep_the_readers(replaced, target, former)  # what came there meanwhile
            _sync(out)
            made.clear()
    except OSError as error:
        raise _storage(error, error.filename or target, f"{kind} needs a folder that can be written") from None
    finally:
        for path in reversed(made):
            _remove_empty(path)
    return target


def _storage(error: OSError, path: object, words: str) -> ReportError:
    reason = (error.strerror or "it can't be written").lower()
    return ReportError(Problem("storage", shorten(str(path), 200), reason, words, "Give another one with -o."))


def _in_the_way(path: Path, words: str, kind: str) -> ReportError:
    fix = "Move it, or give another folder with -o."
    return ReportError(Problem("storage", shorten(str(path), 200), words, f"{kind} needs this name", fix))


def _make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it; returns the ones that were not there."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    return list(reversed(missing))


def _remove_empty(path: Path) -> None:
    with contextlib.suppress(OSError):  # something else has been put there
        path.rmdir()


def _check_place(target: Path, own: Sequence[str], kind: str) -> None:
    folders = {target / PurePosixPath(pattern).parent for pattern in own}
    for path in sorted({target, *folders}):
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise _in_the_way(path, "it is a link" if path.is_symlink() else "it is a file", kind)
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _check_files(target: Path, new: Path, former: Sequence[str], kind: str) -> None:
    """Refuse to take the place of something that no earlier run has made."""
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target)
        folder = path.is_dir() and not path.is_symlink()
        if (new / name).exists() and folder != (new / name).is_dir():
            raise _in_the_way(path, "it is a folder" if folder else "it is a file", kind)
        if (new / name).exists() and not folder and not _is_of(name, former):
            raise _in_the_way(path, "it is no file of lambdaplan's", kind)


def _keep_the_readers(target: Path, new: Path, former: Sequence[str]) -> None:
    """Give a new folder what stands in the former one and is not of the set: links, not moves, so that both have it."""
    if not target.exists():
        return
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target)
        if path.is_dir() and not path.is_symlink():
            (new / name).mkdir(exist_ok=True)
            shutil.copymode(path, new / name)
        elif not _is_of(name, former) and not os.path.lexists(new / name):
            _linked(path, new / name)
    shutil.copymode(target, new)


def _is_of(name: Path, patterns: Sequence[str]) -> bool:
    return any(PurePosixPath("/", name.as_posix()).match(f"/{pattern}") for pattern in patterns)


def _linked(path: Path, to: Path) -> None:
    try:
        os.link(path, to, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a file system without links, or a file of somebody else
        shutil.copy2(path, to, follow_symlinks=False)


def _put(new: Path, target: Path, old: Path) -> bool:
    """Let a folder take the place of another in one step, or in two where the system can't.

    Returns: bool - False where another run has made the folder at the same moment: it is to be looked at first.
    """
    if not target.exists():
        try:
            new.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not target.is_dir():
                raise
            return False
    elif not _exchange(new, target):
        target.rename(old)
        try:
            new.rename(target)
        except BaseException:
            old.rename(target)
            raise
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where this system or file system can't."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, swap = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux's <fcntl.h> and <linux/fs.h>
    if rename(here, os.fsencode(one), here, os.fsencode(other), swap) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(other))


def _sync(folder: Path) -> None:
    """Make the names in a folder last, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# folders that do not outlive their process


@contextlib.contextmanager
def own_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder for the time of a `with`; what killed runs left beside it goes first.

    Parameters:
    parent : Path - folder to make it in.
    prefix : str - how its name begins; begins itself with `PREFIX`.
    """
    _clear(parent)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=UNBORN))
    handle = _hold(folder)
    try:
        # Held before it has a name that other runs look for.
        folder = folder.rename(parent / f"{prefix}{folder.name.removeprefix(UNBORN)}")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _hold(folder: Path) -> int | None:
    """Lock a folder for as long as this process runs; None where it is held already, or can't be."""
    if sys.platform == "win32":  # nothing is held there, so nothing is taken for left behind
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _clear(parent: Path) -> None:
    """Remove the folders that killed runs of this account left; put back what one had on the way."""
    with contextlib.suppress(OSError):
        for path in sorted(parent.glob(f"{PREFIX[:-1]}*")):
            if path.is_symlink() or not path.is_dir() or path.stat().st_uid != _account():
                continue
            if path.name.startswith(UNBORN) and time.time() - path.stat().st_mtime > UNBORN_SECONDS:
                _remove_empty(path)
            match = re.fullmatch(rf"{re.escape(PREFIX)}(?P<name>.+)-[a-z0-9_]{{8}}", path.name)
            handle = _hold(path) if match else None
            if match and handle is not None:
                former, target = path / "old", parent / match["name"]
                if former.is_dir() and not target.exists():
                    former.rename(target)
                shutil.rmtree(path, ignore_errors=True)
                os.close(handle)


def _account() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
