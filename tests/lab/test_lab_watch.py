"""What curves say in plain words."""

import pytest

from mengbi.lab.watch import LOOKS, diagnose


def lines(fact, values, every=100):
    return [{"step": every * (place + 1), "loss": 1.0, fact: value} for place, value in enumerate(values)]


def test_a_run_that_is_well_gives_no_cause_for_words():
    healthy = [
        {"step": 100 * n, "loss": 1.0, "right": 0.8, "spread": 0.7, "kl": 12.0, "validation": 1 / (n + 1)}
        for n in range(20)
    ]
    assert diagnose(healthy) == ""
    assert diagnose([]) == ""


@pytest.mark.parametrize(
    ("fact", "well", "ill", "words"),
    [
        ("right", 0.8, 0.995, "critic has won since step 400"),
        ("spread", 0.6, 0.02, "one picture since step 400"),
        ("kl", 9.0, 0.01, "posterior collapse"),
    ],
)
def test_what_is_ill_for_long_is_named_with_the_step_it_began_and_what_to_do(fact, well, ill, words):
    assert words in diagnose(lines(fact, [well] * 3 + [ill] * LOOKS))
    assert diagnose(lines(fact, [well] * 3 + [ill] * (LOOKS - 1))) == ""  # may pass
    assert diagnose(lines(fact, [ill] * 10 + [well])) == ""  # has passed


def test_learning_by_heart_is_seen_in_what_is_checked():
    falling = [1.0, 0.8, 0.7]
    assert diagnose(lines("validation", falling + [0.75] * LOOKS)).startswith("it learns by heart since step 300")
    assert diagnose(lines("validation", falling + [0.75] * (LOOKS - 1))) == ""


def test_the_most_urgent_comes_first():
    both = [{"step": n, "right": 1.0, "spread": 0.0} for n in range(1, 9)]
    assert "critic" in diagnose(both)
