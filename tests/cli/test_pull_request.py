"""A pull request from its first command to its last, with real branches; and what `init` writes for code hosts."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading

import jsonschema
import pytest
import yaml

from tests.conftest import ROOT, calmroom

STARTER = ROOT / "site_templates" / "starter"
MARK = "<!-- calmroom-review -->"


def git(root, *arguments):
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def base(tmp_path):
    root = tmp_path / "kb"
    assert calmroom("init", root).returncode == 0
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "A knowledge base")
    return root


def review(root, *options):
    done = calmroom("-C", root, "review", "--base", "main", "--no-similar", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_pull_request_is_walked_from_new_to_an_action_that_slipped(base):
    git(base, "switch", "-qc", "dns")
    made = calmroom(
        "-C",
        base,
        "new",
        "--title",
        "Names did not resolve for an hour",
        "--severity",
        "sev2",
        "--began",
        "2026-05-05T09:00:00+00:00",
    )
    file = base / "incidents" / "2026-05-05-names-did-not-resolve-for-an-hour.md"
    assert made.returncode == 0 and file.is_file()
    text = file.read_text().split("---\n")
    file.write_text(
        f"---\n{text[1].split('# What follows')[0]}"
        "detection: {by: customer, gap: No alert watched the key.}\n"
        "kind: [availability]\n"
        "impact: {summary: Names did not resolve.}\n"
        "timeline:\n"
        "  - {at: 2026-05-05T10:00:00+00:00, kind: action, what: The zone was rolled back., evidence: CHG-2}\n"
        "  - {at: 2026-05-05T09:00:00+00:00, kind: change, what: The zone was signed anew., evidence: CHG-1}\n"
        "factors:\n  - {id: key, kind: configuration, what: The key had expired., leads_to: [impact]}\n"
        "  - {id: alert, kind: detection, what: No alert watched the key., leads_to: [impact]}\n"
        "actions:\n  - {id: a1, what: Alert on keys that expire., owner: DNS Lead, due: 2026-06-01, status: accepted, strength: intermediate, addresses: [key, alert]}\n"
        "got_lucky: [It was early.]\n"
        "---\n\n## Summary\n\nThe outage lasted 47 minutes. The engineer should have checked the key.\n"
    )
    found = calmroom("-C", base, "check", "--since", "main", "--format", "json")
    assert {"CR607", "CR620"} == {item["code"] for item in json.loads(found.stdout) if item["level"] == "warning"}

    assert "1 record mended" in calmroom("-C", base, "fix").stderr
    fixed = subprocess.run(
        [sys.executable, "-m", "calmroom", "-C", str(base), "fix", "--language"],
        input="y\n",
        text=True,
        capture_output=True,
        cwd=ROOT,
    )
    assert "did not check the key" in file.read_text(), fixed.stderr
    assert file.read_text().index("signed anew") < file.read_text().index("rolled back")
    file.write_text(
        file.read_text()
        .replace("status: draft", "status: reviewed")
        .replace("times:\n", "times:\n  resolved: 2026-05-05T10:00:00+00:00\n")
    )
    comment = review(base)
    assert comment.startswith(MARK) and "1 record added" in comment and "CR620" in comment
    file.write_text(file.read_text().replace("47 minutes", "an hour"))
    git(base, "add", "-A")
    git(base, "commit", "-qm", "Names did not resolve")
    assert "warning CR" not in review(base)
    git(base, "switch", "-q", "main")
    git(base, "merge", "-q", "--no-ff", "-m", "Merge", "dns")

    git(base, "switch", "-qc", "amend")
    file.write_text(
        file.read_text().replace("severity: sev2", "severity: sev3").replace("due: 2026-06-01", "due: 2026-07-01")
    )
    comment = review(base)
    assert (
        "severity: sev2 → **sev3**" in comment
        and "slipped: a1" in comment
        and "30 days later" in comment
        and "CR694" in comment
    )
    file.write_text(
        file.read_text().replace(
            "got_lucky:", "amendments: [{on: 2026-05-20, what: Severity lowered., by: DNS Lead}]\ngot_lucky:"
        )
    )
    assert "CR694" not in review(base)


def workflows():
    return [STARTER / ".github" / "workflows" / name for name in ("calmroom.yml", "calmroom-comment.yml")]


@pytest.mark.parametrize("file", workflows(), ids=lambda file: file.name)
def test_workflows_are_valid_pinned_by_commit_and_ask_for_least(file):
    text = file.read_text()
    value = yaml.load(text, yaml.BaseLoader)
    jsonschema.validate(
        yaml.safe_load(text.replace("\non:", '\n"on":')),
        json.loads((ROOT / "tests/schemas/github-workflows.json").read_text()),
    )
    assert "pull_request_target" not in value["on"]
    assert value["permissions"] in ({}, {"contents": "read"}, "")
    uses = re.findall(r"uses: (\S+)( # v\d+\.\d+\.\d+)?", text)
    assert uses and all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) and version for name, version in uses)
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    for step in (step for job in value["jobs"].values() for step in job["steps"] if "run" in step):
        assert "${{" not in step["run"], "a value of a pull request is never put into a script"
    writing = [job for job in value["jobs"].values() if "write" in json.dumps(job.get("permissions", {}))]
    assert all("ref" not in step.get("with", {}) for job in writing for step in job["steps"]), (
        "what may write checks out no head"
    )


def test_gitlabs_pipeline_is_valid():
    value = yaml.safe_load((STARTER / ".gitlab-ci.yml").read_text())
    jsonschema.validate(value, json.loads((ROOT / "tests/schemas/gitlab-ci.json").read_text()))


class CodeHost(http.server.BaseHTTPRequestHandler):
    """A stub of the two code hosts' APIs, as far as the script asks them."""

    comments: list[dict] = []
    seen: list[str] = []
    sha = "a" * 40

    def _answer(self, value, code=200):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        self.seen.append(f"GET {self.path}")
        if self.headers.get("Authorization") != "Bearer t" and self.headers.get("PRIVATE-TOKEN") != "t":
            return self._answer({}, 401)
        if self.path.endswith("/user"):
            return self._answer({"id": 7})
        if "/pulls/" in self.path:
            return self._answer({"head": {"sha": self.sha}})
        page = int(re.search(r"[?&]page=(\d+)", self.path)[1])
        return self._answer(self.comments[(page - 1) * 100 : page * 100])

    def do_POST(self):
        self.seen.append(f"POST {self.path}")
        self.comments.append(
            {"id": len(self.comments), "body": self._body()["body"], "user": {"type": "Bot"}, "author": {"id": 7}}
        )
        self._answer({}, 201)

    def _update(self):
        self.seen.append(f"{self.command} {self.path}")
        self.comments[int(self.path.rsplit("/", 1)[1])]["body"] = self._body()["body"]
        self._answer({})

    do_PATCH = do_PUT = _update  # noqa: N815

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def host():
    class Host(CodeHost):
        comments = [
            {"id": n, "body": "talk" if n else f"{MARK} a person's", "user": {"type": "User"}, "author": {"id": 1}}
            for n in range(101)
        ]
        seen: list[str] = []

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Host.address = f"http://127.0.0.1:{server.server_port}"
    yield Host
    server.shutdown()
    server.server_close()


