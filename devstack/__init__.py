"""The local stack: the real template in an AWS emulator, each function under the real Lambda runtime client."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
