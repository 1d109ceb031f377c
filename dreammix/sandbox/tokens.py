"""The sandbox's tokenizer: CLIP's byte-pair encoding, learned from the world's own captions."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from dreammix.sandbox.architecture import TOKENS
from dreammix.sandbox.world import caption, ground_caption, sample_ground, sample_thing

VOCABULARY: Final = 800
"""At most so many tokens; 512 are CLIP's bytes and word-ending bytes. Rare words are several tokens."""
CAPTIONS: Final = 6000
"""Objects that are described to learn from; as often, an empty ground is."""
START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"


def learn_tokenizer(seed: int) -> CLIPTokenizer:
    """Learn the merges from captions; the same seed gives the same tokenizer."""
    rng = np.random.default_rng([seed, 7])
    texts = []
    for _ in range(CAPTIONS):
        ground = sample_ground(rng).kind
        texts += [caption(rng, sample_thing(rng), ground), ground_caption(rng, ground)]
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    words = pre_tokenizers.Split(" ", "removed")
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.Punctuation(), ByteLevel(add_prefix_space=False)]
    )
    letters = sorted(ByteLevel.alphabet())
    endings = [f"{letter}</w>" for letter in letters]
    learner.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY - 2,
            initial_alphabet=letters,
            # They are numbered now, not as they come along: of two pairs that are as frequent, the numbers
            # say which is joined first.
            special_tokens=endings,
            end_of_word_suffix="</w>",
            show_progress=False,
        ),
    )
    merges: Any = _merges(learner)  # The library's annotation says strings, its code says pairs.
    joined = ["".join(pair) for pair in merges]
    tokens = dict.fromkeys([*letters, *endings, *joined, START, END])
    vocabulary = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=TOKENS)


def _merges(learner: Tokenizer) -> list[tuple[str, str]]:
    """The pairs that it joins, first learned first."""
    return [(left, right) for left, right in json.loads(learner.to_str())["model"]["merges"]]
