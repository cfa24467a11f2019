from spatial_pretrain.metrics import read_metrics


def test_unfinished_last_line_is_skipped(tmp_path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    assert read_metrics(path) == [{"step": 1, "loss": 2.0}]


def test_no_file_yet(tmp_path) -> None:
    assert read_metrics(tmp_path / "metrics.jsonl") == []
