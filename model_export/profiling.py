"""Profiles a graph: time per generated token at batch size 1, and the share of each provider."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from model_export.inference import Graph, open_session

_WARM_UP = 3


@dataclass(frozen=True)
class Profile:
    """Milliseconds per generated token, and each provider's share of the time spent in nodes (0 to 1)."""

    milliseconds: float
    shares: dict[str, float]

    def __str__(self) -> str:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in self.shares.items())
        return f"{self.milliseconds:.1f} ms a token; time by provider: {shares}"


def profile_generation(path: Path, provider: str, work: Path, prompt: int = 128, tokens: int = 16) -> Profile:
    """Runs a prompt of `prompt` tokens, then `tokens` single tokens on `provider`; writes the raw profile to `work`.

    The cache is copied through host memory, so a decoder that binds it to the device is faster.
    """
    session = open_session(path, provider, work / "profile")
    graph = Graph(session)
    graph(range(1, prompt + 1))
    for token in range(1, _WARM_UP + 1):
        graph([token])
    start = time.perf_counter()
    for token in range(1, tokens + 1):
        graph([token])
    elapsed = time.perf_counter() - start
    return Profile(elapsed / tokens * 1000, time_by_provider(Path(session.end_profiling())))


def time_by_provider(profile: Path) -> dict[str, float]:
    """Returns the shares of node time in an onnxruntime profile, the largest first."""
    durations: Counter[str] = Counter()
    for event in json.loads(profile.read_text("utf-8")):
        name = event.get("args", {}).get("provider") if event.get("cat") == "Node" else None
        if name:
            durations[name] += event["dur"]
    total = sum(durations.values()) or 1
    return {name: duration / total for name, duration in durations.most_common()}
