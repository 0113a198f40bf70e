from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from tracker_core.engines import threads as cpu


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    cpu._usual_threads.cache_clear()
    yield
    torch.set_num_threads(before)
    cpu._usual_threads.cache_clear()


@pytest.mark.usefixtures("two_threads")
def test_a_small_network_gets_one_thread_and_a_large_one_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = nn.Linear(100, 100)
    cpu.use_fitting_threads(network)
    assert torch.get_num_threads() == 1
    monkeypatch.setattr(cpu, "SMALL", 100)
    cpu.use_fitting_threads(network)
    assert torch.get_num_threads() == 2
