"""The shared corpus of published facts, where there is one: $TRANSOM_CORPUS or ../shared/corpus."""
import os
import pathlib
import warnings

import pytest

from processes import ROOT


def corpus_file(name):
    """The path of a file of the corpus; None, with a warning, where there is none."""
    folder = pathlib.Path(os.environ.get("TRANSOM_CORPUS") or ROOT.parent / "shared" / "corpus")
    if (folder / name).exists():
        return folder / name
    warnings.warn(f"SKIPPED: no corpus at {folder} ({name})")
    return None


def skipped_without(name):
    """The one parameter of a table that the corpus would have filled."""
    return pytest.param(None, id="no-corpus",
                        marks=pytest.mark.skip(reason=f"SKIPPED: no corpus ({name})"))
