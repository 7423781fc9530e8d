"""What others have published for data that anybody can train on, to stand beside a run's own figures."""

from dataclasses import dataclass

LUCIC = "Lucic et al. 2018, the best of a wide search each"
BURDA = "Burda et al. 2016, pixels drawn by their brightness, 5,000 samples"
NANOGPT = "nanoGPT (Karpathy)"
ZHAO = "Zhao et al. 2020"


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A figure of somebody else's."""

    data: str
    figure: str  # FID: with Inception's features, and comparable only to such
    model: str
    value: float
    source: str


PUBLISHED = tuple(
    Published(data=data, figure=figure, model=model, value=value, source=source)
    for data, figure, model, value, source in (
        ("mnist", "FID", "NS-GAN", 6.8, LUCIC),
        ("mnist", "FID", "WGAN", 6.7, LUCIC),
        ("mnist", "FID", "WGAN-GP", 20.3, LUCIC),
        ("mnist", "FID", "VAE", 23.8, LUCIC),
        ("mnist", "NLL", "VAE", 86.8, BURDA),
        ("mnist", "NLL", "IWAE-50", 84.8, BURDA),
        ("tiny-shakespeare", "bits per character", "Transformer, 6 layers of 384", 2.12, NANOGPT),
        ("tiny-shakespeare", "bits per character", "Transformer, 4 layers of 128", 2.71, NANOGPT),
        ("cifar-10", "FID", "BigGAN", 9.6, ZHAO),
        ("cifar-10", "FID", "BigGAN with DiffAugment", 8.7, ZHAO),
        ("cifar-10", "FID", "DDPM", 3.2, "Ho et al. 2020"),
    )
)


def published(data: str) -> list[Published]:
    """What is known for a data set; nothing for one's own."""
    return [each for each in PUBLISHED if each.data == data]
