"""The page that shows a set."""

import numpy as np

from spatial_pretrain.data_engine import page, rows
from spatial_pretrain.data_engine.layout import to_truth
from spatial_pretrain.data_engine.set_statistics import collect
from tests.spatial_pretrain.data_engine.layouts import layout, thing
from tests.spatial_pretrain.data_engine.test_rows import official, picture, sample
from tests.spatial_pretrain.data_engine.test_set_statistics import choice, record


def test_examples_are_drawn_evenly_and_kept_in_order():
    many = [rows.from_sample(sample(pictures=(picture(size=(30, 30)),)), id=str(k)) for k in range(40)]
    counts = np.zeros(40)
    for seed in range(300):
        examples = page.Examples(per_task=4, rng=np.random.default_rng(seed))
        assert len(list(examples.passing(many))) == 40
        chosen = [int(row.id) for row in examples.chosen()]
        assert len(chosen) == 4 and chosen == sorted(chosen)
        counts[chosen] += 1
    assert counts.min() > 10 and counts.max() < 60  # 30 on average


def test_the_page_shows_pictures_clips_and_why_questions_were_rejected():
    frames = tuple(picture(k, (32, 32)) for k in range(4))
    clip = rows.from_sample(sample(task="video_others", pictures=frames, type="video", frame_rate_hz=2.0), id="clip")
    given = [rows.from_sample(sample(), id="one"), clip, rows.from_record(official())]
    html = page.render(given, collect(given, [record()]), title="a set", facts={"seed": 3})
    assert html.count("<article") == 3 and html.count("data:image/jpeg") == 2 and html.count("data:video/mp4") == 1
    assert "too close" in html and "a pose is not finite" in html and "toy/0: KeyError" in html
    assert "|image_pad|" not in html and "|video_pad|" not in html
    assert "<dt>seed</dt><dd>3</dd>" in html and "&#34;distance_m&#34;: 0.25" in html


def test_a_layout_is_drawn_from_above():
    truth = {"answer": "sofa", "layout": to_truth(layout(thing(1, "sofa", (0.0, 0.5, 2.0))))}
    given = [rows.from_sample(sample(truth=truth), id="one")]
    html = page.render(given, collect(given), title="a set")
    assert html.count("data:image/jpeg") == 2 and "from above" in html
    assert "R_level_camera" not in html and "&#34;answer&#34;: &#34;sofa&#34;" in html


def test_unbalanced_letters_are_a_warning():
    given = [choice("A. x")] * 40
    html = page.render(given[:1], collect(given), title="a set")
    assert "si_distance: the letters of questions with 2 options are out of balance" in html
