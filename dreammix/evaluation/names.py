"""What can be measured: names, how it is done in words, the usual number of cases. Loads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_EDGE: Final = (
    "Seam: mean absolute step between neighbours across the region's edge, minus the same in the true"
    " render; 0 is no visible edge. Ring: how far the step from the mean colour just outside the edge"
    " to that just inside is from the true render's. Both leave out where the true object crosses the"
    " edge, in levels of 255, without feather."
)
_SETTLED: Final = " Only what is called the default is cut out by its matte and settled into its scene."
_JUDGED: Final = (
    "Category and colour are what the metrics CLIP sees in the square around the region: the category"
    " by the likeliest of ten sentences, or none where a sentence for a blurred, empty, noisy or "
    "melted region wins or none reaches 50 %; the colour by the likeliest of nine sentences, and "
    "wrong where no object is seen. The objects are plain, as a pattern is half of another colour."
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Something that can be measured.

    Attributes:
        name: what it is called on the command line.
        summary: what it is about, in a few words.
        how: how it is measured, in a few sentences.
        count: how many cases it usually takes.
    """

    name: str
    summary: str
    how: str
    count: int


EVALUATIONS: Final = (
    Evaluation(
        "autoencoder",
        "what survives the autoencoder",
        "PSNR of world pictures of the native side, drawn with seeds that training never uses.",
        64,
    ),
    Evaluation(
        "validation",
        "whether the measure itself is right",
        "The judge is asked about renders whose answer is known: true ones, true ones after their way"
        " through the model's crop and autoencoder, and ones that it must turn down: blurred to five "
        "cells a region, empty, noisy, melted (pixels displaced at random), of another category, in "
        "another colour. One fifth of them are small objects on 512 x 512. " + _JUDGED,
        200,
    ),
    Evaluation(
        "text",
        "whether the words are painted",
        "Objects of 35 to 60 % of the side on the world's own grounds (no photographs), pictures of "
        "128 to 256 pixels a side, regions drawn as boxes, ellipses and blobs; half of the cases ask "
        "for pairs of category and colour that training never saw. " + _JUDGED + " " + _EDGE + _SETTLED,
        200,
    ),
    Evaluation(
        "photographs",
        "the same on photographs",
        "Objects of 25 to 45 % of the side on photographs that training never saw, 320 x 320. "
        + _JUDGED
        + " "
        + _EDGE
        + _SETTLED,
        39,
    ),
    Evaluation(
        "small",
        "small regions of a large canvas",
        "Objects of 8 to 12 % of the side of 512 x 512. GCH only and the paper's GCH see the whole canvas. "
        + _JUDGED,
        64,
    ),
    Evaluation(
        "lambda",
        "the share of local content generation",
        "Objects of 25 to 45 % of the side of 256 x 256, for both kinds of GCH. "
        + _JUDGED
        + " "
        + _EDGE
        + _SETTLED,
        24,
    ),
    Evaluation(
        "detail",
        "what large canvases cost the subject",
        "Scenes of 4 and 8 times the native side, objects of 15 to 30 and 10 to 25 % of it. Detail: "
        "mean squared difference between neighbouring pixels, where that way and LCG only both painted "
        "over the scene, at least 2 pixels inside of the region, over that of LCG's own result there; "
        "geometric mean. " + _EDGE + _SETTLED,
        24,
    ),
    Evaluation(
        "rules",
        "what the default could be instead",
        "Scenes of 4 times the native side, objects of 15 to 30 % of it; one choice changed at a time. "
        "All but the paper's GCH is cut out and settled; category and detail as above. " + _EDGE,
        12,
    ),
    Evaluation(
        "speed",
        "how long an insert takes",
        "Inserts of 512 x 512 with the default settings after one that is not counted; the time "
        "inside of the U-Net and the autoencoder is taken in the same run. What is left is words, "
        "previews of each step and resampling between canvas and model, some 0.4 s whatever the model: "
        "the faster the network, the larger its share. Tried: only the part that is pasted is resampled, and "
        "the colours settle on grids that grow.",
        5,
    ),
)
