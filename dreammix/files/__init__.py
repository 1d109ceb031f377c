"""Files in and out: hostile pictures are read safely, and what is written is whole, or absent, and durable.

No tensor and no model lives here; importing the room loads neither torch nor a model library.
"""

from dreammix.files.durable import (
    DISK,
    Disk,
    blaming,
    check_room,
    make_folder,
    move,
    remove_tree,
    sweep_unfinished,
    write_whole,
)
from dreammix.files.hashing import sha256_of
from dreammix.files.pictures import (
    FORMATS,
    MAX_FILE_BYTES,
    SceneFile,
    decode_mask,
    decode_scene,
    picture_size,
    png,
    read_mask,
    read_scene,
    thumbnail,
)
from dreammix.files.writing import check_writable

__all__ = [
    "DISK",
    "FORMATS",
    "MAX_FILE_BYTES",
    "Disk",
    "SceneFile",
    "blaming",
    "check_room",
    "check_writable",
    "decode_mask",
    "decode_scene",
    "make_folder",
    "move",
    "picture_size",
    "png",
    "read_mask",
    "read_scene",
    "remove_tree",
    "sha256_of",
    "sweep_unfinished",
    "thumbnail",
    "write_whole",
]
