"""Two editions behind a real nginx, as the page on hosting describes it: sub-paths, headers, access, compressed twins."""

from __future__ import annotations

import base64
import gzip
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from calmroom.site import policy
from tests.browser.find import find_nginx
from tests.conftest import ID, RECORD, ROOT, TODAY, calmroom, write_base

NGINX = find_nginx()
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx: apt-get install nginx-light")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("host")
    text = RECORD.replace("tlp: green", "tlp: clear")
    inside = text.replace("tlp: clear", "tlp: amber")
    root = write_base(folder / "kb", {f"incidents/{ID}.md": text, "incidents/2026-03-03-inside.md": inside})
    for edition, name in (("clear", "clear"), ("amber+strict", "internal")):
        done = calmroom(
            "-C", root, "build", "--csp", "--gzip", "--edition", edition, "--today", TODAY, "--site-dir", folder / name
        )
        assert done.returncode == 0, done.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    digest = subprocess.run(["openssl", "passwd", "-apr1", "word"], check=True, capture_output=True, text=True).stdout
    (folder / "htpasswd").write_text(f"staff:{digest}")
    locations = (ROOT / "examples/hosting/nginx.conf").read_text()
    locations = locations.replace("/srv/calmroom", str(folder)).replace(
        "/etc/nginx/calmroom.htpasswd", str(folder / "htpasswd")
    )
    temporary = "".join(f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; {temporary} server {{ listen 127.0.0.1:{port};\n{locations}\n}} }}\n"
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def ask(address: str, *, name: str = "", packed: bool = False):
    request = urllib.request.Request(address)
    if name:
        request.add_header("Authorization", "Basic " + base64.b64encode(name.encode()).decode())
    if packed:
        request.add_header("Accept-Encoding", "gzip")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_each_edition_has_its_own_readers(address: str):
    assert ask(f"{address}/post-mortems/incidents/{ID}/")[0] == 200
    assert ask(f"{address}/post-mortems/incidents/2026-03-03-inside/")[0] == 404
    assert ask(f"{address}/internal/post-mortems/incidents/2026-03-03-inside/")[0] == 401
    assert ask(f"{address}/internal/post-mortems/incidents/2026-03-03-inside/", name="staff:wrong")[0] == 401
    assert ask(f"{address}/internal/post-mortems/incidents/2026-03-03-inside/", name="staff:word")[0] == 200
    for path in (
        "/post-mortems/../internal/index.html",
        "/post-mortems/%2e%2e/internal/index.html",
        "/post-mortems../internal/index.html",
    ):
        assert ask(address + path)[0] in (400, 401, 404), path


def test_every_answer_carries_the_headers(address: str):
    for path in ("/post-mortems/", "/post-mortems/nowhere/", "/post-mortems/assets/calmroom/calmroom.js"):
        headers = ask(address + path)[1]
        assert {name: headers[name] for name in policy.HEADERS} == policy.HEADERS, path


def test_a_missing_page_is_answered_with_the_editions_own(address: str):
    status, _, content = ask(f"{address}/post-mortems/nowhere/")
    assert status == 404 and b"Page not found" in content and b"TLP:CLEAR" in content


def test_compressed_twins_are_handed_out_as_they_lie_there(address: str):
    plain = ask(f"{address}/post-mortems/incidents/{ID}/")[2]
    _, headers, content = ask(f"{address}/post-mortems/incidents/{ID}/", packed=True)
    assert headers["Content-Encoding"] == "gzip" and gzip.decompress(content) == plain and len(content) < len(plain) / 2


@pytest.mark.browser
def test_a_page_below_a_path_works_in_a_browser_under_the_hosts_policy(address: str, chromium):
    page = chromium.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/post-mortems/incidents/{ID}/")
    page.locator("html[data-calm-diagrams=done]").wait_for(state="attached")
    page.goto(f"{address}/post-mortems/search/?q=portal")
    page.get_by_role("link", name="Customer portal").first.wait_for()
    page.close()
    assert told == []
