"""Reads questions and captions back, so that oracles need not trust that they speak of what their `truth` says."""

import re

from spatial_pretrain.data_engine.templates import load_templates


def asks(task, form, question, **slots):
    """Whether a question is one of the form's wordings with just these words in their slots, and any in the others."""
    wordings = load_templates(task).forms[form].questions
    return any(_filled(wording, slots).fullmatch(question) for wording in wordings)


def says(task, form, sentence, **slots):
    """As `asks`, for an answer or a caption's sentence."""
    wordings = load_templates(task).forms[form].answers
    return any(_filled(wording, slots).fullmatch(sentence) for wording in wordings)


def sentences(caption):
    """Its sentences, one after the other; a full stop in a number ends none."""
    return re.split(r"(?<=\.)\s+(?=[A-Z])", caption)


def _filled(wording, slots):
    parts = re.split(r"\{(\w+)\}", wording)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = (f"(?:the )?{re.escape(slots[name])}" if name in slots else ".+?" for name in parts[1::2])
    return re.compile("".join(parts), re.DOTALL)
