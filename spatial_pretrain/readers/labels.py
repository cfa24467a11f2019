"""Categories of other people's data sets in the plain lower-case words that questions use."""

import re

NAMELESS = frozenset(
    {
        "ceiling",
        "floor",
        "misc",
        "none",
        "object",
        "objects",
        "other",
        "otherfurniture",
        "otherprop",
        "others",
        "otherstructure",
        "remove",
        "room",
        "split",
        "structure",
        "unannotated",
        "undefined",
        "unknown",
        "unlabeled",
        "void",
        "wall",
    }
)
"""Labels that name nothing one could ask for, and the surfaces of the room, whose boxes say nothing."""

NYU40 = (
    "wall",
    "floor",
    "cabinet",
    "bed",
    "chair",
    "sofa",
    "table",
    "door",
    "window",
    "bookshelf",
    "picture",
    "counter",
    "blinds",
    "desk",
    "shelves",
    "curtain",
    "dresser",
    "pillow",
    "mirror",
    "floor mat",
    "clothes",
    "ceiling",
    "books",
    "refrigerator",
    "television",
    "paper",
    "towel",
    "shower curtain",
    "box",
    "whiteboard",
    "person",
    "night stand",
    "toilet",
    "sink",
    "lamp",
    "bathtub",
    "bag",
    "otherstructure",
    "otherfurniture",
    "otherprop",
)
"""The forty classes of NYU Depth v2 that Hypersim uses; number 1 comes first."""


def plain_label(text: str) -> str | None:
    """``"Office_Chair"`` → ``"office chair"``; None for what has no name to ask for.

    Labels that differ in case, underscores or spaces become one.
    """
    words = re.sub(r"[\s_/]+", " ", text).strip().lower()
    return None if not re.search(r"[a-z]", words) or words in NAMELESS else words
