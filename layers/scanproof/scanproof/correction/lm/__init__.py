"""The accurate corrector: a causal language model's own greedy output, in a handful of passes, not one per token.

In the order in which a line meets them: `split` cuts long text, `prompt` puts it to the model, `draft` guesses the
answer from the OCR text, `decode` has the model verify the guess a stretch at a time (`window` says how long a stretch,
`session` runs the graph and keeps its cache), `corrector` guards the result and gives it back line by line. `load`
opens a model's folder for them.
"""
