"""Plain English words for what a thing looks like, by kind: data, and of which kind a word is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dreammix.protocol import Attribute, AttributeKind


def word_set(words: str) -> frozenset[str]:
    """The words between the spaces."""
    return frozenset(words.split())


_COLOURS: Final = """
    red orange yellow green blue purple pink white black brown grey gray gold golden silver beige cream
    ivory tan khaki ochre mustard amber lemon lime olive mint emerald jade turquoise teal aqua cyan
    azure navy indigo violet lilac lavender mauve plum magenta fuchsia crimson scarlet maroon burgundy
    ruby coral salmon peach apricot rose rust auburn chestnut ginger blond blonde sepia charcoal slate
    pearl reddish orangish yellowish greenish bluish purplish pinkish whitish blackish brownish greyish
    grayish dark light pale bright deep pastel neon colourful colorful colourless colorless
    multicoloured multicolored rainbow monochrome iridescent
"""
_MATERIAL_NOUNS: Final = """
    clay metal glass wood stone plastic ceramic porcelain china pottery earthenware terracotta stoneware
    brick concrete cement plaster marble granite sandstone quartz crystal diamond ice snow iron steel
    bronze copper brass tin lead aluminium aluminum chrome titanium platinum paper cardboard fabric
    cloth cotton linen wool felt silk satin velvet denim lace leather suede fur feather rubber latex
    silicone foam sponge wax soap bamboo cork straw wicker rattan oak pine walnut mahogany driftwood
    moss leaf grass chocolate cake jelly candy sugar cheese bread gingerbread dough bone shell sand
    water fire smoke lego yarn rope plasticine amethyst obsidian resin enamel
"""
_MATERIAL_ADJECTIVES: Final = """
    metallic wooden gilded silken woollen woolen woolly knitted crocheted woven furry fluffy fuzzy
    leathery rubbery icy frozen crystalline shiny glossy matte mat matt polished brushed rough smooth
    transparent translucent see-through opaque earthen stony plush inflatable glazed rusty mossy glassy
"""
_PATTERN_ADJECTIVES: Final = """
    plain striped stripy stripey dotted spotted spotty speckled checkered chequered checked zigzag
    ringed banded plaid tartan gingham herringbone houndstooth paisley floral flowery patterned marbled
    mottled camouflage tie-dyed quilted geometric tiled starry swirly swirled wavy argyle ombre gradient
    ornate engraved embroidered dappled tabby brindled piebald
"""
_PATTERN_NOUNS: Final = """
    stripe stripes dot dots spot spots speckle speckles check checks zigzags rings band bands pattern
    patterns print swirl swirls waves flowers hearts stars squares triangles circles diamonds tiles
    motif design emblem logo freckles patches camo
"""
_SHAPES: Final = """
    round square rectangular triangular oval circular spherical cubic cubical cylindrical conical
    hexagonal octagonal flat curved bent twisted straight angular pointed pointy blunt tall short long
    wide narrow broad thick thin slim slender fat chubby plump stout big large huge giant gigantic
    enormous small little tiny miniature mini boxy bulbous squat stretched elongated tapered hollow
    lopsided crooked asymmetric asymmetrical low-poly pixelated rounded bulky skinny oversized bigger
    larger smaller taller shorter longer wider narrower broader thicker thinner fatter rounder flatter
"""
_ACCESSORIES: Final = """
    hat cap beanie beret crown tiara helmet hood bonnet turban headband headdress wreath halo wig bow
    ribbon tie bow-tie bowtie necktie scarf shawl collar necklace pendant chain medal badge brooch pin
    earring earrings ring bracelet bangle watch belt sash glasses sunglasses spectacles goggles monocle
    mask veil eyepatch bandana bandanna glove gloves mitten mittens shoe shoes boot boots slippers
    sandals socks coat jacket cape cloak jumper sweater hoodie shirt t-shirt blouse dress skirt trousers
    pants jeans shorts apron vest waistcoat costume uniform suit kimono pyjamas pajamas armour armor
    saddle harness leash lead bell bag backpack rucksack handbag purse basket umbrella parasol flag
    banner balloon flower bouquet feather sword shield wand staff cane stick headphones microphone
    moustache mustache beard sticker label tag button buttons tassel bib jewel jewels jewellery jewelry
    lantern candle
