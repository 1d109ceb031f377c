"""The sandbox's tokenizer: CLIP's byte-pair encoding, learned from the world's own captions and a few common words."""

from __future__ import annotations

from typing import Final

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from dreammix.sandbox.architecture import TOKENS
from dreammix.sandbox.world import caption, ground_caption, sample_ground, sample_thing

VOCABULARY: Final = 800
"""Tokens, of which 512 are CLIP's bytes and word-ending bytes; small, so that rare words are several tokens."""
CAPTIONS: Final = 6000
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
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Punctuation(), ByteLevel(add_prefix_space=False)]
    )
    learner.decoder = decoders.ByteLevel()
    letters = sorted(ByteLevel.alphabet())
    learner.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY - 2 - len(letters),
            initial_alphabet=letters,
            end_of_word_suffix="</w>",
            show_progress=False,
        ),
    )
    merges = [tuple(pair) for pair in _merges(learner)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), START, END]
    vocabulary = {word: index for index, word in enumerate(dict.fromkeys(words))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=TOKENS)


def _merges(learner: Tokenizer) -> list[list[str]]:
    import json

    merges = json.loads(learner.to_str())["model"]["merges"]
    return [pair if isinstance(pair, list) else pair.split(" ") for pair in merges]
