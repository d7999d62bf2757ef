"""Trains the tagger for a given time; can be resumed, and logs every hundred steps."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from transformers import BertConfig, BertForTokenClassification

from model_training.examples import IGNORED, Batch, Examples
from model_training.run_log import RunLog

CHECKPOINT = "checkpoint.pt"
_AVERAGE_DECAY = 0.998
_WARM_UP_STEPS = 200
_SECONDS_BETWEEN_CHECKPOINTS = 120.0


@dataclass(frozen=True)
class Settings:
    """Settings of a training run."""

    minutes: float
    device: str
    learning_rate: float = 1.2e-3
    workers: int = 0


@dataclass
class Progress:
    """Progress of a run: all that resuming needs besides the tensors."""

    step: int = 0
    seconds: float = 0.0
    characters: int = 0


class _Stream(IterableDataset[Batch]):
    """The endless stream of batches; the loader's workers share its rounds."""

    def __init__(self, examples: Examples, first_round: int) -> None:
        self._examples, self._first_round = examples, first_round

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        if worker is None:
            return self._examples.batches(self._first_round)
        return self._examples.batches(self._first_round + worker.id, worker.num_workers)


class Trainer:
    """Trains a tagger until its time is up, and keeps a moving average of its weights, which is what ships."""

    def __init__(
        self, model: BertForTokenClassification, examples: Examples, settings: Settings, folder: Path, log: RunLog
    ) -> None:
        self._model = model.to(settings.device)
        self._average = {name: weight.detach().clone().float() for name, weight in model.state_dict().items()}
        self._optimizer = torch.optim.AdamW(
            self._model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self._examples, self._settings, self._log = examples, settings, log
        self._checkpoint = folder / CHECKPOINT
        self.progress = Progress()

    def resume(self) -> bool:
        """Loads the last checkpoint; returns whether there is one."""
        if not self._checkpoint.exists():
            return False
        state = torch.load(self._checkpoint, map_location=self._settings.device, weights_only=True)
        self._model.load_state_dict(state["model"])
        for group in state["optimizer"]["param_groups"]:
            group["fused"] = True  # whatever wrote the checkpoint
        self._optimizer.load_state_dict(state["optimizer"])
        self._average = state["average"]
        self.progress = Progress(**state["progress"])
        return True

    def run(self) -> None:
        """Trains until the minutes are used up, those before a resumption included."""
        started = time.monotonic() - self.progress.seconds
        saved, loss_sum = time.monotonic(), 0.0
        for batch in self._loader():
            self.progress.seconds = time.monotonic() - started
            if self.progress.seconds >= self._settings.minutes * 60:
                break
            loss_sum += self._step(batch)
            if self.progress.step % 100 == 0:
                self._log.write("train", **vars(self.progress), loss=loss_sum / 100, rate=self._rate())
                loss_sum = 0.0
            if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                self.save()
                saved = time.monotonic()
        self.save()

    def averaged(self) -> BertForTokenClassification:
        """The tagger with its averaged weights."""
        return _with_weights(self._model.config, self._average)

    def save(self) -> None:
        """Writes the checkpoint atomically."""
        state = {
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": self._average,
            "config": self._model.config.to_dict(),
            "progress": vars(self.progress),
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _loader(self) -> Iterator[Batch]:
        rounds_done = self.progress.step // len(self._examples.round(0))
        stream = _Stream(self._examples, rounds_done)
        return iter(DataLoader(stream, batch_size=None, num_workers=self._settings.workers, collate_fn=lambda b: b))

    def _step(self, batch: Batch) -> float:
        device = self._settings.device
        arrays = (batch.inputs, batch.statuses, batch.targets)
        inputs, statuses, targets = (torch.from_numpy(array).to(device) for array in arrays)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        with torch.autocast(torch.device(device).type, torch.bfloat16), _attention(device):
            mask = (inputs != batch.padding).long()
            logits = self._model(input_ids=inputs, attention_mask=mask, token_type_ids=statuses).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._keep_average()
        self.progress.step += 1
        self.progress.characters += int((inputs != batch.padding).sum())
        return float(loss.detach())

    @torch.no_grad()
    def _keep_average(self) -> None:
        decay = min(_AVERAGE_DECAY, (1 + self.progress.step) / (10 + self.progress.step))
        for name, weight in self._model.state_dict().items():
            self._average[name].lerp_(weight.float(), 1 - decay)

    def _rate(self) -> float:
        """The learning rate: warm-up, then a cosine over the time given, not over steps, since machines differ."""
        done = min(1.0, self.progress.seconds / (self._settings.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / _WARM_UP_STEPS)
        return self._settings.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def _attention(device: str) -> AbstractContextManager[None]:
    """Plain products on the CPU: fused attention took 40 % of a step there, in bfloat16 and with short lines."""
    return sdpa_kernel(SDPBackend.MATH) if torch.device(device).type == "cpu" else nullcontext()


def averaged_of_checkpoint(folder: Path) -> BertForTokenClassification:
    """Loads the averaged tagger of a run, which may still be running."""
    state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
    return _with_weights(BertConfig.from_dict(state["config"]), state["average"])


def _with_weights(config: BertConfig, weights: dict[str, torch.Tensor]) -> BertForTokenClassification:
    model = BertForTokenClassification(config)
    model.load_state_dict(weights)
    return model.eval()