def comment_on(host, folder, **variables):
    environment = {"PATH": os.environ["PATH"], **variables}
    script = STARTER / ".github" / "calmroom_comment.py"
    return subprocess.run([sys.executable, script, folder], env=environment, capture_output=True, text=True)


def github(host, sha=CodeHost.sha, token="t"):
    return {"GITHUB_API_URL": host.address, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": token, "HEAD_SHA": sha}


def test_one_comment_is_written_and_then_updated_in_place(base, host, tmp_path):
    git(base, "switch", "-qc", "change")
    record = next((base / "incidents").glob("*.md"))
    record.write_text(record.read_text().replace("severity: sev1", "severity: sev2"))
    folder = tmp_path / "review"
    folder.mkdir()
    (folder / "number").write_text("142")
    (folder / "comment.md").write_text(review(base))
    assert comment_on(host, folder, **github(host)).stdout == "The comment was written.\n"
    record.write_text(record.read_text().replace("severity: sev2", "severity: sev3"))
    (folder / "comment.md").write_text(review(base))
    assert comment_on(host, folder, **github(host)).stdout == "The comment was updated.\n"
    assert len(host.comments) == 102 and "**sev3**" in host.comments[-1]["body"]
    assert host.comments[0]["body"].endswith("a person's")


def test_a_number_that_is_not_of_the_reviewed_commit_is_refused(host, tmp_path):
    (tmp_path / "comment.md").write_text(f"{MARK}\nx")
    for number, sha in (("142", "b" * 40), ("142; rm -rf /", "a" * 40), ("../issues/1", "a" * 40)):
        (tmp_path / "number").write_text(number)
        comment_on(host, tmp_path, **github(host, sha))
    assert not any(seen.startswith(("POST", "PATCH")) for seen in host.seen)


def test_what_the_code_host_refuses_is_told_and_the_token_is_not(host, tmp_path):
    (tmp_path / "comment.md").write_text(f"{MARK}\nx")
    (tmp_path / "number").write_text("142")
    done = comment_on(host, tmp_path, **github(host, token="wrong-secret"))
    assert done.returncode == 1 and "401" in done.stdout and "wrong-secret" not in done.stdout + done.stderr


def test_gitlab_gets_one_note_and_a_fork_without_a_token_none(host, tmp_path):
    (tmp_path / "comment.md").write_text(f"{MARK}\nx")
    variables = {"CI_API_V4_URL": host.address, "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "2"}
    assert "No CALMROOM_GITLAB_TOKEN" in comment_on(host, tmp_path, **variables).stdout
    assert comment_on(host, tmp_path, **variables, CALMROOM_GITLAB_TOKEN="t").stdout == "The comment was written.\n"
    assert comment_on(host, tmp_path, **variables, CALMROOM_GITLAB_TOKEN="t").stdout == "The comment was updated.\n"


def test_the_hook_checks_before_the_first_commit_and_says_what_is_missing_without_git(tmp_path):
    root = tmp_path / "kb"
    calmroom("init", root)
    (hook,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    arguments = hook["entry"].split()[1:]
    assert {item["entry"] for item in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())} == {
        hook["entry"],
        "calmroom fix",
    }
    assert "not in a Git repository" in calmroom("-C", root, *arguments).stderr
    git(root, "init", "-q")
    assert calmroom("-C", root, *arguments).returncode == 0
    (root / "incidents" / "2026-05-05-a.md").write_text("---\ntitle: A\n---\n")
    assert calmroom("-C", root, *arguments).returncode == 1
