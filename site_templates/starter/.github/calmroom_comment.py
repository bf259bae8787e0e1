"""Put a review into one comment of a pull request (GitHub) or merge request (GitLab), and update it afterwards.

Usage: calmroom_comment.py DIR, a folder with `comment.md` and, for GitHub, `number`. Standard library only. It reads its
address and token from the variables that the two set; on GitLab the token is CALMROOM_GITLAB_TOKEN (a project token with
the scope `api`), which pipelines of forks do not get: then nothing is written.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MARK = "<!-- calmroom-review -->"
MOST = 65_000
PAGES = 30


def main(folder: Path) -> int:
    """Write the comment; return the exit code."""
    file = folder / "comment.md"
    if not file.is_file():
        print("There is no review to write.")
        return 0
    text = file.read_text("utf-8", "replace")[:MOST]
    if not text.startswith(MARK):
        print("The review does not begin as one of Calmroom's; nothing was written.")
        return 1
    try:
        return on_gitlab(text) if os.environ.get("CI_API_V4_URL") else on_github(text, folder)
    except urllib.error.HTTPError as error:
        print(f"The code host refused it: {error.code} {error.reason}.")
        return 1
    except (OSError, ValueError) as error:
        print(f"The code host could not be asked: {error}.")
        return 1


def on_github(text: str, folder: Path) -> int:
    """Write it on GitHub, once the number is known to be of the commit that was reviewed."""
    number = (folder / "number").read_text("ascii", "replace").strip()
    if not (number.isdecimal() and len(number) < 12):
        print("The number is none.")
        return 1
    base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    head = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}
    pull = ask("GET", f"{base}/pulls/{number}", head)
    if pull["head"]["sha"] != os.environ["HEAD_SHA"]:
        print("The pull request has moved on, or the number is another's; nothing was written.")
        return 0
    for page in range(1, PAGES + 1):
        comments = ask("GET", f"{base}/issues/{number}/comments?per_page=100&page={page}", head)
        for comment in comments:
            if comment["body"].startswith(MARK) and comment["user"]["type"] == "Bot":
                ask("PATCH", f"{base}/issues/comments/{comment['id']}", head, {"body": text})
                print("The comment was updated.")
                return 0
        if len(comments) < 100:
            break
    ask("POST", f"{base}/issues/{number}/comments", head, {"body": text})
    print("The comment was written.")
    return 0


def on_gitlab(text: str) -> int:
    """Write it on GitLab, where a token is given."""
    token = os.environ.get("CALMROOM_GITLAB_TOKEN")
    if not token:
        print("No CALMROOM_GITLAB_TOKEN here (a fork, or not set up): the review is in the job's artefacts.")
        return 0
    project, number = os.environ["CI_PROJECT_ID"], os.environ["CI_MERGE_REQUEST_IID"]
    base = f"{os.environ['CI_API_V4_URL']}/projects/{project}/merge_requests/{number}/notes"
    head = {"PRIVATE-TOKEN": token}
    own = ask("GET", f"{os.environ['CI_API_V4_URL']}/user", head)["id"]
    for page in range(1, PAGES + 1):
        notes = ask("GET", f"{base}?per_page=100&page={page}", head)
        for note in notes:
            if note["body"].startswith(MARK) and note["author"]["id"] == own:
                ask("PUT", f"{base}/{note['id']}", head, {"body": text})
                print("The comment was updated.")
                return 0
        if len(notes) < 100:
            break
    ask("POST", base, head, {"body": text})
    print("The comment was written.")
    return 0


def ask(method: str, address: str, head: dict[str, str], body: dict[str, str] | None = None) -> Any:
    """Ask the code host's API and return its answer."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data, {**head, "Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
