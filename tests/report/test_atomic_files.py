"""Sets of files: whole or not at all, whatever fails or is killed, and nothing of the reader's lost."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import steps
from campaigns import PROVE
from lambdaplan.errors import ReportError
from lambdaplan.report import atomic_files as storage

OWN = ("set.txt", "more.txt", "charts/*.svg")
SWAP = 20  # the step, of 37 for a set of nine files, in which it takes the place of the former one


def files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def filled(words: str, names: tuple[str, ...] = ("set.txt", "charts/a.svg")):
    def fill(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            storage.write_file(folder / name, words)

    return fill


def write(out: Path, words: str = "new", **more) -> Path:
    return storage.write_set(out, "A set", filled(words, **more), own=OWN, sign="set.txt")


# what is there afterwards


def test_a_set_replaces_its_own_files_and_keeps_the_readers(tmp_path):
    target = write(tmp_path, "old", names=("set.txt", "more.txt", "charts/a.svg", "charts/gone.svg"))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("far")
    for name in ("notes.txt", "charts/mine.png", "mine/set.txt", "mine/charts/b.svg"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("mine")
    (target / "link").symlink_to(outside, target_is_directory=True)
    (target / "broken").symlink_to("nowhere")
    (target / "notes.txt").chmod(0o640)
    assert write(tmp_path) == target
    assert files(target) == {
        "set.txt": "new",
        "charts/a.svg": "new",
        "notes.txt": "mine",
        "charts/mine.png": "mine",
        "mine/set.txt": "mine",
        "mine/charts/b.svg": "mine",
    }
    assert (target / "link").is_symlink() and (target / "link" / "secret.txt").read_text() == "far"
    assert (target / "broken").is_symlink()
    assert (target / "notes.txt").stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-set", "outside"]


def test_without_a_swap_in_one_step_it_does_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_exchange", lambda one, other: False)
    target = write(tmp_path, "old", names=("set.txt", "more.txt"))
    (target / "notes.txt").write_text("mine")
    write(tmp_path)
    assert files(target) == {"set.txt": "new", "charts/a.svg": "new", "notes.txt": "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["a-set"]


def test_on_a_file_system_without_links_the_readers_files_are_copied(tmp_path, monkeypatch):
    def no_links(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    target = write(tmp_path, "old")
    (target / "notes.txt").write_text("mine")
    (target / "link").symlink_to("notes.txt")
    write(tmp_path)
    assert files(target) == {"set.txt": "new", "charts/a.svg": "new", "notes.txt": "mine", "link": "mine"}
    assert (target / "link").is_symlink()


def test_a_folder_that_is_not_ours_may_be_used_but_nothing_in_it_is_overwritten(tmp_path):
    target = tmp_path / "a-set"
    (target / "charts").mkdir(parents=True)
    (target / "notes.txt").write_text("mine")
    (target / "charts" / "other.svg").write_text("mine")  # a name that an earlier run could have had
    write(tmp_path)
    assert files(target) == {"set.txt": "new", "charts/a.svg": "new", "notes.txt": "mine", "charts/other.svg": "mine"}


@pytest.mark.parametrize("name", ["set.txt", "charts/a.svg"])
def test_a_readers_file_of_the_same_name_stops_it(tmp_path, name):
    target = tmp_path / "a-set"
    (target / name).parent.mkdir(parents=True)
    (target / name).write_text("mine")
    if name == "set.txt":
        name, other = "charts/a.svg", tmp_path / "a-set" / "set.txt"
        other.unlink()
        (target / name).parent.mkdir()
        (target / name).write_text("mine")
    before = files(target)
    with pytest.raises(ReportError, match="it is no file of lambdaplan's") as caught:
        write(tmp_path)
    assert caught.value.exit_code == 5 and "\n" not in str(caught.value)
    assert files(target) == before == {"charts/a.svg": "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["a-set"]


@pytest.mark.parametrize("name", ["set.txt", "charts/a.svg"])
def test_a_folder_in_the_place_of_a_file_stops_it(tmp_path, name):
    target = write(tmp_path, "old", names=("more.txt",))
    (target / name).mkdir(parents=True)
    (target / name / "deep.txt").write_text("mine")
    with pytest.raises(ReportError, match="it is a folder"):
        write(tmp_path)
    assert files(target) == {"more.txt": "old", f"{name}/deep.txt": "mine"}


@pytest.mark.parametrize("place", ["a-set", "a-set/charts"])
@pytest.mark.parametrize("what", ["file", "link"])
def test_a_file_or_link_in_the_place_of_a_folder_stops_it(tmp_path, place, what):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / place).parent.mkdir(exist_ok=True)
    if what == "file":
        (tmp_path / place).write_text("mine")
    else:
        (tmp_path / place).symlink_to(outside, target_is_directory=True)
    with pytest.raises(ReportError, match=f"it is a {what}"):
        write(tmp_path)
    assert list(outside.iterdir()) == []
    assert (tmp_path / place).read_text() == "mine" if what == "file" else (tmp_path / place).is_symlink()


def test_what_comes_there_at_the_last_moment_is_kept(tmp_path, monkeypatch):
    target = write(tmp_path, "old")
    put = storage._put

    def late(new, place, old):
        (target / "late.txt").write_text("mine")
        return put(new, place, old)

    monkeypatch.setattr(storage, "_put", late)
    write(tmp_path)
    assert files(target) == {"set.txt": "new", "charts/a.svg": "new", "late.txt": "mine"}


# what fails


@pytest.mark.parametrize("step", ["_keep_the_readers", "_linked", "_sync", "_put", "_exchange"])
@pytest.mark.parametrize("first", [True, False])
def test_whatever_fails_what_was_there_is_whole_and_nothing_is_left(tmp_path, monkeypatch, step, first):
    out = tmp_path / "deep" / "out"
    if not first:
        (write(out, "old") / "notes.txt").write_text("mine")
    before = files(tmp_path)

    def failing(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")

    monkeypatch.setattr(storage, step, failing)
    if first and step in ("_linked", "_exchange"):  # a first set needs neither
        write(out)
        return
    with pytest.raises(ReportError, match="no space left on device"):
        write(out)
    assert files(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == ([] if first else ["deep"])
    assert first or [p.name for p in out.iterdir()] == ["a-set"]


def test_when_the_second_of_two_steps_fails_the_first_is_undone(tmp_path, monkeypatch):
    target = write(tmp_path, "old")
    rename = Path.rename
    monkeypatch.setattr(storage, "_exchange", lambda one, other: False)

    def failing(self, to):
        if self.name == "new":
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ReportError, match="permission denied"):
        write(tmp_path)
    assert files(target) == {"set.txt": "old", "charts/a.svg": "old"}


def test_a_folder_that_must_not_be_written_is_left_alone(tmp_path, monkeypatch):
    target = write(tmp_path, "old")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != target)  # root may write everywhere
    with pytest.raises(ReportError, match="permission denied") as caught:
        write(tmp_path)
    assert str(target) in str(caught.value)
    assert files(target) == {"set.txt": "old", "charts/a.svg": "old"}


# what is killed

WRITER = f"""{steps.WATCH}
import sys, itertools
from pathlib import Path
from lambdaplan.report import atomic_files as storage
def fill(words):
    def write(folder):
        (folder / "charts").mkdir()
        for name in ["set.txt", *(f"charts/{{n}}.svg" for n in range(8))]:
            storage.write_file(folder / name, words * 50)
    return write
