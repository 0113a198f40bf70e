"""Where the time of one frame of the network goes: by part of the network and by operator.

    python -m benchmarks.operators [--model tiny] [--engine eager] [--engine onnx] ...
                                   [--threads 1] [--frames 30] [--json FILE]

A time is that which a quarter of the frames kept below, of each part or operator by itself: other
work on the machine falls on the rest. Naming the parts of a graph takes the package `onnx`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.cli.inputs import MOST_THREADS
from benchmarks.bounded import whole
from benchmarks.machine import processor
from tracker_core.bounds import Bounds
from tracker_core.checkpoints.opening import BUNDLED, open_model
from tracker_core.ckd.config import PRESETS
from tracker_core.ckd.engine import EagerEngine
from tracker_core.ckd.model.ckd import CKD
from tracker_core.engines.graph import template_inputs
from tracker_core.engines.graphs import graph_of
from tracker_core.engines.measuring import made_up
from tracker_core.errors import CKDError

FRAMES = Bounds(1, 10_000)
MOST_OPERATORS = 14
BETWEEN = "between them"
"""Time of the whole that no part accounts for: calls, copies, what has no weights."""

_PARTS = (
    (r"(rgb|tir)\.patch_embed\.", "stem, {0}"),
    (r"(rgb|tir)\.blocks\.(\d+)\.", "block {1}, {0}"),
    (r"(rgb|tir)\.norm\.", "last norm, {0}"),
    (r"refine\.", "refinement and matching"),
    (r"head\.(score|size|offset)\.", "{0} tower"),
    (r"head\.prior\.", "size prior"),
    (r"overlap\.", "overlap head"),
)
Times = dict[str, list[float]]
"""Milliseconds by name, one for each frame."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One engine's frame, in milliseconds."""

    engine: str
    total: float
    parts: dict[str, float]
    operators: dict[str, float]


def part_of(name: str) -> str:
    """The part of the network that a weight or module belongs to; empty for what is none."""
    plain = name.removeprefix("model.") + "."
    for pattern, text in _PARTS:
        found = re.match(pattern, plain)
        if found is not None:
            return text.format(*found.groups())
    return ""


def parts_of_graph(graph: bytes) -> dict[str, str]:
    """The part of every node and every output of one, by name.

    A node without weights, such as a softmax, belongs to the part whose weights came last.
    """
    try:
        import onnx
    except ImportError as error:
        raise CKDError(
            "Naming the parts of a graph needs the package onnx; install it with: pip install onnx"
        ) from error
    found: dict[str, str] = {}
    now = ""
    for node in onnx.load_from_string(graph).graph.node:
        now = next((part for each in node.input if (part := part_of(each))), now)
        found |= dict.fromkeys((node.name, *node.output), now)
    return found


def part_of_kernel(name: str, parts: Mapping[str, str]) -> str:
    """The part of what a runtime made of nodes: it adds to their names, or goes by an output's."""
    for each in (name, name.partition("/")[0], name.removesuffix("_nchwc")):
        if each in parts:
            return parts[each]
    return ""


def of_eager(model: CKD, frames: int) -> Profile:
    """Parts by the calls of their modules, operators as torch adds them up."""
    run = _eager_frame(model)
    spent: dict[str, float] = defaultdict(float)
    times: Times = defaultdict(list)
    hooks = [hook for name, part in _leaves(model) for hook in _watched(part_of(name), part, spent)]
    totals = []
    try:
        run()
        for _ in range(frames):
            spent.clear()
            began = time.perf_counter()
            run()
            totals.append(1000 * (time.perf_counter() - began))
            for name, value in spent.items():
                times[name].append(1000 * value)
    finally:
        for hook in hooks:
            hook.remove()
    return _profile("eager", _quarter(totals), times, _operators_of(run, frames))


def _operators_of(run: Callable[[], object], frames: int) -> dict[str, float]:
    times: Times = defaultdict(list)
    for _ in range(frames):
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
            run()
        for each in profiler.key_averages():
            times[each.key].append(each.self_cpu_time_total / 1000)
    return {name: _quarter(each) for name, each in times.items()}


def _quarter(times: list[float]) -> float:
    return float(np.percentile(times, 25))


def _eager_frame(model: CKD) -> Callable[[], object]:
    crops, engine = made_up(model, 1), EagerEngine(model)
    prepared = engine.prepare(*crops.template)
    return lambda: engine.search(prepared, *crops.searches[0], elimination=True, features=False)


def _leaves(model: CKD) -> Iterable[tuple[str, nn.Module]]:
    """Modules that are called, each within none of the others."""
    wanted = r"\w+\.patch_embed|\w+\.blocks\.\d+\.\w+|\w+\.norm|refine|head\.\w+|overlap"
    return [each for each in model.named_modules() if re.fullmatch(wanted, each[0])]


def _watched(part: str, module: nn.Module, spent: dict[str, float]) -> list[Any]:
    began = [0.0]

    def before(*_: object) -> None:
        began[0] = time.perf_counter()

    def after(*_: object) -> None:
        spent[part] += time.perf_counter() - began[0]

    return [module.register_forward_pre_hook(before), module.register_forward_hook(after)]


