"""Which base models there are, and where they lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.models.manifest import MANIFEST
from dreammix.protocol import ModelNotFound


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model with a name: what to say about it, and the folder that it is (or would be) in."""

    name: str
    summary: str
    folder: Path

    @property
    def installed(self) -> bool:
        """Whether its folder is there; whether it is sound shows when it is loaded."""
        return (self.folder / MANIFEST).is_file()


KNOWN_MODELS: Final = (
    KnownModel(
        "sandbox",
        "built in; paints the simple objects of its own small world, no stand-in for a large model",
        Path(__file__).parents[1] / "sandbox" / "weights",
    ),
)


def find(name_or_folder: str) -> Path:
    """The folder of a known model, or the given folder or single file itself. Raises ModelNotFound."""
    for model in KNOWN_MODELS:
        if model.name == name_or_folder:
            if not model.installed:
                raise ModelNotFound(
                    f"The model {model.name} is not installed",
                    f"{model.folder} has no {MANIFEST}",
                    "Install DreamMix again",
                )
            return model.folder
    folder = Path(name_or_folder)
    if not ((folder / MANIFEST).is_file() or (folder / "unet").is_dir() or folder.is_file()):
        names = ", ".join(model.name for model in KNOWN_MODELS)
        raise ModelNotFound(
            f"There is no model {name_or_folder}",
            f"it is neither a known name ({names}) nor a folder with a {MANIFEST} or a U-Net, nor a file",
            "Run `dreammix models` to see which there are",
        )
    return folder
