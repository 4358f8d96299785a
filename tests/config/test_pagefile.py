"""What the admin page has set: where it stands among the others, and what a broken file says."""

from pathlib import Path

import pytest

from tornchat.config import load, read_settings
from tornchat.config.pagefile import NAME, read_page, write_page
from tornchat.errors import ConfigError


def burst(folder: Path, environ: dict[str, str] | None = None, **flags: str) -> tuple[int, str]:
    path = folder / "tornchat.conf"
    path.write_text("[server]\ndata_dir = data\n[limits]\nburst = 2\n")
    given = {f"limits.{name}": text for name, text in flags.items()}
    found = read_settings(path, environ or {}, given).base["limits", "burst"]
    return found.value, found.origin


def test_page_goes_before_the_file_and_behind_environment_and_flags(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_page(tmp_path / "data", {"limits.burst": "3"})
    assert burst(tmp_path) == (3, "admin page")
    variable = {"TORNCHAT_LIMITS_BURST": "4"}
    assert burst(tmp_path, variable) == (4, "TORNCHAT_LIMITS_BURST")
    assert burst(tmp_path, variable, burst="5") == (5, "--burst")


def test_page_of_the_folder_that_a_flag_names_counts(tmp_path: Path) -> None:
    write_page(tmp_path, {"limits.burst": "3"})
    assert load(None, {}, {"server.data_dir": str(tmp_path)}).limits.burst == 3


def test_what_the_page_may_not_set_or_does_not_know_is_passed_over(tmp_path: Path) -> None:
    values = {
        "server.data_dir": "/elsewhere",
        "server.tls_cert": "/etc/hostname",
        "limits.of_tomorrow": "1",
        "burst": "9",
        "limits.text_length": "80",
    }
    write_page(tmp_path, values)
    found = load(None, {}, {"server.data_dir": str(tmp_path)})
    assert (found.server.data_dir, found.server.tls_cert) == (tmp_path, None)
    assert found.limits.text_length == 80


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"limits.burst": 3}', "[" * 9999, "\xff"])
def test_file_that_is_none_of_ours_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=rf"^{tmp_path}/settings.json: expected [^\n]*$"):
        read_page(tmp_path)


def test_value_that_does_not_fit_is_refused_with_its_place(tmp_path: Path) -> None:
    write_page(tmp_path, {"limits.burst": "many"})
    with pytest.raises(ConfigError, match=r"^admin page: \[limits\] burst: expected"):
        load(None, {}, {"server.data_dir": str(tmp_path)})


def test_nothing_was_set_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_page(tmp_path) == read_page(tmp_path / "nowhere") == {}


def test_later_values_take_the_place_of_the_earlier(tmp_path: Path) -> None:
    write_page(tmp_path, {"limits.burst": "3"})
    (tmp_path / "settings.new").write_text("left by a crash")
    write_page(tmp_path, {"limits.burst": "4"})
    assert read_page(tmp_path) == {"limits.burst": "4"}
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
