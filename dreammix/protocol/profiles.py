"""How a base model may lie in the memory of what computes."""

from dreammix.protocol.words import Word


class Profile(Word):
    """How a model lies in a device's memory: each one below `full` gives something up for needing less.

    On a device that shares the machine's memory nothing is moved, whatever the profile says.
    """

    FULL = "full"
    """Everything stays on the device."""
    PARKED = "parked"
    """The text encoders are on the device only while they read: costs a moment for new words."""
    OFFLOAD = "offload"
    """One part is on the device at a time: costs seconds an insert."""
    GROUP = "group"
    """As `offload`, but the U-Net passes through layer by layer, the next while one computes."""
    TILED = "tiled"
    """The same, and the autoencoder works in tiles: pictures differ a little."""
    FP8 = "fp8"
    """As `offload`, with the U-Net's weights rounded to 8 bits: pictures differ."""
