"""Which base models exist, whether their files are sound, and how they are loaded on this machine.

A model is a folder: diffusers' layout for SDXL, with `inpaint_head.safetensors`, `preview.safetensors` and a
`manifest.json` in it. What needs torch is in `dreammix.models.base`; what this module names loads without it.
"""

from dreammix.models.manifest import Manifest, read_manifest, verify, write_manifest
from dreammix.models.registry import KNOWN_MODELS, KnownModel, find

__all__ = ["KNOWN_MODELS", "KnownModel", "Manifest", "find", "read_manifest", "verify", "write_manifest"]
