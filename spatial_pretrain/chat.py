"""ChatML as token ids: the one place that turns a conversation into what the model reads.

Training and inference both come through here, so that they cannot disagree about system prompts or line ends.
Texts are encoded piece by piece and never parsed for special tokens: a question that contains `<|im_end|>` is
spelt out in ordinary tokens. Labels are ids from the start; nothing is decoded and encoded again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int64
from transformers import PreTrainedTokenizerBase

from spatial_pretrain.samples import IGNORED
from vst_robot.errors import InputError

DEFAULT_SYSTEM = "You are a helpful assistant."
"""What Qwen2.5-VL's chat template puts in front of a conversation without a system turn."""

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Segment:
    """A piece of a turn.

    Attributes:
        content: Text, or token ids that are taken as they are.
        in_loss: Whether its tokens are trained on.
    """

    content: str | Sequence[int]
    in_loss: bool = False


@dataclass(frozen=True)
class Turn:
    """What one side says, as segments in order."""

    role: Role
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversation:
    """Token ids of a whole conversation and their labels (`IGNORED` where not in the loss), both int64 (n,)."""

    ids: Int64[np.ndarray, " n"]
    labels: Int64[np.ndarray, " n"]


class ChatFormat:
    """Writes conversations in Qwen's ChatML with one tokenizer."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        system: str | None = DEFAULT_SYSTEM,
        header_in_loss: bool = False,
    ) -> None:
        """Settles what training and inference share.

        Args:
            tokenizer: Qwen2.5-VL's or the nano model's.
            system: System prompt of conversations that bring none; None writes no system turn.
            header_in_loss: Train also on the assistant's header and the line end after `<|im_end|>`, as VST's
                released trainer does. Otherwise the loss covers content and `<|im_end|>`.
        """
        self.tokenizer = tokenizer
        self.system = system
        self.header_in_loss = header_in_loss
        self._start = _token_id(tokenizer, "<|im_start|>")
        self._end = _token_id(tokenizer, "<|im_end|>")
        self._vision_start = _token_id(tokenizer, "<|vision_start|>")
        self._vision_end = _token_id(tokenizer, "<|vision_end|>")
        self._image = _token_id(tokenizer, "<|image_pad|>")
        self._cache: dict[str, list[int]] = {}

    def picture(self, tokens: int) -> Segment:
        """Returns the place of a picture that fills `tokens` image tokens."""
        return Segment((self._vision_start, *[self._image] * tokens, self._vision_end))

    def encode(self, turns: Sequence[Turn], *, open_assistant: bool = False) -> Conversation:
        """Encodes a conversation.

        Args:
            turns: In order. The system prompt is put in front unless the first turn is a system turn.
            open_assistant: End with the assistant's header, ready for generation.
        """
        pieces: list[tuple[list[int], bool]] = []
        for turn in self._with_system(turns):
            pieces += self._turn(turn)
        if open_assistant:
            pieces.append((self._header("assistant"), False))
        return _join(pieces)

    def _with_system(self, turns: Sequence[Turn]) -> Sequence[Turn]:
        if self.system is None or (turns and turns[0].role == "system"):
            return turns
        return [Turn("system", (Segment(self.system),)), *turns]

    def _turn(self, turn: Turn) -> list[tuple[list[int], bool]]:
        """Header, content, end mark and line end of one turn, each with its place in the loss."""
        answered = turn.role == "assistant" and any(segment.in_loss for segment in turn.segments)
        framed = answered and self.header_in_loss
        content = [(self._ids(segment.content), segment.in_loss) for segment in turn.segments]
        return [
            (self._header(turn.role), framed),
            *content,
            ([self._end], answered),
            (self._ids("\n"), framed),
        ]

    def _header(self, role: Role) -> list[int]:
        return [self._start, *self._ids(f"{role}\n")]

    def _ids(self, content: str | Sequence[int]) -> list[int]:
        if not isinstance(content, str):
            return list(content)
        if content not in self._cache:
            if len(self._cache) >= 4096:
                self._cache.clear()
            self._cache[content] = self.tokenizer.encode(content, add_special_tokens=False, split_special_tokens=True)
        return self._cache[content]


def user(*contents: str | Sequence[int] | Segment) -> Turn:
    """Returns a user turn; nothing of it is in the loss."""
    return Turn("user", tuple(_segment(content, in_loss=False) for content in contents))


def assistant(*contents: str | Sequence[int] | Segment) -> Turn:
    """Returns an assistant turn; text and ids are in the loss, ready-made segments say so themselves."""
    return Turn("assistant", tuple(_segment(content, in_loss=True) for content in contents))


def _segment(content: str | Sequence[int] | Segment, *, in_loss: bool) -> Segment:
    return content if isinstance(content, Segment) else Segment(content, in_loss)


def _token_id(tokenizer: PreTrainedTokenizerBase, token: str) -> int:
    """Looks up a special token, or raises InputError."""
    index = tokenizer.get_vocab().get(token)
    if index is None:
        raise InputError(f"the tokenizer has no '{token}': give the processor of a Qwen2.5-VL model")
    return index


def _join(pieces: Sequence[tuple[list[int], bool]]) -> Conversation:
    """Concatenates; the first token has no predecessor and is never in the loss."""
    ids = np.array([index for piece, _ in pieces for index in piece], dtype=np.int64)
    trained = np.array([flag for piece, flag in pieces for _ in piece], dtype=bool)
    trained[:1] = False
    return Conversation(ids=ids, labels=np.where(trained, ids, IGNORED))
