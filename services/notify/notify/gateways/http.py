"""Any provider that takes messages over HTTP, as county.yaml describes it.

    - name: telecom
      kind: http
      secrets: {key: YISHI_TELECOM_KEY, signature: YISHI_TELECOM_SIGNATURE}
      options:
        url: https://sms.example.cn/send
        headers: {Authorization: "Bearer {secret.key}"}
        body: {mobile: "{phone}", content: "{text}", ref: "{reference}"}
        code: result                # where the answer says how it went
        accepted: ["0"]
        refused: {"7": never, "9": later, "1": elsewhere}
        id: data.msgid
        receipts: {id: msgid, phone: mobile, status: state, delivered: [DELIVRD], pending: [ACCEPTD]}
        replies: {phone: mobile, text: content, id: moid}

A code that is listed nowhere leaves the message unknown. Whoever calls us signs with the secret `signature`, or brings
the secret `token`, or is not heard.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import Field, JsonValue

from common.errors import Fault, Misconfigured, Unauthenticated
from notify.domain import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown, segments
from notify.gateways.making import Making, Options
from notify.gateways.web import Answered, OverHttp, lines, require_signature, require_token, word
from notify.handlers.gateway import Call, Capabilities, Heard, Message, Question, Reply, Status

_BLANK = re.compile(r"\{(secret\.)?([a-z_]+)\}")
_FILLED = ("phone", "text", "reference")


class ReceiptFields(Options):
    """Where a receipt says what. Whatever is neither delivered nor pending has failed."""

    status: str
    delivered: list[str] = Field(min_length=1)
    pending: list[str] = []
    id: str | None = None
    reference: str | None = None
    phone: str | None = None


class ReplyFields(Options):
    """Where a reply says what."""

    phone: str
    text: str
    id: str | None = None


class HttpOptions(Options):
    """What a provider wants to be asked, and how it answers. Paths are dotted."""

    url: str = Field(pattern=r"^https?://")
    method: str = Field(default="POST", pattern=r"^(POST|PUT)$")
    form: bool = False
    headers: dict[str, str] = {}
    body: dict[str, JsonValue]
    code: str
    accepted: list[str] = Field(min_length=1)
    refused: dict[str, Again] = {}
    id: str
    segments: str | None = None
    receipts: ReceiptFields | None = None
    replies: ReplyFields | None = None
    answer: dict[str, JsonValue] = {"result": 0}
    at_once: int = Field(default=32, ge=1, le=1000)


class HttpGateway(OverHttp):
    """One account."""

    def __init__(self, making: Making) -> None:
        self._options = making.options(HttpOptions)
        super().__init__(self._options.at_once)
        self._secrets = {name: making.secret(name) for name in making.gateway.secrets}
        if faults := [Fault("options", problem) for problem in _problems(self._options, self._secrets)]:
            raise Misconfigured("the options are not right", faults)
        receipts, replies = self._options.receipts is not None, self._options.replies is not None
        self.capabilities = Capabilities(receipts, replies, at_once=self._options.at_once)

    async def submit(self, message: Message) -> Outcome:
        """Ask once, with everything filled in."""
        options = self._options
        values = {"phone": message.phone, "text": message.text, "reference": message.reference}
        body = _fill(options.body, values, self._secrets)
        headers = {name: str(_fill(value, values, self._secrets)) for name, value in options.headers.items()}
        if options.form and isinstance(body, dict):
            content, kind = urlencode(body).encode(), "application/x-www-form-urlencoded"
        else:
            content, kind = json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8"
        answer = await self._send(options.method, options.url, content, {"Content-Type": kind, **headers})
        return self._read(answer, message) if isinstance(answer, Answered) else answer

    async def query(self, _: Question) -> Finding:
        """Not known how."""
        return Unknown("the provider cannot be asked")

    def heard(self, call: Call) -> Heard:
        """Read receipts and replies."""
        if "signature" in self._secrets:
            require_signature(call, self._secrets["signature"])
        elif "token" in self._secrets:
            require_token(call, self._secrets["token"])
        else:
            raise Unauthenticated("this gateway has no secret to know a caller by")
        said, options = lines(call), self._options
        receipts, replies = options.receipts, options.replies
        return Heard(
            [status for line in said if receipts and (status := _status(line, receipts))],
            [_reply(line, replies) for line in said if replies and replies.text in line],
            options.answer,
        )

    def _read(self, answer: Answered, message: Message) -> Outcome:
        options = self._options
        code, id_ = answer.text(options.code), answer.text(options.id)
        if code in options.accepted:
            billed = answer.text(options.segments) if options.segments else None
            count = int(billed) if billed and billed.isdigit() and int(billed) else segments(message.text)
            return Accepted(id_, count) if id_ else Unknown("accepted without an id")
        if code in options.refused:
            return Refused(code, options.refused[code])
        return Unknown(f"HTTP {answer.status}, code {code}"[:100])


def _fill(value: JsonValue, values: Mapping[str, str], secrets: Mapping[str, str]) -> JsonValue:
    """Fill the blanks, each once: what a message says is never read as a blank again."""
    if isinstance(value, str):
        return _BLANK.sub(lambda blank: (secrets if blank[1] else values)[blank[2]], value)
    if isinstance(value, list):
        return [_fill(item, values, secrets) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, values, secrets) for name, item in value.items()}
    return value


def _problems(options: HttpOptions, secrets: Mapping[str, str]) -> list[str]:
    text = json.dumps([options.body, options.headers])
    found = [
        f"{blank[0]} is not known; there are {{{'}, {'.join([*_FILLED, *(f'secret.{name}' for name in secrets)])}}}"
        for blank in _BLANK.finditer(text)
        if blank[2] not in (secrets if blank[1] else _FILLED)
    ]
    if "{phone}" not in text or "{text}" not in text:
        found.append("the body must have {phone} and {text} in it")
    if not options.url.startswith("https://") and not re.match(
        r"http://(127\.|localhost|10\.|192\.168\.)", options.url
    ):
        found.append("the url must be https://, but for private networks")
    return found


def _status(line: Mapping[str, object], fields: ReceiptFields) -> Status | None:
    status = word(line, fields.status)
    if not status or status in fields.pending:
        return None
    result = Delivered() if status in fields.delivered else Failed(status[:100])
    said = (word(line, name) if name else "" for name in (fields.reference, fields.id, fields.phone))
    reference, id_, phone = (value or None for value in said)
    return Status(result, reference, id_, phone)


def _reply(line: Mapping[str, object], fields: ReplyFields) -> Reply:
    id_ = word(line, fields.id) if fields.id else ""
    return Reply(word(line, fields.phone), word(line, fields.text), id_ or None)


make = HttpGateway
"""Makes one."""
