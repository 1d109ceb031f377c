"""The most memory that tensors held at once, counted as they come and go."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Footprint(TorchDispatchMode):
    """While it is entered, counts the bytes of every storage that an operation makes, until it is let go of.

    Args:
        modules: their weights were there before, and do not count.
    """

    def __init__(self, *modules: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = 0
        self._live = 0
        self._before = [
            tensor.untyped_storage()
            for module in modules
            for tensor in (*module.parameters(), *module.buffers())
        ]
        self._known = {storage._cdata for storage in self._before}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation, and count what is new in what it returns."""
        made = func(*args, **(kwargs or {}))
        self._count(leaf for leaf in tree_leaves(made) if isinstance(leaf, torch.Tensor))
        return made

    def _count(self, tensors: Iterable[torch.Tensor]) -> None:
        for tensor in tensors:
            storage = tensor.untyped_storage()
            if storage._cdata in self._known:
                continue
            self._known.add(storage._cdata)
            self._live += storage.nbytes()
            self.peak = max(self.peak, self._live)
            weakref.finalize(storage, self._forget, storage._cdata, storage.nbytes())

    def _forget(self, which: int, size: int) -> None:
        self._known.discard(which)
        self._live -= size
