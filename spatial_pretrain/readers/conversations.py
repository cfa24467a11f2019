"""Conversations of other data sets as question and answer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spatial_pretrain.data_engine.samples import Turn
from vst_robot.errors import DataError

PLACEHOLDER = re.compile(r"<(?:image|video)>|<\|(?:image|video)_pad\|>")
_QUESTION, _ANSWER = ("human", "user"), ("gpt", "assistant")


def turns_of(conversations: Sequence[Mapping[str, Any]], where: str) -> tuple[Turn, ...]:
    """Questions and answers of LLaVA's rows, placeholders for pictures taken out.

    Args:
        conversations: Messages with `from` and `value`; one by the system in front is dropped.
        where: Named in errors.

    Raises:
        DataError: They do not alternate, beginning with a question, or one of them is empty.
    """
    try:
        messages = [(str(message["from"]), _plain(str(message["value"]))) for message in conversations]
    except (KeyError, TypeError) as error:
        raise DataError(f"{where}: a message lacks a part ({error!r}); leave the row out") from error
    if messages and messages[0][0] == "system":
        messages = messages[1:]
    questions, answers = messages[::2], messages[1::2]
    sound = all(who in _QUESTION for who, _ in questions) and all(who in _ANSWER for who, _ in answers)
    if not messages or len(questions) != len(answers) or not sound or not all(text for _, text in messages):
        raise DataError(f"{where}: questions and answers do not alternate, or one is empty; leave the row out")
    pairs = zip(questions, answers, strict=True)
    return tuple(Turn(question=question, answer=answer) for (_, question), (_, answer) in pairs)


def _plain(text: str) -> str:
    return PLACEHOLDER.sub("", text).strip()
