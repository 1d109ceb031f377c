"""Finding by words: what comes out is what transformers' own tools make of the same models."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModelForMaskGeneration, AutoProcessor, pipeline

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import InvalidSubject, ModelDamaged, ModelNotFound, PackageMissing, Picture
from dreammix.segmentation import grounded, segmenter_named
from dreammix.segmentation.grounded import Detection, GroundedSegmenter


@pytest.fixture(scope="module")
def segmenter(models: Path) -> GroundedSegmenter:
    """The small models, loaded as the large ones are."""
    return GroundedSegmenter.load(models)


@pytest.fixture(scope="module")
def image() -> Image.Image:
    """A picture (70 x 48) with something to see in it."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 70, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def picture(image: Image.Image) -> Picture:
    """The same for the protocol."""
    return to_picture(np.asarray(image))


def test_the_fingerprint_is_that_of_all_that_masks_depend_on(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other weights or another threshold give another; the same files elsewhere give the same."""
    copy = tmp_path / "copy"
    shutil.copytree(models, copy)
    first, second = GroundedSegmenter.load(models), GroundedSegmenter.load(copy)
    known = first.fingerprint
    assert second.fingerprint == known
    with (copy / "sam" / "model.safetensors").open("ab") as stream:
        stream.write(b"more")
    assert second.fingerprint != known
    monkeypatch.setattr(grounded, "BOX_THRESHOLD", 0.3)
    assert first.fingerprint != known


def test_boxes_are_those_of_the_pipeline(segmenter: GroundedSegmenter, image: Image.Image) -> None:
    """Transformers' zero-shot detection pipeline finds the same boxes, as sure of each."""
    images, tokenizer = segmenter.detect.image_processor, segmenter.detect.tokenizer
    detect = pipeline(
        "zero-shot-object-detection",
        model=segmenter.detector,
        processor=segmenter.detect,
        image_processor=images,
        tokenizer=tokenizer,
    )
    expected = detect(image, candidate_labels=["a mug."], threshold=grounded.BOX_THRESHOLD)
    found = sorted(segmenter.detections(image, "mug"), key=lambda detection: -detection.score)
    assert len(found) == len(expected) > 1
    assert [d.score for d in found] == pytest.approx([each["score"] for each in expected])
    assert [tuple(int(x) for x in d.box) for d in found] == [tuple(e["box"].values()) for e in expected]


def test_the_mask_is_that_of_sams_own_processor(
    segmenter: GroundedSegmenter, models: Path, image: Image.Image
) -> None:
    """Transformers' automatic classes, fed with the same box, agree about every pixel of the best mask."""
    processor = AutoProcessor.from_pretrained(models / "sam")
    model = AutoModelForMaskGeneration.from_pretrained(models / "sam").eval()
    box = [12.0, 9.5, 51.0, 40.0]
    inputs = processor(images=image, input_boxes=[[box]], return_tensors="pt")
    inputs["input_boxes"] = inputs["input_boxes"].float()
    with torch.inference_mode():
        outputs = model(pixel_values=inputs["pixel_values"], input_boxes=inputs["input_boxes"])
    masks = processor.post_process_masks(
        outputs.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"]
    )
    expected = masks[0][0, outputs.iou_scores[0, 0].argmax()].numpy()
    mask = segmenter.mask_in(image, Detection((12.0, 9.5, 51.0, 40.0), 1.0))
    assert 0 < expected.mean() < 1
    np.testing.assert_array_equal(mask, expected)


def test_the_best_box_is_outlined(segmenter: GroundedSegmenter, picture: Picture, image: Image.Image) -> None:
    """The mask of a picture is that of the box which the detector is surest of, black and white."""
    best = max(segmenter.detections(image, "mug"), key=lambda detection: detection.score)
    mask = to_array(segmenter.segment(picture, "mug"))
    np.testing.assert_array_equal(mask, np.where(segmenter.mask_in(image, best), 255, 0))


def test_a_word_that_is_not_seen_is_said(
    segmenter: GroundedSegmenter, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the detector is sure of nothing, the error names the word and what to do."""
    monkeypatch.setattr(grounded, "BOX_THRESHOLD", 1.0)
    with pytest.raises(InvalidSubject, match=r"No mug was found.*selection"):
        segmenter.segment(picture, "mug")


def test_a_folder_names_a_segmenter(models: Path) -> None:
    """Whoever has a folder instead of a name gets what lies in it."""
    assert isinstance(segmenter_named(str(models)), GroundedSegmenter)


def test_half_a_segmenter_is_none(models: Path, tmp_path: Path) -> None:
    """The folder that is missing is named."""
    shutil.copytree(models / "detector", tmp_path / "detector")
    with pytest.raises(ModelNotFound, match="sam"):
        GroundedSegmenter.load(tmp_path)


def test_pickled_weights_are_not_read(models: Path, tmp_path: Path) -> None:
    """A folder that has its weights only as a pickle is refused, whatever is in it."""
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "sam" / "model.safetensors"
    torch.save({}, weights.with_name("pytorch_model.bin"))
    weights.unlink()
    with pytest.raises(ModelDamaged, match="cannot be loaded"):
        GroundedSegmenter.load(tmp_path)


def test_damaged_weights_are_said(models: Path, tmp_path: Path) -> None:
    """A file that was cut short gives a clear error."""
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "detector" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ModelDamaged, match="Download"):
        GroundedSegmenter.load(tmp_path)


@pytest.mark.skipif(find_spec("torchvision") is not None, reason="torchvision is installed")
def test_sam_2_asks_for_torchvision(models: Path, tmp_path: Path) -> None:
    """Without torchvision a SAM 2 is refused by the name of what is missing."""
    shutil.copytree(models / "detector", tmp_path / "detector")
    (tmp_path / "sam").mkdir()
    (tmp_path / "sam" / "config.json").write_text('{"model_type": "sam2"}', encoding="utf-8")
    with pytest.raises(PackageMissing, match="torchvision"):
        GroundedSegmenter.load(tmp_path)
