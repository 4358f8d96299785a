import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import Chat, draft
from tornchat.errors import StorageRefused
from tornchat.store import backup, restore
from tornchat.store.database import NAME


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


def epochs(chat: Chat) -> dict[str, str]:
    return {room.name: room.epoch for room in chat.store.rooms()}


def test_backup_is_one_private_file_with_everything(folder, chat: Chat, target: Path) -> None:
    chat.fill(30)
    chat.write(room="tea")
    assert backup(folder, target) == 31
    assert target.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in target.parent.iterdir() if p.is_file()] == [target.name]


def test_backup_under_load_is_consistent(folder: Path, chat: Chat, target: Path) -> None:
    stop = threading.Event()
    chat.fill(200)

    def load() -> None:
        while not stop.is_set():
            chat.journal.publish(draft())
            chat.group()

    thread = threading.Thread(target=load)
    thread.start()
    counts = [backup(folder, target) for _ in range(5)]
    stop.set()
    thread.join()
    assert counts == sorted(counts)
    assert 200 <= counts[0] <= counts[-1] <= chat.log().last


def test_backup_replaces_an_earlier_one_but_no_other_file(folder, chat, target: Path) -> None:
    chat.write()
    backup(folder, target)
    chat.write()
    assert backup(folder, target) == 2
    other = target.with_name("letter.txt")
    other.write_text("dear Ann")
    for path in (other, folder / NAME, target.parent):
        with pytest.raises(StorageRefused):
            backup(folder, path)
    assert other.read_text() == "dear Ann"


def test_backup_of_damaged_data_is_refused(folder, open_chat, target: Path) -> None:
    chat = open_chat()
    chat.fill(5)
    chat.close()
    with sqlite3.connect(folder / NAME) as other:
        other.execute("UPDATE entry SET text = 'x' WHERE seq = 3")
    other.close()
    with pytest.raises(StorageRefused, match="seq 3"):
        backup(folder, target)
    assert not target.exists()


def test_backup_without_a_database_is_refused(tmp_path: Path, target: Path) -> None:
    with pytest.raises(StorageRefused, match="no database"):
        backup(tmp_path, target)
    (tmp_path / NAME).touch()
    with pytest.raises(StorageRefused, match="No such file"):
        backup(tmp_path, tmp_path / "missing" / "backup.db")


def test_restore_brings_the_log_back_under_new_epochs(
    folder: Path, open_chat: Callable[..., Chat], target: Path
) -> None:
    chat = open_chat()
    chat.fill(10)
    before, entries = epochs(chat), chat.log().entries
    backup(folder, target)
    chat.fill(5)
    chat.close()
    kept = restore(folder, target).kept
    chat = open_chat()
    assert chat.log().entries == entries
    assert not set(epochs(chat).values()) & set(before.values())
    assert chat.write() == 11
    assert kept is not None
    old = sqlite3.connect(kept)
    assert old.execute("SELECT count(*) FROM entry").fetchone() == (15,)
    old.close()
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_restore_into_an_empty_folder(folder: Path, chat: Chat, target: Path, tmp_path) -> None:
    chat.fill(3)
    backup(folder, target)
    assert restore(tmp_path / "other", target).kept is None
    other = Chat(tmp_path / "other")
    assert other.seqs() == [1, 2, 3]
    other.close()


def test_restore_takes_a_copy_of_the_live_files_with_its_log(folder, chat, tmp_path) -> None:
    chat.fill(7)
    copy = tmp_path / "copy.db"
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{folder / NAME}{suffix}").read_bytes())
    restore(tmp_path / "other", copy)
    other = Chat(tmp_path / "other")
    assert other.seqs() == list(range(1, 8))
    other.close()


def test_restore_keeps_the_old_log_from_the_new_database(
    folder: Path, open_chat: Callable[..., Chat], target: Path
) -> None:
    chat = open_chat()
    chat.fill(3)
    backup(folder, target)
    chat.fill(4)
    left = {p.name: p.read_bytes() for p in folder.iterdir() if p.name.startswith(NAME)}
    chat.close()
    for name, content in left.items():  # as a kill would leave them
        (folder / name).write_bytes(content)
    restore(folder, target)
    assert not (folder / f"{NAME}-wal").exists()
    assert open_chat().seqs() == [1, 2, 3]


def test_restore_while_the_server_runs_is_refused(folder, chat: Chat, target: Path) -> None:
    chat.write()
    backup(folder, target)
    with pytest.raises(StorageRefused, match="another tornchat"):
        restore(folder, target)
    assert chat.write() == 2


@pytest.mark.parametrize("spoil", ["missing", "other", "truncated", "changed"])
def test_restore_of_a_bad_backup_changes_nothing(folder, open_chat, target, spoil: str) -> None:
    chat = open_chat()
    chat.fill(300)
    backup(folder, target)
    before = epochs(chat)
    chat.close()
    if spoil == "missing":
        target.unlink()
    elif spoil == "other":
        target.write_text("dear Ann")
    elif spoil == "truncated":
        target.write_bytes(target.read_bytes()[:20_000])
    else:
        with sqlite3.connect(target) as other:
            other.execute("UPDATE entry SET text = 'x' WHERE seq = 3")
        other.close()
    with pytest.raises(StorageRefused, match=target.name):
        restore(folder, target)
    assert [p.name for p in folder.iterdir() if "new" in p.name or "before" in p.name] == []
    chat = open_chat()
    assert epochs(chat) == before
    assert chat.log().last == 300
