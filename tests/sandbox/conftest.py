"""What the tests of the sandbox share."""

import pytest
from transformers import CLIPTokenizer

from dreammix.sandbox.tokens import learn_tokenizer


@pytest.fixture(scope="session")
def learned() -> CLIPTokenizer:
    """The tokenizer of seed 0."""
    return learn_tokenizer(0)
