"""What the deployed stack tells its functions through their environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from scanproof.options import PrefixRules, parse_prefix_rules


@dataclass(frozen=True)
class Settings:
    """Names of the stack's resources; queue URLs that a function has no use for are empty."""

    scans_bucket: str
    results_bucket: str
    documents_table: str
    ocr_queue_url: str
    correct_queue_url: str
    publish_queue_url: str
    other_engine_queue_url: str
    prefix_rules: PrefixRules
    pages_per_invocation: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Reads and checks the environment.

        Raises:
            KeyError, ValueError: the deployment is misconfigured.
        """
        return cls(
            scans_bucket=environment["SCANS_BUCKET"],
            results_bucket=environment["RESULTS_BUCKET"],
            documents_table=environment["DOCUMENTS_TABLE"],
            ocr_queue_url=environment.get("OCR_QUEUE_URL", ""),
            correct_queue_url=environment.get("CORRECT_QUEUE_URL", ""),
            publish_queue_url=environment.get("PUBLISH_QUEUE_URL", ""),
            other_engine_queue_url=environment.get("RAPIDOCR_QUEUE_URL", ""),
            prefix_rules=parse_prefix_rules(environment.get("PREFIX_RULES", '{"/": {}, "incoming/": {}}')),
            pages_per_invocation=int(environment.get("PAGES_PER_INVOCATION", "4")),
        )
