"""The table of export forms: adding one takes its file, its line here and one in the docs."""

from __future__ import annotations

from sessions.exports.base import ExportForm
from sessions.exports.coco import COCO
from sessions.exports.csv_table import CSV
from sessions.exports.cvat import CVAT
from sessions.exports.mot import MOT
from sessions.exports.result import RESULT
from sessions.exports.truth import TRUTH_EXPORTS
from sessions.exports.vot import VOT

EXPORTS: tuple[ExportForm, ...] = (RESULT, *TRUTH_EXPORTS, VOT, CSV, COCO, MOT, CVAT)
"""In the order in which people are shown them."""
