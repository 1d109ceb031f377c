"""The sandbox world: rendered objects on grounds, with captions, regions and the right answers of edits."""

from dreammix.sandbox.world.captions import caption, ground_caption, plain_caption
from dreammix.sandbox.world.grounds import Ground, paint_ground, sample_ground
from dreammix.sandbox.world.objects import Thing, Traits, sample_thing
from dreammix.sandbox.world.regions import RegionKind, region_anywhere, region_of
from dreammix.sandbox.world.scenes import (
    Placed,
    Rendering,
    Scene,
    put,
    render,
    sample_placed,
    sample_scene,
    with_thing,
    without_objects,
)
from dreammix.sandbox.world.vocabulary import (
    HELD_OUT,
    NAMED_GROUNDS,
    RGB,
    Accessory,
    Category,
    Colour,
    GroundKind,
    Material,
    Pattern,
    Shape,
)

__all__ = [
    "HELD_OUT",
    "NAMED_GROUNDS",
    "RGB",
    "Accessory",
    "Category",
    "Colour",
    "Ground",
    "GroundKind",
    "Material",
    "Pattern",
    "Placed",
    "RegionKind",
    "Rendering",
    "Scene",
    "Shape",
    "Thing",
    "Traits",
    "caption",
    "ground_caption",
    "paint_ground",
    "plain_caption",
    "put",
    "region_anywhere",
    "region_of",
    "render",
    "sample_ground",
    "sample_placed",
    "sample_scene",
    "sample_thing",
    "with_thing",
    "without_objects",
]
