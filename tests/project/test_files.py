"""House rules that a linter does not know: sizes, names, nothing of one machine."""

import re

import pytest

from tests.project.repository import ROOT, files, package_sources, sources

MAX_LINES = 400
MAX_BYTES = 20 * 2**20
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
HOME_OF_SOMEBODY = re.compile(r"(?<![\w.$}/-])/(?:home|Users|root|work|mnt|scratch|opt)/[\w.-]+")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".txt", ".cfg", ".html", ".j2", ".xml", ""}


def names(paths: list) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_no_file_is_too_long() -> None:
    long = [path for path in sources() if len(path.read_text(encoding="utf-8").splitlines()) > MAX_LINES]
    assert not names(long)


def test_files_are_named_after_nouns_of_the_field() -> None:
    vague = [path for path in sources() if EMPTY_NAMES & {path.stem, *path.relative_to(ROOT).parts[:-1]}]
    assert not names(vague)


def test_nothing_is_big() -> None:
    big = [path for path in files() if path.stat().st_size > MAX_BYTES]
    assert not names(big)


def test_no_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files()
        if path.suffix in TEXT and path != ROOT / "tests" / "project" / "test_files.py"
        for match in HOME_OF_SOMEBODY.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("in /home/ann/data", True),
        ("'/root/x'", True),
        ("../work/main", False),
        ("~/.cache/vst-robot", False),
        ("https://example.org/home/ann", False),
        ("runs/work/x", False),
    ],
)
def test_the_search_for_such_paths(text: str, caught: bool) -> None:
    assert bool(HOME_OF_SOMEBODY.search(text)) is caught


def test_every_module_says_what_it_is_for() -> None:
    silent = [p for p in package_sources() if not p.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""'))]
    assert not names(silent)


def test_every_environment_variable_is_documented() -> None:
    read = re.compile(r"""environ(?:\.get\(|\[)\s*["'](\w+)|["'](VST_ROBOT_\w+)["']""")
    used = {a or b for path in package_sources() for a, b in read.findall(path.read_text(encoding="utf-8"))}
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert {"VST_ROBOT_CACHE", "VST_ROBOT_LIBERO_ASSETS"} <= used
    assert not [name for name in sorted(used) if f"`{name}`" not in table]
