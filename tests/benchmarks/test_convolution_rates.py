"""What the table of convolutions reads from oneDNN's log, and what it calls a processor."""

from pathlib import Path

import pytest

LOG = """onednn_verbose,v1,info,oneDNN v3.7
now: bfloat16 forward
onednn_verbose,v1,primitive,exec,cpu,reorder,jit:uni,undef,src_f32,,,8x8,0.1
onednn_verbose,v1,primitive,exec,cpu,convolution,brg_conv_fwd:avx512_core_bf16,forward_training,src_bf16,,,mb256,3.2
now: float32 filters
onednn_verbose,v1,primitive,create:cache_miss,cpu,convolution,jit:avx512_core,backward_weights,src_f32,,,mb256,0.1
onednn_verbose,v1,primitive,exec,cpu,convolution,jit:avx512_core,backward_weights,src_f32,,,mb256,9.9
"""


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import convolution_rates

    return convolution_rates


def test_kernels_by_direction(benchmark):
    found = {"bfloat16 forward": "brg_conv_fwd:avx512_core_bf16", "float32 filters": "jit:avx512_core"}
    assert benchmark.kernels_in(LOG) == found
    assert benchmark.kernels_in("now: float32 forward\n") == {}  # oneDNN left off: nothing to tell


def test_the_arithmetic_of_a_convolution_by_hand(benchmark):
    assert benchmark.Shape(side=4, channels=2, filters=3, kernel=3, stride=2, batch=5).gflop == 2 * 5 * 4 * 9 * 6 / 1e9
