import pytest

from recipes import selftest
from tfgan_suite.metrics.selftest import CHECKS, Outcome
from tfgan_suite.runs import cli


def run(*words):
    cli.main(selftest.run, selftest.Settings, selftest.__doc__, argv=list(words))


@pytest.mark.parametrize("name", CHECKS)
def test_passes(name):
    outcome = CHECKS[name]()
    assert outcome.passed, outcome.text


def test_prints_a_line_for_each_check(capsys):
    run("--only", "FID")
    lines = capsys.readouterr().out.splitlines()
    chosen = [name for name in CHECKS if "FID" in name]
    assert len(lines) == len(chosen) + 1
    assert all(line.startswith("ok") for line in lines[:-1])
    assert lines[-1].startswith(f"{len(chosen)} of {len(chosen)} checks passed")


def test_a_failure_ends_with_exit_code_1(capsys, monkeypatch):
    monkeypatch.setitem(CHECKS, "FID: broken", lambda: Outcome(False, "1, expected 2"))
    with pytest.raises(SystemExit) as stop:
        run("--only", "FID: broken")
    assert stop.value.code == 1
    assert "FAIL FID: broken" in " ".join(capsys.readouterr().out.split())


def test_unknown_name(capsys):
    with pytest.raises(SystemExit):
        run("--only", "frechet inception")
    assert "Known: FID: closed form" in capsys.readouterr().err
