"""Pictures on disk: hostile files are read safely, results are written whole or not at all.

No tensor and no model lives here; importing the room loads neither torch nor a model library.
"""

from dreammix.files.pictures import FORMATS, MAX_FILE_BYTES, SceneFile, png, read_mask, read_scene
from dreammix.files.writing import check_writable, make_folder, write_whole

__all__ = [
    "FORMATS",
    "MAX_FILE_BYTES",
    "SceneFile",
    "check_writable",
    "make_folder",
    "png",
    "read_mask",
    "read_scene",
    "write_whole",
]
