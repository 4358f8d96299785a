"""Logging: one line is one line, whatever is in it, and a broken stream harms nobody."""

import io
import json
import logging

import pytest

from tornchat import logs


def logged(log_format: str, write) -> str:
    stream = io.StringIO()
    logs.configure("info", log_format, stream)
    write(logging.getLogger("tornchat.web"))
    return stream.getvalue()


def test_text_line_has_time_level_module_and_message():
    line = logged("text", lambda log: log.warning("%s is near", "it"))
    assert line[:19].count(":") == 2
    assert line.endswith(" WARNING web: it is near\n")


def test_json_line_is_one_object():
    found = json.loads(logged("json", lambda log: log.info("ready\nnow")))
    assert found["time"].endswith("+00:00")
    assert (found["level"], found["logger"]) == ("info", "tornchat.web")
    assert found["message"] == "ready\nnow"


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("text", ["a\nERROR b", "a\r\x1b[2Jb", "a\x9bb", "a\u2028b", "a\u202eb"])
def test_message_stays_on_its_line_and_shows_what_it_hides(log_format, text):
    out = logged(log_format, lambda log: log.info("name %s", text))
    assert len(out.splitlines()) == 1
    assert out[:-1].isprintable()


def test_lone_surrogate_is_written_as_an_escape():
    assert logged("text", lambda log: log.info("\ud800")).endswith(" web: \\ud800\n")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_traceback_comes_with_the_error(log_format):
    def write(log: logging.Logger) -> None:
        try:
            raise ValueError("what")
        except ValueError:
            log.exception("failed")

    out = logged(log_format, write)
    assert "ValueError: what" in out
    assert all(line.startswith("    ") for line in out.splitlines()[1:])


def test_level_holds_for_tornchat_and_libraries_are_heard_from_warning_on():
    stream = io.StringIO()
    logs.configure("debug", "text", stream)
    logging.getLogger("tornchat.store").debug("ours")
    logging.getLogger("peewee").debug("text of a message")
    logging.getLogger("tornado.access").info("/?token=secret")
    assert stream.getvalue().splitlines()[0].endswith("ours")
    assert len(stream.getvalue().splitlines()) == 1


def test_configure_again_replaces_the_first(capsys):
    logs.configure("info", "text", io.StringIO())
    assert logged("text", lambda log: log.info("once")).count("once") == 1
    assert capsys.readouterr().err == ""


class BrokenStream(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_broken_stream_is_given_up_in_silence(capsys):
    logs.configure("info", "text", BrokenStream())
    logging.getLogger("tornchat").error("nobody reads this")
    assert capsys.readouterr().err == ""


def test_closed_stream_is_given_up_in_silence(capsys):
    stream = io.StringIO()
    logs.configure("info", "text", stream)
    stream.close()
    logging.getLogger("tornchat").error("nobody reads this")
    assert capsys.readouterr().err == ""


def test_process_without_standard_error_logs_to_nobody(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    logs.configure("info", "text")
    logging.getLogger("tornchat").error("nobody reads this")
