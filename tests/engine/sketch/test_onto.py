"""Words over a photo: what they name stands in it, in its light, where there is room."""

import numpy as np
import pytest

from mengbi.engine.sketch import onto
from mengbi.engine.sketch.onto import Sheet, draw_over
from mengbi.scene import Scene, Sky, Thing

Y, X = np.mgrid[0:240, 0:320]
CALM = np.full((240, 320, 3), (120, 130, 140), np.uint8)
NIGHT = (CALM // 6).astype(np.uint8)
CAT = Scene(things=(Thing(concept="cat"),))


def crowded():
    """A photo with much to see on its left half and nothing on its right."""
    photo = CALM.copy()
    photo[:, :160] = np.where((X[:, :160] // 6 + Y[:, :160] // 6) % 2, 230, 20)[..., None]
    return photo


def over(photo, scene, strength=0.4, mask=None, seed=1):
    *_, (_, made) = draw_over(photo, mask, scene, strength, seed)
    return made


def changed(made, photo):
    return (made != photo).any(axis=2)


def test_without_words_the_photo_is_the_picture_at_every_stage():
    for _, made in draw_over(CALM, None, Scene(), 0.4, 1):
        assert made is CALM


def test_a_thing_stands_where_the_photo_is_empty():
    photo = crowded()
    where = changed(over(photo, CAT), photo)
    assert where.mean() > 0.02
    assert where[:, 160:].sum() > 4 * where[:, :160].sum()


def test_a_thing_is_lit_by_the_photo():
    bright, dark = over(CALM, CAT), over(NIGHT, CAT)
    lit = bright[changed(bright, CALM)].mean()
    dim = dark[changed(dark, NIGHT)].mean()
    assert dim < 0.6 * lit


def test_a_thing_in_a_grey_photo_is_paler_than_in_a_colourful_one():
    colorful = CALM.copy()
    colorful[:100], colorful[100:] = (40, 90, 230), (30, 160, 40)
    flat, vivid = over(CALM, CAT), over(colorful, CAT)

    def spread(made, photo):
        pixels = made[changed(made, photo)].astype(int)
        return (pixels.max(axis=1) - pixels.min(axis=1)).mean()

    assert spread(flat, CALM) < 0.8 * spread(vivid, colorful)


def test_a_mask_holds_the_thing_and_keeps_the_rest_to_the_last_bit():
    mask = np.zeros((240, 320), np.float32)
    mask[100:, 200:] = 1
    made = over(CALM, CAT, mask=mask)
    assert (made[mask == 0] == CALM[mask == 0]).all()
    assert changed(made, CALM)[mask == 1].mean() > 0.05


@pytest.mark.parametrize("photo", [CALM, crowded()])
def test_strength_1_leaves_nothing_of_the_photo_and_0_all_of_its_sky(photo):
    night = Scene(sky=Sky(time="night", features=("stars",)), ground="meadow")
    other = np.roll(photo, 90, axis=1) // 2
    assert (over(photo, night, 1.0) == over(other, night, 1.0)).all()
    assert (over(photo, night, 0.0) == photo).all()


def test_another_hour_takes_hold_of_what_is_empty_first():
    photo = crowded()
    made = over(photo, Scene(sky=Sky(time="night")), 0.4).astype(int)
    assert np.corrcoef(made[:, :150, 0].ravel(), photo[:, :150, 0].ravel())[0, 1] > 0.9
    assert np.abs(made - photo)[:100, 200:].mean() > 20


def test_a_photo_above_the_limit_gets_the_same_picture_larger(monkeypatch):
    large = crowded().repeat(2, axis=0).repeat(2, axis=1)
    whole = over(large, CAT)
    monkeypatch.setattr(onto, "LARGEST", 277)  # as large as the small one
    *before, (_, made) = draw_over(large, None, CAT, 0.4, 1)
    assert made.shape == large.shape
    assert all(seen.size < large.size for _, seen in before)
    assert np.abs(made.astype(int) - whole).mean() < 3


def test_a_sheet_is_laid_over_a_photo_without_a_seam(monkeypatch):
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (500, 90, 3), dtype=np.uint8)
    sheet = Sheet(keep=rng.random((31, 20, 3), dtype=np.float32), add=rng.random((31, 20, 3), dtype=np.float32) / 2)
    banded = sheet.over(photo, None)
    monkeypatch.setattr(onto, "BAND", 10**6)
    assert np.abs(banded.astype(int) - sheet.over(photo, None)).max() <= 1


def test_a_mask_without_a_white_spot_changes_nothing():
    assert (over(CALM, CAT, mask=np.zeros((240, 320), np.float32)) == CALM).all()