"""
_POSES: Final = """
    sitting standing lying running jumping walking flying sleeping swimming dancing leaning kneeling
    crouching climbing floating hanging riding smiling laughing crying yawning waving looking facing
    turning stretching resting leaping hopping falling spinning upright sideways reclining curled eating
    drinking reading playing
"""
_PARTS: Final = """
    ear ears eye eyes nose mouth teeth tongue face hair mane whisker whiskers tail horn horns antler
    antlers wing wings fin fins paw paws leg legs arm arms hand hands foot feet beak handle handles lid
    spout base wheel wheels door doors window windows roof chimney leaves petals stem spikes scales
    antenna antennae screen strap straps
"""
_UNCOUNTED: Final = word_set("jewellery jewelry armour armor camo hair teeth feet antennae leaves")

_THINGS: Final = word_set(f"{_ACCESSORIES} {_PATTERN_NOUNS} {_PARTS}")
_ALL: Final = {
    AttributeKind.COLOUR: word_set(_COLOURS),
    AttributeKind.MATERIAL: word_set(f"{_MATERIAL_NOUNS} {_MATERIAL_ADJECTIVES}"),
    AttributeKind.PATTERN: word_set(f"{_PATTERN_ADJECTIVES} {_PATTERN_NOUNS}"),
    AttributeKind.SHAPE: word_set(_SHAPES),
    AttributeKind.ACCESSORY: word_set(_ACCESSORIES),
    AttributeKind.POSE: word_set(_POSES),
    AttributeKind.OTHER: word_set(_PARTS),
}
"""A word may stand in several lists ("feather"); the first that holds it is its kind."""
_SUFFIXES: Final = {
    "-coloured": AttributeKind.COLOUR,
    "-colored": AttributeKind.COLOUR,
    "-shaped": AttributeKind.SHAPE,
    "-patterned": AttributeKind.PATTERN,
}
_MATERIAL_NOUN_SET: Final = word_set(_MATERIAL_NOUNS)
POSTURES: Final = _ALL[AttributeKind.POSE]
"""Words that a pose begins with."""


def _common(kind: AttributeKind, words: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(kind, word.strip()) for word in words.split(","))


COMMON: Final = (
    *_common(AttributeKind.COLOUR, "red, orange, yellow, green, blue, purple, pink, white, black, brown"),
    *_common(AttributeKind.MATERIAL, "clay, metal, glass, wood, stone, plastic, ceramic, fabric, paper, fur"),
    *_common(AttributeKind.PATTERN, "plain, striped, dotted, checkered, zigzag, floral"),
    *_common(AttributeKind.SHAPE, "round, square, tall, flat"),
    *_common(AttributeKind.ACCESSORY, "hat, bow, flag, scarf, ribbon, crown"),
)
"""What most things could be: asked of a picture by the offline describer, combined into regular prompts."""


def kind_of_word(word: str, kinds: Sequence[AttributeKind] = tuple(AttributeKind)) -> AttributeKind | None:
    """The kind of one word (or its singular), the first of `kinds` whose list holds it; None: in no list."""
    for suffix, kind in _SUFFIXES.items():
        if word.casefold().endswith(suffix) and kind in kinds:
            return kind
    return next((kind for form in _forms(word) for kind in kinds if form in _ALL[kind]), None)


def is_thing(word: str) -> bool:
    """Whether a word names something that a subject can have ("hat", "stripes", "ears")."""
    return any(form in _THINGS for form in _forms(word))


def is_material_noun(word: str) -> bool:
    """Whether "made of" can stand before a word."""
    return word.casefold() in _MATERIAL_NOUN_SET


def takes_article(noun: str) -> bool:
    """Whether a noun is one countable thing: "hat" is, "stripes" and "armour" are not."""
    noun = noun.casefold()
    return noun not in _UNCOUNTED and (noun.endswith("ss") or not noun.endswith("s"))


def _forms(word: str) -> tuple[str, ...]:
    """The word, and what its singular may be."""
    word = word.casefold()
    return word, word.removesuffix("s"), word.removesuffix("es")