for n in itertools.count():
    storage.write_set(Path(sys.argv[1]), "A set", fill(f"{{n}},"), own={OWN!r}, sign="set.txt")
    print(n, flush=True)
"""


def start(out: Path, kill: int = 0) -> subprocess.Popen[str]:
    return steps.start(WRITER, str(out), kill=kill, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the swap in one step is Linux's")
@pytest.mark.parametrize("step", range(1, 101) if PROVE else (1, 4, 12, SWAP, SWAP + 1, SWAP + 4))
def test_killed_at_any_moment_the_set_is_whole_and_the_next_run_clears_up(tmp_path, step):
    target = write(tmp_path, "first", names=("set.txt", *(f"charts/{n}.svg" for n in range(8))))
    (target / "notes.txt").write_text("mine")
    with start(tmp_path, kill=step) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    found = files(target)
    assert found.pop("notes.txt") == "mine"
    assert set(found) == {"set.txt", *(f"charts/{n}.svg" for n in range(8))}
    assert len(set(found.values())) == 1
    assert (set(found.values()) == {"first"}) == (step <= SWAP)
    write(tmp_path)
    assert files(target) == {"set.txt": "new", "charts/a.svg": "new", "notes.txt": "mine"}
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(storage.UNBORN)] == ["a-set"]


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held there")
def test_killed_between_two_steps_the_former_set_comes_back_with_the_next_run(tmp_path):
    target = write(tmp_path, "old")
    code = """
