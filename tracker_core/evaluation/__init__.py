"""Benchmarks: ground truth, result files, scores, reports, and runs over whole datasets.

Plots (`evaluation.plots`) and clusters (`evaluation.cluster`) are imported
where they are used, because they bring matplotlib and Dask.
"""

from tracker_core.evaluation.attributes import load_attributes
from tracker_core.evaluation.benchmarks import BENCHMARKS, Benchmark, benchmark_named
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import Result, ResultForm, read_result, write_result
from tracker_core.evaluation.result_folders import TrackerFiles, find_trackers
from tracker_core.evaluation.scores import Scores, evaluate, evaluate_files
from tracker_core.evaluation.truth import BenchmarkTruth, SequenceTruth, load_truth

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "BenchmarkTruth",
    "Evaluation",
    "Result",
    "ResultForm",
    "Scores",
    "SequenceTruth",
    "TrackerFiles",
    "benchmark_named",
    "evaluate",
    "evaluate_files",
    "find_trackers",
    "load_attributes",
    "load_truth",
    "read_result",
    "write_result",
]
