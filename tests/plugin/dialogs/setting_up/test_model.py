"""The set-up: a real process that is followed line by line, stopped, or fails."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix_krita.dialogs.setting_up.model import SetUpFailed, SetUpModel, SetUpState, Step, read_step
from tests.krita_plugin.loop import until

STEPS = """
import json, sys
def say(stage, done, total, **more):
    print(json.dumps({"stage": stage, "done": done, "total": total, "message": "torch", **more}), flush=True)
"""


def model(script: str, cancel: str = "") -> SetUpModel:
    """A set-up that runs such a program."""
    programs = {"install": STEPS + script, "cancel": cancel}
    return SetUpModel(lambda order: (sys.executable, ["-c", programs[order]]), {})


def test_it_is_followed_to_its_end() -> None:
    """Each line is shown, and the end starts what was installed."""
    ready = list[bool]()
    setting_up = model("say('download', 1, 4)\nsay('try', 0, 0)")
    setting_up.installed.connect(lambda: ready.append(True))
    setting_up.start()
    until(lambda: not setting_up.running)
    assert setting_up.state is SetUpState.DONE and ready
    assert setting_up.step is not None and setting_up.step.stage == "try"


def test_a_download_says_how_long_it_will_take() -> None:
    """As fast as it was, not counting what was there before; not at its first moment."""
    now = [100.0]
    setting_up = SetUpModel(lambda order: ("", []), {}, lambda: now[0])
    told = list[float | None]()
    for seconds, done in ((0.0, 40), (1.0, 42), (9.0, 60)):
        now[0] += seconds
        setting_up.see(Step(stage="download", done=done, total=100, message="torch"))
        told.append(setting_up.seconds_left)
    assert told == [None, None, 20.0]


def test_its_own_words_say_why_it_failed() -> None:
    """What, why, and what to do, as it says them."""
    script = "say('failed', 0, 0, what='No room', why='the disk is full', remedy='Free 3 GB'); sys.exit(1)"
    setting_up = model(script)
    setting_up.start()
    until(lambda: not setting_up.running)
    assert setting_up.state is SetUpState.FAILED
    assert str(setting_up.trouble) == "No room: the disk is full. Free 3 GB"


def test_a_crash_is_told_by_its_last_words() -> None:
    """The last line of what it complained about."""
    setting_up = model("raise SystemExit('there is no shell')")
    setting_up.start()
    until(lambda: not setting_up.running)
    assert setting_up.trouble is not None and "there is no shell" in setting_up.trouble.why


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    """No spinner stays."""
    setting_up = SetUpModel(lambda order: (str(tmp_path / "none"), []), {})
    setting_up.start()
    until(lambda: not setting_up.running)
    assert isinstance(setting_up.trouble, SetUpFailed)


def test_cancel_lets_it_stop_by_itself(tmp_path: Path) -> None:
    """The second program tells the first; what was fetched is kept."""
    flag = tmp_path / "stop"
    wait = f"""
import pathlib, time
say('download', 1, 4)
while not pathlib.Path({str(flag)!r}).exists(): time.sleep(0.01)
say('stopped', 0, 0); sys.exit(1)
"""
    setting_up = model(wait, cancel=f"import pathlib; pathlib.Path({str(flag)!r}).touch()")
    setting_up.start()
    until(lambda: setting_up.step is not None)
    setting_up.cancel()
    until(lambda: not setting_up.running)
    assert setting_up.state is SetUpState.STOPPED and setting_up.trouble is None


@pytest.mark.parametrize(
    "line", [b"", b"no json", b"[]", b'{"stage": "x"}', b'{"stage": 1, "done": 0, "total": 0, "message": ""}']
)
def test_what_is_no_step_is_passed_over(line: bytes) -> None:
    """A warning of some tool in between changes nothing."""
    assert read_step(line) is None


@given(st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_line_is_a_step_or_none(line: bytes) -> None:
    """Nothing that is printed breaks the dialog."""
    read_step(line)


def test_what_cannot_be_shown_on_a_line_is_not() -> None:
    """Control and direction characters do not reach the screen, and numbers have an end."""
    line = '{"stage": "plan", "done": -5, "total": 1e3, "message": ""}'
    assert read_step(line.encode()) is None
    step = read_step(b'{"stage": "plan", "done": -5, "total": 9, "message": "a\\u202e\\nb"}')
    assert step is not None and (step.done, step.message) == (0, "a b")