import os, sys
from pathlib import Path
from lambdaplan.report import atomic_files as storage
storage._exchange = lambda one, other: False
rename = Path.rename
def stops(self, to):
    if self.name == "new":
        os.kill(os.getpid(), 9)
    return rename(self, to)
Path.rename = stops
storage.write_set(Path(sys.argv[1]), "A set", lambda folder: None, own=(), sign="set.txt")
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()

    def fails(folder):
        assert files(target) == {"set.txt": "old", "charts/a.svg": "old"}
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ReportError):
        storage.write_set(tmp_path, "A set", fails, own=OWN, sign="set.txt")
    assert files(target) == {"set.txt": "old", "charts/a.svg": "old"}
    assert [p.name for p in tmp_path.iterdir()] == ["a-set"]


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held there")
def test_the_folder_of_a_living_run_stays(tmp_path):
    with storage.own_folder(tmp_path, f"{storage.PREFIX}other-") as held:
        (held / "work.txt").write_text("at work")
        write(tmp_path)
        assert (held / "work.txt").read_text() == "at work"
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["a-set", held.name])
    assert [p.name for p in tmp_path.iterdir()] == ["a-set"]


def test_two_runs_at_once_leave_the_set_of_one_of_them(tmp_path):
    with start(tmp_path) as one, start(tmp_path) as other:
        for n in range(20):
            for process in (one, other):
                assert process.stdout.readline() == f"{n}\n"  # neither has failed
        for process in (one, other):
            process.kill()
    assert len(set(files(tmp_path / "a-set").values())) == 1


def test_another_run_that_makes_the_folder_at_the_same_moment_is_replaced(tmp_path, monkeypatch):
    rename = Path.rename

    def late(path, target):
        if path.name == "new":
            monkeypatch.setattr(Path, "rename", rename)
            write(tmp_path, "other", names=("more.txt", "set.txt"))
            (target / "notes.txt").write_text("mine")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    target = write(tmp_path, "mine")
    assert files(target) == {"set.txt": "mine", "charts/a.svg": "mine", "notes.txt": "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["a-set"]


def test_what_is_no_folder_of_ours_is_never_cleared_up(tmp_path):
    (tmp_path / ".lambdaplan-notes").mkdir()
    (tmp_path / ".lambdaplan-x-abcdefgh").write_text("a file")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.txt").write_text("far")
    (tmp_path / ".lambdaplan-y-abcdefgh").symlink_to(outside, target_is_directory=True)
    write(tmp_path)
    assert (tmp_path / ".lambdaplan-notes").is_dir()
    assert (tmp_path / ".lambdaplan-x-abcdefgh").read_text() == "a file"
    assert (outside / "x.txt").read_text() == "far"
