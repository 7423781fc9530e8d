import runpy
from pathlib import Path

import numpy as np
from PIL import Image

from mengbi.engine import ENGINES

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_engine.py"


def test_the_example_of_an_own_engine_paints_what_its_prompt_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ENGINES, "_items", dict(ENGINES._items))
    example = runpy.run_path(str(EXAMPLE), run_name="__main__")
    known = {name: (pattern * 127.5 + 127.5) for name, pattern in example["patterns"](128, 96).items()}
    painted = np.asarray(Image.open("patterns.png")).reshape(96, 4, 128, 3)
    names = []
    for picture in painted.transpose(1, 3, 0, 2):
        off = {name: np.abs(picture - pattern).max() for name, pattern in known.items()}
        names.append(min(off, key=off.get))
        assert off[names[-1]] <= 1
    assert set(names) == {"rings", "checks"}
