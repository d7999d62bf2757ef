"""Reference implementation of greedy token-by-token decoding, independent of the code under test."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort


def greedy(session: ort.InferenceSession, prompt: list[int], end: int, limit: int) -> list[int]:
    """Returns the model's continuation without the end token."""
    past = {
        value.name: np.zeros((1, value.shape[1], 0, value.shape[3]), np.float32)
        for value in session.get_inputs()
        if value.name.startswith("past_key_values.")
    }
    names = [value.name for value in session.get_outputs()]
    generated: list[int] = []
    tokens, read = prompt, 0
    while len(generated) < limit:
        feed = {
            "input_ids": np.array([tokens], np.int64),
            "attention_mask": np.ones((1, read + len(tokens)), np.int64),
            "position_ids": np.arange(read, read + len(tokens), dtype=np.int64)[None],
        }
        outputs = dict(zip(names, session.run(None, {**feed, **past}), strict=True))
        past = {name: outputs[name.replace("past_key_values", "present")] for name in past}
        read += len(tokens)
        token = int(outputs["logits"][0, -1].argmax())
        if token == end:
            break
        generated.append(token)
        tokens = [token]
    return generated


def greedy_seq2seq(
    encoder: ort.InferenceSession, decoder: ort.InferenceSession, start: int, prompt: list[int], end: int, limit: int
) -> list[int]:
    """Returns the output of an encoder and a decoder, without a cache: every step reads the whole output again."""
    source = np.array([prompt], np.int64)
    mask = np.ones_like(source)
    [hidden] = encoder.run(None, {"input_ids": source, "attention_mask": mask})
    generated: list[int] = []
    while len(generated) < limit:
        feed = {
            "input_ids": np.array([[start, *generated]], np.int64),
            "encoder_hidden_states": hidden,
            "encoder_attention_mask": mask,
        }
        [logits] = decoder.run(["logits"], feed)
        token = int(logits[0, -1].argmax())
        if token == end:
            break
        generated.append(token)
    return generated
