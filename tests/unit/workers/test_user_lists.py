"""Lists named by an upload or by the deployment reach the corrector; a bad one is a recorded failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.correction.model_pool import ModelPool
from scanproof.correction.user_lists import Replacement, UserLists
from scanproof.document import ObjectId
from scanproof.settings import Settings
from scanproof.workers.correct import CorrectWorker
from scanproof.workers.messages import CorrectPage, Delivery
from scanproof.workers.records import Status
from tests.builders import UpperCase
from tests.unit.opening.paper import page_image, saved
from tests.unit.workers.conftest import Store
from tests.unit.workers.test_ocr import record_of, upload_of, worker

WORDS, STYLE = "lists/words.txt", "lists/style.toml"
ENTRY = Replacement(literal="Inv0ice", corrected="Invoice")


@pytest.fixture
def lists(store: Store) -> Store:
    store.put_list(WORDS, b"Acme\n")
    store.put_list("lists/own.txt", b"Own\n")
    store.put_list(STYLE, b"[[replacement]]\nliteral = 'Inv0ice'\nwith = 'Invoice'\n")
    return store


def uploaded(store: Store, folder: Path, **options: str) -> ObjectId:
    return store.upload(saved(page_image(), folder / "a.png"), f"incoming/{folder.name}.png", **options)


@pytest.mark.parametrize(
    ("options", "default", "found"),
    [
        ({}, {}, UserLists()),
        ({"words": WORDS, "replacements": STYLE}, {}, UserLists(words=("Acme",), replacements=(ENTRY,))),
        ({}, {"words": WORDS, "replacements": STYLE}, UserLists(words=("Acme",), replacements=(ENTRY,))),
        (
            {"words": "lists/own.txt", "replacements": "none"},
            {"words": WORDS, "replacements": STYLE},
            UserLists(words=("Own",)),
        ),
        ({"corrector": "none", "words": "lists/gone.txt"}, {}, UserLists()),
    ],
)
def test_upload_overrides_default_lists(
    lists: Store, tmp_path: Path, options: dict[str, str], default: dict[str, str], found: UserLists
) -> None:
    scan = uploaded(lists, tmp_path, **options)
    assert worker(lists, **default).process(Delivery(upload_of(scan))).outcome == "recognised"
    assert lists.context().objects.scan_info(record_of(lists, scan).document).lists == found


def test_lists_reach_the_corrector(lists: Store, tmp_path: Path) -> None:
    scan = uploaded(lists, tmp_path, replacements=STYLE)
    worker(lists).process(Delivery(upload_of(scan)))
    [message] = lists.receive("correct")
    models = ModelPool(UpperCase(), {}, Settings())
    CorrectWorker(lists.context(), models).process(Delivery(CorrectPage.model_validate(message), redelivered=False))
    [line] = lists.context().objects.corrected_page(record_of(lists, scan).document, 1).lines
    assert (line.text, [edit.corrector for edit in line.edits]) == ("Invoice", ["replacements"])


@pytest.mark.parametrize(
    ("options", "default", "code", "message"),
    [
        ({"words": "lists/gone.txt"}, {}, "list_missing", "lists/gone.txt"),
        ({}, {"words": "lists/gone.txt"}, "list_missing", "lists/gone.txt"),
        ({"words": "lists/bad.txt"}, {}, "list_invalid", "lists/bad.txt, line 2: it is not UTF-8"),
        ({"replacements": "lists/bad.toml"}, {}, "list_invalid", "lists/bad.toml, entry 1: "),
        ({"words": "incoming/a.txt"}, {}, "invalid_option", "'words'"),
    ],
)
def test_bad_list_is_a_recorded_failure(
    lists: Store, tmp_path: Path, options: dict[str, str], default: dict[str, str], code: str, message: str
) -> None:
    lists.put_list("lists/bad.txt", b"fine\n\xff\n")
    lists.put_list("lists/bad.toml", b"[[replacement]]\npattern = '('\nwith = ''\n")
    scan = uploaded(lists, tmp_path, **options)
    assert worker(lists, **default).process(Delivery(upload_of(scan))).reason == code
    record = record_of(lists, scan)
    assert (record.status, record.event_sent) == (Status.FAILED, True)
    assert record.reason is not None
    assert message in record.reason.message and record.reason.next_step
    assert lists.receive("correct") == []
