"""Language models that judge candidates, or write lines anew.

Judging: `wide_candidates` adds candidates to the fast corrector's, `branches` lays them out as branches of the text,
`scorer` reads them, `judge_model` turns what it finds into probabilities, `judge` decides; `judge_config` has the
numbers.

Writing is greedy decoding of a causal or sequence-to-sequence model in a few passes per line. In the order of a line's
way: `split` segments long text, `prompt` builds the prompt, `draft` predicts the answer from the OCR text, `decode` has
the model verify the draft (`window` chooses how much per pass, `session` and `seq2seq` run the graphs and keep their
caches, `predictions` reduces logits to tokens), `corrector` guards the answer and returns it line by line.

`load` opens a model folder. docs/lm-corrector.md explains both.
"""