def of_onnxruntime(model: CKD, frames: int, threads: int, *, int8: bool) -> Profile:
    """As ONNX Runtime writes them down itself."""
    import onnxruntime

    graph = graph_of(model, "", None, int8=int8)
    parts = parts_of_graph(graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.enable_profiling = True
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder) / "frames")
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        inputs = _inputs(model, {each.name for each in session.get_inputs()})
        totals = _timed(lambda: session.run(None, inputs), frames)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    times: Times = defaultdict(list)
    kinds: dict[str, str] = {}
    for event in events:
        name = event["name"].removesuffix("_kernel_time")
        if event.get("cat") == "Node" and name != event["name"]:
            times[name].append(event["dur"] / 1000)
            kinds[name] = event["args"]["op_name"]
    return _of_kernels("onnx-int8" if int8 else "onnx", totals, times, kinds, parts)


def of_openvino(model: CKD, frames: int, threads: int, element: str) -> Profile:
    """As OpenVINO counts them itself."""
    graph = graph_of(model, "", None)
    parts = parts_of_graph(graph)
    # As the engine has it: its converters would tell its makers that they were imported.
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    openvino: Any = importlib.import_module("openvino")
    core = openvino.Core()
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[element],
        "PERF_COUNT": True,
    }
    compiled = core.compile_model(core.read_model(graph), "CPU", settings)
    request = compiled.create_infer_request()
    inputs = _inputs(model, {name for port in compiled.inputs for name in port.names})
    totals: list[float] = []
    times: Times = defaultdict(list)
    kinds: dict[str, str] = {}
    for _ in range(frames):
        totals += _timed(lambda: request.infer(inputs), 1)
        for each in request.profiling_info:
            times[each.node_name].append(1000 * each.real_time.total_seconds())
            kinds[each.node_name] = each.node_type
    engine = "openvino" if element == "float32" else "openvino-bf16"
    return _of_kernels(engine, totals, times, kinds, parts)


def _inputs(model: CKD, wanted: set[str]) -> dict[str, NDArray[np.float32]]:
    crops = made_up(model, 1)
    with torch.inference_mode():
        named = template_inputs(model.prepare(*crops.template))
    named = {**named, "search_rgb": crops.searches[0][0], "search_tir": crops.searches[0][1]}
    return {
        name: np.ascontiguousarray(value.numpy())
        for name, value in named.items()
        # Those that a network does not read are gone.
        if name in wanted
    }


def _timed(run: Callable[[], object], frames: int) -> list[float]:
    run()
    times = []
    for _ in range(frames):
        began = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - began))
    return times


def _of_kernels(
    engine: str,
    totals: list[float],
    times: Times,
    kinds: Mapping[str, str],
    parts: Mapping[str, str],
) -> Profile:
    by_part: dict[str, float] = defaultdict(float)
    by_kind: dict[str, float] = defaultdict(float)
    for name, each in times.items():
        by_part[part_of_kernel(name, parts) or BETWEEN] += _quarter(each)
        by_kind[kinds[name]] += _quarter(each)
    of_parts = {name: [value] for name, value in by_part.items() if name != BETWEEN}
    return _profile(engine, _quarter(totals), of_parts, by_kind)


def _profile(
    engine: str, total: float, parts: Mapping[str, list[float]], operators: Mapping[str, float]
) -> Profile:
    found = {name: _quarter(each) for name, each in parts.items()}
    found[BETWEEN] = max(0.0, total - sum(found.values()))
    ranked = sorted(operators.items(), key=lambda each: -each[1])
    return Profile(engine, total, found, dict(ranked[:MOST_OPERATORS]))


RUNS: dict[str, Callable[[CKD, int, int], Profile]] = {
    "eager": lambda model, frames, _threads: of_eager(model, frames),
    "onnx": lambda model, frames, threads: of_onnxruntime(model, frames, threads, int8=False),
    "onnx-int8": lambda model, frames, threads: of_onnxruntime(model, frames, threads, int8=True),
    "openvino": lambda model, frames, threads: of_openvino(model, frames, threads, "float32"),
    "openvino-bf16": lambda model, frames, threads: of_openvino(model, frames, threads, "bfloat16"),
}
"""What profiles each engine."""


def text_of(profile: Profile) -> str:
    """A profile as lines."""
    lines = [f"{profile.engine}: {profile.total:.3f} ms a frame"]
    for title, values in (("part", profile.parts), ("operator", profile.operators)):
        lines.append(f"  {title:40} {'ms':>8} {'share':>7}")
        for name, value in values.items():
            lines.append(f"  {name[:40]:40} {value:8.3f} {value / profile.total:7.1%}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Profile the engines and print each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--engine", action="append", choices=sorted(RUNS))
    parser.add_argument("--threads", type=whole(Bounds(1, MOST_THREADS)), default=1)
    parser.add_argument("--frames", type=whole(FRAMES), default=30)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    found = []
    print(f"{processor()}; {given.model}, threads: {given.threads}")
    try:
        model = _model(given.model)
        for name in given.engine or list(RUNS):
            found.append(RUNS[name](model, given.frames, given.threads))
            print(text_of(found[-1]))
    except CKDError as error:
        print(f"{error}", file=sys.stderr)
        return 2
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(each) for each in found], indent=2))
    return 0


def _model(name: str) -> CKD:
    if name in PRESETS and name not in BUNDLED:
        # What it costs does not depend on its weights.
        torch.manual_seed(0)
        return CKD(PRESETS[name]).eval()
    return open_model(name).model


if __name__ == "__main__":
    sys.exit(main())
