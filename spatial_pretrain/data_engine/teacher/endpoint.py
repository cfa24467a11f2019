"""The client: many requests at a time, tried again where that may help."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from spatial_pretrain.data_engine.teacher.messages import Messages
from vst_robot.errors import DataError, InputError, UnavailableError, missing_extra

KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        id: Comes back with the answer.
        body: Of `POST /v1/chat/completions`.
    """

    id: str
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back.

    Attributes:
        id: The request's.
        text: The model's words; empty if there are none.
        error: Why there are none; None if all went well.
    """

    id: str
    text: str = ""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A server of the chat-completions protocol.

    Attributes:
        url: Its base, e.g. ``"http://localhost:8000/v1"``.
        concurrency: Requests under way at a time.
        retries: Further tries after a timeout, a lost connection, or the statuses 408, 409, 429 and 5xx, after waits
            that grow exponentially or that the server names.
        timeout_s: For one try.
    """

    url: str
    concurrency: int = 8
    retries: int = 5
    timeout_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuses what cannot work."""
        if not self.url.startswith(("http://", "https://")):
            raise InputError(f"the endpoint must be a URL like http://localhost:8000/v1, got '{self.url}'")
        if self.concurrency < 1 or self.retries < 0 or self.timeout_s <= 0:
            raise InputError("concurrency must be at least 1, retries at least 0, the timeout above 0 seconds")

    def replies(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Answers as they come; no more than `concurrency` requests are read ahead.

        A request that the server calls wrong gets a reply with an error; the others go on.

        Raises:
            UnavailableError: The package is missing, the server cannot be reached, or it refuses the key or the model.
        """
        client = self._client()
        waiting = iter(requests)
        with ThreadPoolExecutor(self.concurrency) as pool:
            running: set[Future[Reply]] = set()
            try:
                while True:
                    for request in _some(waiting, self.concurrency - len(running)):
                        running.add(pool.submit(self._ask, client, request))
                    if not running:
                        return
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def generator(self, model: str, *, temperature: float, max_tokens: int) -> Callable[[Messages], str]:
        """A model as a function from messages to its words, which threads may share.

        Its calls raise DataError where the endpoint refuses the request or says nothing, else as `replies`.
        """
        client = self._client()

        def generate(messages: Messages) -> str:
            body = {"model": model, "messages": messages, "temperature": temperature, "max_tokens": max_tokens}
            reply = self._ask(client, Request(id="", body=body))
            if reply.error is not None:
                raise DataError(f"no answer from {model}: {reply.error}; leave the row out")
            return reply.text

        return generate

    def _client(self) -> Any:
        try:
            import openai
        except ImportError as error:
            raise missing_extra("openai", "teacher", "asking a teacher model") from error
        key = os.environ.get(KEY_VARIABLE, "none")  # a local server wants none
        return openai.OpenAI(base_url=self.url, api_key=key, max_retries=self.retries, timeout=self.timeout_s)

    def _ask(self, client: Any, request: Request) -> Reply:
        import openai

        try:
            answer = client.chat.completions.create(**request.body)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            return Reply(id=request.id, error=f"refused by the endpoint ({error.status_code})")
        except openai.APIConnectionError as error:
            raise UnavailableError(f"cannot reach {self.url}: start the server, or correct --endpoint") from error
        except openai.APIStatusError as error:
            raise UnavailableError(f"{self.url} answers {error.status_code}: {_advice(error.status_code)}") from error
        choices = answer.choices or []
        text = (choices[0].message.content if choices else None) or ""
        return Reply(id=request.id, text=text, error=None if text.strip() else "empty answer")


def _advice(status: int) -> str:
    if status in (401, 403):
        return f"set {KEY_VARIABLE} to a valid key"
    if status == 404:
        return "check --model, and that --endpoint ends in the version, like /v1"
    return "try again later; what was answered is kept"


def _some(requests: Iterator[Request], number: int) -> Iterator[Request]:
    for _ in range(number):
        request = next(requests, None)
        if request is None:
            return
        yield request
