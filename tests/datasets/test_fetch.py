"""fetch: downloads over good and bad connections."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hebbovr.datasets.fetch import download, file_sha256
from hebbovr.errors import DataError, HebbovrError
from tests.datasets.serving import Site, serving

CONTENT = np.random.default_rng(0).bytes(1_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def get(
    site: Site,
    path: Path,
    sha256: str = SHA256,
    n_bytes: int = len(CONTENT),
    attempts: int = 8,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    download(
        site.url,
        path,
        n_bytes=n_bytes,
        sha256=sha256,
        progress=progress,
        attempts=attempts,
        pause=0,
        timeout=600,
    )


def test_a_download_is_reported_and_put_in_place(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with serving(Site(CONTENT)) as site:
        get(site, tmp_path / "f", progress=lambda done, total: seen.append((done, total)))
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["f"]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert site.asked == [None]


def test_a_cut_connection_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    with serving(Site(CONTENT, cuts=[300_000, 0, 200_000])) as site:
        get(site, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert site.asked == [None, "bytes=300000-", "bytes=300000-", "bytes=500000-"]


@pytest.mark.parametrize("tells_length", [True, False])
def test_a_broken_download_is_kept_for_the_next_call(tmp_path: Path, tells_length: bool) -> None:
    site = Site(CONTENT, cuts=[400_000, 100_000], tells_length=tells_length)
    with serving(site):
        with pytest.raises(HebbovrError, match=r"broke off at 500,000 of 1,000,000 bytes .*again"):
            get(site, tmp_path / "f", attempts=2)
        assert os.listdir(tmp_path) == ["f.part"]
        seen: list[int] = []
        get(site, tmp_path / "f", progress=lambda done, total: seen.append(done))
    assert seen[0] == 500_000
    assert site.asked[-1] == "bytes=500000-"
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_an_interrupt_keeps_what_has_arrived(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with serving(Site(CONTENT)) as site:
        with pytest.raises(KeyboardInterrupt):
            get(site, tmp_path / "f", progress=interrupt)
        kept = (tmp_path / "f.part").stat().st_size
        assert kept > 500_000
        get(site, tmp_path / "f")
    assert site.asked == [None, f"bytes={kept}-"]
    assert file_sha256(tmp_path / "f") == SHA256


def test_a_server_without_ranges_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * 100)
    with serving(Site(CONTENT, ranges=False)) as site:
        get(site, tmp_path / "f")
    assert site.asked == ["bytes=100-"]
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_whole_part_is_not_downloaded_again(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(CONTENT)
    with serving(Site(CONTENT)) as site:
        get(site, tmp_path / "f")
    assert site.asked == []
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(CONTENT + b"more")
    with serving(Site(CONTENT)) as site:
        get(site, tmp_path / "f")
    assert site.asked == [None]


def test_a_range_that_the_server_cannot_give_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * 10)
    with serving(Site(CONTENT, statuses=[416])) as site:
        get(site, tmp_path / "f")
    assert site.asked == ["bytes=10-", None]


def test_another_part_than_asked_for_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(CONTENT[:500])
    with serving(Site(CONTENT, shift=10)) as site:
        get(site, tmp_path / "f")
    assert site.asked == ["bytes=500-", None]
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_wrong_digest_deletes_the_download(tmp_path: Path) -> None:
    with (
        serving(Site(CONTENT)) as site,
        pytest.raises(DataError, match=rf"SHA-256 {SHA256} in place of {'0' * 64}.*deleted"),
    ):
        get(site, tmp_path / "f", sha256="0" * 64)
    assert os.listdir(tmp_path) == []


def test_a_stale_part_is_found_out_by_the_digest(tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * 10)
    with serving(Site(CONTENT)) as site:
        with pytest.raises(DataError, match="SHA-256"):
            get(site, tmp_path / "f")
        get(site, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("n_bytes", [999_999, 1_000_001])
def test_a_file_of_another_size_is_not_even_begun(tmp_path: Path, n_bytes: int) -> None:
    with (
        serving(Site(CONTENT)) as site,
        pytest.raises(HebbovrError, match=r"offers 1,000,000 bytes in place of"),
    ):
        get(site, tmp_path / "f", n_bytes=n_bytes)
    assert os.listdir(tmp_path) == []


def test_an_endless_answer_is_cut_at_the_size(tmp_path: Path) -> None:
    seen: list[int] = []
    with (
        serving(Site(CONTENT, tells_length=False)) as site,
        pytest.raises(DataError, match="SHA-256"),
    ):
        get(site, tmp_path / "f", n_bytes=1000, progress=lambda done, _: seen.append(done))
    assert seen == [0, 1000]
    assert os.listdir(tmp_path) == []


def test_passing_errors_are_waited_out(tmp_path: Path) -> None:
    with serving(Site(CONTENT, statuses=[503, 429])) as site:
        get(site, tmp_path / "f")
    assert len(site.asked) == 3
    with (
        serving(Site(CONTENT, statuses=[503] * 9)) as site,
        pytest.raises(HebbovrError, match=r"broke off at 0 of .* \(the server answers 503"),
    ):
        get(site, tmp_path / "g", attempts=2)


def test_a_missing_file_is_no_passing_error(tmp_path: Path) -> None:
    with (
        serving(Site(CONTENT, statuses=[404])) as site,
        pytest.raises(HebbovrError, match=r"answers 404 Not Found; download the file elsewhere"),
    ):
        get(site, tmp_path / "f")
    assert len(site.asked) == 1


def test_no_server_at_all(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site = Site(b"", url=f"http://127.0.0.1:{free.getsockname()[1]}/f")
        with pytest.raises(HebbovrError, match=r"cannot be reached \(.*refused.*by hand"):
            get(site, tmp_path / "f")


def test_a_server_that_goes_away_is_named_as_such(tmp_path: Path) -> None:
    with serving(Site(CONTENT, cuts=[1000])) as site:
        url, gone = site.url, Site(CONTENT)
        with pytest.raises(HebbovrError, match="broke off at 1,000"):
            get(site, tmp_path / "f", attempts=1)
    gone.url = url
    with pytest.raises(HebbovrError, match="cannot be reached"):
        get(gone, tmp_path / "f", attempts=1)


def test_a_full_disk_is_no_network_error(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving(Site(CONTENT)) as site:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, old[1]))
        try:
            with pytest.raises(HebbovrError, match=r"^Cannot write .*f\.part: the file is larger"):
                get(site, tmp_path / "f")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert len(site.asked) == 1


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        serving(Site(CONTENT)) as site,
        pytest.raises(HebbovrError, match=r"the folder .*no does not exist"),
    ):
        get(site, tmp_path / "no" / "f")
