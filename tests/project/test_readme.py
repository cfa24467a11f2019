"""What the documents promise is there: commands, files, pictures."""

import re
import shlex
from pathlib import Path

import pytest

from tests.project.repository import ROOT, files
from vst_robot.cli.app import COMMANDS, GROUPS

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"")
PLANNED = re.compile(r"^(#|//)")


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md" and path.relative_to(ROOT).parts[0] != "tests"]


def commands(text: str) -> list[str]:
    """`vst-robot …` as written in code blocks and in backticks: one string per mention."""
    blocks = re.findall(r"```[^\n]*\n(.*?)```", text, flags=re.DOTALL)
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [
        match.group(1)
        for piece in (*lines, *spans)
        if not PLANNED.match(piece)
        for match in re.finditer(r"(?:^|[\s/])vst-robot((?:\s+[^&|;]+)?)", piece)
    ]


def known(words: list[str]) -> bool:
    """Is this a command, a group, or a flag of the program itself?"""
    plain = [word for word in words if re.fullmatch(r"[a-z][a-z_|-]*", word)]
    if not words or words[0] in ("--help", "--version") or not plain:
        return True
    if plain[0] in GROUPS:
        return len(plain) == 1 or all(f"{plain[0]} {name}" in COMMANDS for name in plain[1].split("|"))
    return all(name in COMMANDS or name in GROUPS for name in plain[0].split("|"))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("`vst-robot finetune --suite x`", True),
        ("`vst-robot demos inspect`", True),
        ("`vst-robot demos`", True),
        ("`vst-robot --help`", True),
        ("```\n.venv/bin/vst-robot evaluate --policy p\n```", True),
        ("```\npip install x && vst-robot fly\n```", False),
        ("`vst-robot demos paint`", False),
    ],
)
def test_the_search_for_commands(text: str, right: bool) -> None:
    assert all(known(shlex.split(mention)) for mention in commands(text)) is right


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_named_commands_exist(document: Path) -> None:
    wrong = [m for m in commands(document.read_text(encoding="utf-8")) if not known(shlex.split(m, comments=True))]
    assert not wrong


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_resolve(document: Path) -> None:
    targets = [a or b for a, b in LINK.findall(document.read_text(encoding="utf-8"))]
    local = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert not [target for target in local if not (document.parent / target).exists()]


def test_the_readme_begins_with_the_job_and_its_test() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```[^\n]*\n(.*?)```", text, flags=re.DOTALL)
    assert any("vst-robot finetune --suite libero_spatial" in block for block in blocks)
    assert any("pytest" in block for block in blocks)
