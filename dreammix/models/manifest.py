"""A model's manifest: what the files of its folder are, and what they must hash to.

`manifest.json` stands in the model's folder and says what diffusers' own files do not: the side at which the
model is at home, the step of the sides that it takes, and the SHA-256 of every file.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from dreammix.files import sha256_of
from dreammix.protocol import ModelDamaged, ModelNotFound

MANIFEST: Final = "manifest.json"
SCHEMA: Final = 1
_HASHED_SUFFIXES: Final = frozenset({".json", ".safetensors", ".txt"})
_LEARNED_ON: Final = re.compile(
    r"(unet|vae|scheduler|text_encoder(_2)?|tokenizer(_2)?)/.*|inpaint_head\.safetensors|model\.safetensors"
)
"""The files that what is taught belongs to; previews and metrics may get better, and it stays usable."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the folder promises.

    `native_side` is the side, in pixels, of the square pictures that the model was trained on; its working
    area is that side squared. Both sides of every picture it sees are multiples of `multiple` pixels. `files`
    maps each file's path (relative, with forward slashes) to its SHA-256 in hexadecimal.
    """

    name: str
    native_side: int
    multiple: int
    files: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """A SHA-256 in hexadecimal: the same only where what was taught on one model fits the other."""
        learned_on = sorted(item for item in self.files.items() if _LEARNED_ON.fullmatch(item[0]))
        return hashlib.sha256(json.dumps(learned_on).encode()).hexdigest()


def write_manifest(folder: Path, *, name: str, native_side: int, multiple: int) -> Manifest:
    """Hash every model file under `folder` and write its manifest; the training script ends with this."""
    hashes = {path: sha256_of(folder / path) for path in _model_files(folder)}
    manifest = Manifest(name=name, native_side=native_side, multiple=multiple, files=hashes)
    content = {"schema": SCHEMA, **asdict(manifest)}
    (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Parse the folder's manifest. Raises ModelNotFound, or ModelDamaged if it makes no sense."""
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise ModelNotFound(
            f"No model in {folder}", f"it has no {MANIFEST}", "Give a model's folder"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error
    try:
        return _parse(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"its content is not a manifest ({error})") from error


def verify(folder: Path, manifest: Manifest) -> None:
    """Hash the folder's model files. Raises ModelDamaged at one that is missing, altered or not listed."""
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            actual = sha256_of(path)
        except FileNotFoundError:
            raise _damaged(path, "it is missing") from None
        except OSError as error:
            raise _damaged(path, f"it cannot be read ({error.strerror})") from error
        if actual != expected:
            raise _damaged(path, "it is not the file that the manifest lists")
    for name in _model_files(folder):
        if name not in manifest.files:
            raise _damaged(folder / name, "the manifest does not list it")


def _model_files(folder: Path) -> list[str]:
    """Every file that a loader might read, sorted; the model card and its pictures are none of them."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in _HASHED_SUFFIXES and path != folder / MANIFEST and path.is_file()
    )


def _parse(content: object) -> Manifest:
    if not isinstance(content, dict):
        raise TypeError("not an object")
    if content["schema"] != SCHEMA:
        raise ValueError(f"schema {content['schema']!r}, this program reads {SCHEMA}")
    manifest = Manifest(
        name=_checked(content["name"], str),
        native_side=_checked(content["native_side"], int),
        multiple=_checked(content["multiple"], int),
        files={_inside(name): _checked(digest, str) for name, digest in content["files"].items()},
    )
    if not 0 < manifest.multiple <= manifest.native_side or manifest.native_side % manifest.multiple:
        raise ValueError("native_side is not a multiple of multiple")
    return manifest


def _checked(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _inside(name: str) -> str:
    """A relative path that stays inside the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} leaves the folder")
    return name


def _damaged(path: Path, why: str) -> ModelDamaged:
    return ModelDamaged(f"The model file {path} cannot be used", why, "Install the model again")
