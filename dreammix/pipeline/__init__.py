"""The face of the method: `insert` takes a request and yields progress, previews and results. Loads torch."""

from dreammix.pipeline.composite import composite
from dreammix.pipeline.insert import MAX_PREVIEW_SIDE, Pipeline, load

__all__ = ["MAX_PREVIEW_SIDE", "Pipeline", "composite", "load"]
