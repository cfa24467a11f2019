import pytest

from spatial_pretrain.data_engine import naming


@pytest.mark.parametrize(
    ("label", "several"),
    [
        ("chair", "chairs"),
        ("trash can", "trash cans"),
        ("bookshelf", "bookshelves"),
        ("box", "boxes"),
        ("bench", "benches"),
        ("glass", "glasses"),
        ("key", "keys"),
        ("vanity", "vanities"),
        ("tomato", "tomatoes"),
        ("stereo", "stereos"),
        ("books", "books"),
        ("mouse", "mice"),
    ],
)
def test_plurals(label, several):
    assert naming.plural(label) == several


def test_articles():
    assert [naming.with_article(label) for label in ("oven", "chair", "blinds")] == ["an oven", "a chair", "blinds"]


def test_doubles_get_letters():
    assert naming.lettered(["table", "window", "window", "door"]) == ("table", "window-A", "window-B", "door")


def test_marks_are_named_as_in_the_paper():
    assert naming.with_point("chair", "orange", "2") == "chair (orange point-2)"
    assert naming.with_point("pillow-A", "orange") == "pillow-A (orange point)"
    assert naming.with_box("window-A", "pink") == "window-A (pink box)"
    assert naming.joined(["a", "b", "c"]) == "a, b and c" and naming.joined(["a"]) == "a"
