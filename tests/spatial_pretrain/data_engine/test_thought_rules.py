"""What thoughts in words must not say."""

import pytest

from spatial_pretrain.data_engine.thought_rules import parts, violations


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("The sofa is 3 steps away.", "a number"),
        ("It lies along the x-axis.", "coordinates"),
        ("Its Z axis grows.", "coordinates"),
        ("The chair (red point) is near.", "a coloured point"),
        ("The TOP VIEW shows it.", "the view from above as a picture"),
        ("In the BEV it is left.", "the view from above as a picture"),
        ("According to ground-truth it is left.", "ground truth"),
        ("It is some meters away.", "a unit"),
        ("Turn by ninety degrees.", "a unit"),
    ],
)
def test_bans(text, what):
    assert [found.split(":")[0] for found in violations(text)] == [f"says {what}"]


def test_what_is_allowed():
    text = "1. In image 1 and image-2, the relaxed reddish lamp is taller.\n2. Seen from above, step 2 is a point left."
    assert violations(text) == []


def test_parts():
    assert parts("One.\n\nTwo. Three.\n \nFour.\n") == ["One.", "Two. Three.", "Four."]
