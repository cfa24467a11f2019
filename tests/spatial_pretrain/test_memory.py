import platform

from spatial_pretrain.memory import keep_freed_memory


def test_only_glibc_is_told(monkeypatch) -> None:
    assert keep_freed_memory() == (platform.libc_ver()[0] == "glibc")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
