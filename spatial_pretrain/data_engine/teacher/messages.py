"""Chat messages with pictures, as OpenAI-compatible servers take them."""

import base64
from collections.abc import Sequence
from typing import Any

from spatial_pretrain.data_engine import media
from vst_robot.types import Picture

Messages = list[dict[str, Any]]


def picture_part(picture: Picture) -> dict[str, Any]:
    """A picture, uint8 (h, w, 3), as part of a message."""
    data = base64.b64encode(media.encode_picture(picture)).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


def text_part(text: str) -> dict[str, Any]:
    """A text as part of a message."""
    return {"type": "text", "text": text}


def user_message(pictures: Sequence[Picture], text: str) -> Messages:
    """Pictures and what is asked about them."""
    return [{"role": "user", "content": [*map(picture_part, pictures), text_part(text)]}]
