import hashlib
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from mimetic.errors import ModelError
from mimetic.track import models
from mimetic.track.models import Network


def network(name, content):
    return Network(
        name=name,
        member=f"some/where/{name}.tflite",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
    )


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A cache of its own, two small networks, and a wheel that holds them and more."""
    contents = {"one": b"first network", "two": b"second network"}
    wheel = tmp_path / "index" / "mediapipe-0.10.21-cp311-cp311-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("mediapipe/__init__.py", "raise SystemExit('never run')")
        for name, content in contents.items():
            archive.writestr(f"some/where/{name}.tflite", content)
    made = {name: network(name, content) for name, content in contents.items()}
    monkeypatch.setattr(models, "NETWORKS", made)
    monkeypatch.setattr(models, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(models.VARIABLE, raising=False)
    return wheel


def pip_that_copies(wheel, calls=None):
    def pip(arguments):
        if calls is not None:
            calls.append(arguments)
        folder = Path(arguments[arguments.index("--dest") + 1])
        shutil.copy(wheel, folder / wheel.name)
        return subprocess.CompletedProcess(arguments, 0, "", "")

    return pip


def pip_that_fails(arguments):
    return subprocess.CompletedProcess(arguments, 1, "", "ERROR: no route to host\n")


def never(arguments):
    raise AssertionError("pip was asked")


def test_nothing_is_there_before_it_is_fetched(house):
    assert [entry.path for entry in models.status()] == [None, None]
    assert not any(entry.verified for entry in models.status())


def test_fetching_takes_only_the_networks_from_the_wheel(house):
    found = models.fetch(pip=pip_that_copies(house))
    assert all(entry.verified for entry in found)
    files = sorted(path.name for path in models.cache_folder().iterdir())
    assert files == ["one.tflite", "two.tflite"]


def test_pip_is_asked_for_one_wheel_without_dependencies_for_any_platform(house):
    calls = []
    models.fetch(pip=pip_that_copies(house, calls))
    assert calls[0][:2] == ["download", "--no-deps"]
    for wanted in ("mediapipe==0.10.21", "3.11", "manylinux_2_28_x86_64", "--only-binary=:all:"):
        assert wanted in calls[0]


def test_what_is_there_is_not_fetched_again(house):
    models.fetch(pip=pip_that_copies(house))
    models.fetch(pip=never)
    assert models.need("one", pip=never).read_bytes() == b"first network"


def test_a_needed_network_is_fetched_when_it_is_missing(house):
    assert models.need("two", pip=pip_that_copies(house)).read_bytes() == b"second network"


def test_a_damaged_file_in_the_cache_is_replaced(house):
    models.fetch(pip=pip_that_copies(house))
    (models.cache_folder() / "one.tflite").write_bytes(b"half a netw")
    assert models.need("one", pip=pip_that_copies(house)).read_bytes() == b"first network"


def test_the_named_folder_comes_before_the_cache(house, tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "one.tflite").write_bytes(b"first network")
    monkeypatch.setenv(models.VARIABLE, str(mine))
    assert models.need("one", pip=never) == mine / "one.tflite"


def test_another_file_in_the_named_folder_is_refused(house, tmp_path, monkeypatch):
    (tmp_path / "one.tflite").write_bytes(b"something else")
    monkeypatch.setenv(models.VARIABLE, str(tmp_path))
    with pytest.raises(ModelError, match=r"one.tflite: expected SHA-256 .*unset MIMETIC_MODELS"):
        models.need("one", pip=never)


def test_without_network_the_message_says_what_to_copy_where(house):
    with pytest.raises(ModelError) as caught:
        models.need("one", pip=pip_that_fails)
    told = str(caught.value)
    assert "no route to host" in told
    assert str(models.cache_folder()) in told
    assert "some/where/one.tflite" in told
    assert "pip download --no-deps mediapipe==0.10.21" in told
    assert not list(models.cache_folder().iterdir())


def test_a_wheel_with_another_hash_is_refused(house, monkeypatch):
    monkeypatch.setattr(models, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"\.whl: expected SHA-256 000"):
        models.fetch(pip=pip_that_copies(house))


def test_a_network_with_another_hash_is_refused(house, monkeypatch):
    changed = {"one": network("one", b"another network")}
    monkeypatch.setattr(models, "NETWORKS", changed)
    with pytest.raises(ModelError, match="its SHA-256 is not the expected one"):
        models.fetch(pip=pip_that_copies(house))


def test_a_wheel_without_the_network_is_refused(house, monkeypatch):
    monkeypatch.setattr(models, "NETWORKS", {"three": network("three", b"3")})
    with pytest.raises(ModelError, match="could not be fetched"):
        models.fetch(pip=pip_that_copies(house))


def test_a_full_disk_is_told(house, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models.os, "replace", full)
    with pytest.raises(ModelError, match="No space left on device"):
        models.fetch(pip=pip_that_copies(house))
    assert not list(models.cache_folder().iterdir())


def test_a_cache_that_cannot_be_made_is_told(house, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="writing to"):
        models.fetch(pip=pip_that_copies(house))


def test_two_may_fetch_at_once(house):
    gate = threading.Barrier(2)
    copy = pip_that_copies(house)
    faults = []

    def pip(arguments):
        gate.wait(timeout=10)
        return copy(arguments)

    def fetch():
        try:
            models.fetch(pip=pip)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert all(entry.verified for entry in models.status())


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, ".cache/mimetic"),
        ("darwin", {}, "Library/Caches/mimetic"),
        ("win32", {}, "AppData/Local/mimetic"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/mimetic"),
        ("linux", {"XDG_CACHE_HOME": "/cache"}, "/cache/mimetic"),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_caches(
    platform, variables, expected, monkeypatch, tmp_path
):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert models.cache_folder() == tmp_path / expected


def test_the_users_own_pip_answers():
    assert models.run_pip(["--version"]).stdout.startswith("pip ")
