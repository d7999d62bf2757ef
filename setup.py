"""Adds the bundled model to built packages; everything else about the build is in pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODEL = Path(__file__).resolve().parent / "models" / "fast"
# Weights, tokenizer and card in Hub layout: the export and readers of the repository need them, a corrector does not.
NOT_PACKAGED = {
    "README.md",
    "config.json",
    "model.safetensors",
    "reliability.svg",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
}


def not_packaged(folder: str, names: list[str]) -> set[str]:
    """Returns the names in ``folder`` to leave out: `NOT_PACKAGED` at the top, nothing in the exported folders."""
    return NOT_PACKAGED.intersection(names) if Path(folder) == MODEL else set()


class BuildWithModel(build_py):
    """Copies models/fast to scanproof/model_data/fast; an editable install reads it where it is."""

    def run(self) -> None:
        """Builds the package, then adds the model.

        Raises:
            FileNotFoundError: the source tree lacks the model.
        """
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "scanproof" / "model_data" / "fast"
            shutil.copytree(MODEL, target, ignore=not_packaged, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithModel})
