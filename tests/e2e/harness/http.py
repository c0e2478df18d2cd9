# SPDX-License-Identifier: Apache-2.0
"""Small HTTP for tests: one request, status and body, never an exception for a status."""
import asyncio
import json
import urllib.error
import urllib.request


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode(errors="replace")


def _fetch(method, url, body, headers, seconds):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())
    except (urllib.error.URLError, ConnectionError, TimeoutError, OSError) as error:
        return Answer(0, {}, str(error).encode())


async def http(method, url, body=None, headers=None, seconds=30):
    """Status 0: no answer, the body says why."""
    return await asyncio.to_thread(_fetch, method, url, body, headers, seconds)
