import pytest
import torch

from mengbi.lab.augment import MOST, adapt, adaptive, colored, cut_out, differentiable, moved


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def some(n=4, channels=3, side=8):
    return torch.rand(n, channels, side, side, generator=chance(9)) * 2 - 1


def each(*values):
    return torch.tensor(values, dtype=torch.float32)


def test_a_picture_that_is_moved_nowhere_is_the_same():
    x = some()
    assert torch.equal(moved(x, torch.zeros(4), torch.zeros(4)), x)


def test_each_picture_goes_its_own_way_and_grey_comes_in():
    x = some(2)
    right, up = moved(x, each(2, 0), each(0, -3))
    assert torch.equal(right[:, :, 2:], x[0, :, :, :-2]) and not right[:, :, :2].any()
    assert torch.equal(up[:, :-3], x[1, :, 3:]) and not up[:, -3:].any()


def test_half_a_pixel_is_the_mean_of_two():
    x = some(1)
    between = moved(x, each(0.5), each(0))
    assert torch.allclose(between[..., 1:], (x[..., 1:] + x[..., :-1]) / 2)


def test_below_zero_it_is_mirrored_and_twice_as_wide_a_slope_is_half_as_steep():
    x = some(1)
    assert torch.equal(moved(x, each(0), each(0), each(-1), each(1)), x.flip(3))
    slope = torch.arange(-3.5, 4).expand(1, 1, 8, 8)
    assert torch.allclose(moved(slope, each(0), each(0), each(2), each(1)), slope / 2)


def test_colours_are_changed_and_what_is_transparent_stays():
    x = some(2, 4)
    assert torch.allclose(colored(x, each(0, 0), each(1, 1), each(1, 1)), x)
    light, grey = colored(x, each(0.25, 0), each(1, 0), each(1, 1))
    assert torch.allclose(light[:3], x[0, :3] + 0.25)
    assert torch.allclose(grey[:3], x[1, :3].mean(0).expand(3, 8, 8))
    assert torch.equal(torch.stack([light, grey])[:, 3], x[:, 3])
    flat = colored(x, each(0, 0), each(1, 1), each(0, 0))[:, :3]
    assert torch.allclose(flat, x[:, :3].mean((1, 2, 3), keepdim=True).expand_as(flat))


def test_no_more_than_a_quarter_is_cut_out_and_the_rest_stays():
    cut = cut_out(torch.ones(200, 1, 16, 16), 0.5, chance())
    gone = (cut == 0).float().mean((1, 2, 3))
    assert set(cut.unique().tolist()) == {0, 1}
    assert gone.max() == 0.25 and gone.min() >= 1 / 16 and gone.std() > 0.05


@pytest.mark.parametrize("change", [differentiable, lambda x, generator: adaptive(x, generator, torch.tensor(0.8))])
def test_a_painter_learns_through_the_change_and_equal_chance_changes_equally(change):
    x = some(64).requires_grad_()
    changed = change(x, chance())
    assert torch.equal(changed, change(x, chance())) and not torch.equal(changed, change(x, chance(1)))
    assert changed.shape == x.shape and (changed != x).flatten(1).any(1).float().mean() > 0.8
    changed.square().sum().backward()
    assert x.grad.isfinite().all() and (x.grad != 0).float().mean() > 0.4


def test_grey_pictures_are_changed_as_well():
    assert differentiable(some(4, 1), chance()).shape == (4, 1, 8, 8)


def test_adaptive_changes_come_as_often_as_they_shall():
    x = some(2000, 1, 4)
    assert torch.equal(adaptive(x, chance(), torch.tensor(0.0)), x)
    alone = [(adaptive(x, chance(), torch.tensor(p)) == x).flatten(1).all(1).float().mean() for p in (0.1, 0.4)]
    for p, seen in zip((0.1, 0.4), alone, strict=True):  # 4 pixels are shifted by none; half the mirrors show
        assert seen == pytest.approx((1 - p / 2) * (1 - p) ** 4, abs=0.04)  # two zooms, light, contrast


def test_likelihood_rises_while_the_critic_is_sure_and_falls_when_it_is_not():
    p, sign = torch.zeros(()), torch.zeros(())
    for _ in range(100):
        adapt(p, sign, torch.full((8,), 3.0), 100)
    assert 0.75 < p < MOST  # the mean sign had to rise above its mark first
    for _ in range(50):
        adapt(p, sign, torch.full((8,), 3.0), 100)
    assert p == pytest.approx(MOST)
    for _ in range(150):
        adapt(p, sign, each(3, -3), 100)
    assert p == 0 and sign == pytest.approx(0, abs=0.01)
