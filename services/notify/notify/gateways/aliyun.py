"""Aliyun SMS (阿里云短信服务, dysmsapi 2017-05-25), signed with ACS3-HMAC-SHA256.

Aliyun does not recognise a request that comes twice and says so; after a timeout we ask (QuerySendDetails), by number,
day and our reference, and never send again. What it pushes is not signed: the URL it is told carries a token.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from pydantic import Field

from common.aggregate import utc_now
from common.calendar import SHANGHAI
from notify.domain import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown, segments
from notify.gateways.making import Making, Options
from notify.gateways.web import Answered, OverHttp, lines, require_token, word
from notify.handlers.gateway import Call, Capabilities, Heard, Message, Question, Reply, Status

VERSION = "2017-05-25"
_NEVER = frozenset(("isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.PARAM_LENGTH_LIMIT"))
_UNSURE = ("isp.SYSTEM_ERROR", "ServiceUnavailable", "InternalError", "SystemError", "UnknownError")
_DELIVERED, _FAILED = "3", "2"


class AliyunOptions(Options):
    """An account with Aliyun."""

    signature: str = Field(description="短信签名, as approved")
    url: str = Field(default="https://dysmsapi.aliyuncs.com", pattern=r"^https?://[^/]+$")
    at_once: int = Field(default=64, ge=1, le=1000)


def sign(
    key: tuple[str, str], action: str, version: str, query: Mapping[str, str], host: str, date: str, nonce: str
) -> dict[str, str]:
    """Make the headers of a POST without a body. `key` is the access key's id and secret."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    signed = ";".join(headers)
    canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n{_query(query)}\n{canonical}\n{signed}\n{headers['x-acs-content-sha256']}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(key[1].encode(), to_sign.encode(), hashlib.sha256).hex()
    authorization = f"ACS3-HMAC-SHA256 Credential={key[0]},SignedHeaders={signed},Signature={signature}"
    return headers | {"Authorization": authorization}


def _query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))


class Aliyun(OverHttp):
    """One account; its secrets are `key_id`, `key_secret`, and `token` for what is pushed to us."""

    def __init__(self, making: Making, now: Callable[[], datetime] = utc_now) -> None:
        self._options = making.options(AliyunOptions)
        super().__init__(self._options.at_once)
        self._key = (making.secret("key_id"), making.secret("key_secret"))
        self._token = making.optional_secret("token")
        self._templates = making.templates
        self._now = now
        pushed = self._token is not None
        self.capabilities = Capabilities(pushed, pushed, query=True, at_once=self._options.at_once)

    async def submit(self, message: Message) -> Outcome:
        """SendSms, with our reference as OutId."""
        template = self._templates.get(message.template)
        if template is None:
            return Refused("no approved template", Again.ELSEWHERE)
        values = {field: message.values.get(field, "") for field in template.fields}
        query = {
            "PhoneNumbers": message.phone,
            "SignName": self._options.signature,
            "TemplateCode": template.code,
            "TemplateParam": json.dumps(values, ensure_ascii=False),
            "OutId": message.reference,
        }
        answer = await self._ask("SendSms", query)
        if not isinstance(answer, Answered):
            return answer
        code, id_ = answer.text("Code"), answer.text("BizId")
        if code == "OK":
            return Accepted(id_, segments(message.text)) if id_ else Unknown("accepted without an id")
        if code is None or code.startswith(_UNSURE):
            return Unknown(code or f"HTTP {answer.status}")
        return Refused(code, Again.NEVER if code in _NEVER else Again.ELSEWHERE)

    async def query(self, question: Question) -> Finding:
        """QuerySendDetails of that day and number: what bears our reference is it."""
        query = {
            "PhoneNumber": question.phone,
            "SendDate": question.sent_at.astimezone(SHANGHAI).strftime("%Y%m%d"),
            "PageSize": "50",
            "CurrentPage": "1",
        }
        answer = await self._ask("QuerySendDetails", query)
        if not isinstance(answer, Answered):
            return Unknown("no answer")
        for number in range(50):
            at = f"SmsSendDetailDTOs.SmsSendDetailDTO.{number}"
            if answer.text(f"{at}.OutId") == question.reference:
                status, code = answer.text(f"{at}.SendStatus"), answer.text(f"{at}.ErrCode")
                if status == _DELIVERED:
                    return Delivered()
                return Failed(code or "failed") if status == _FAILED else Unknown("not final")
        return Unknown("not there")

    def heard(self, call: Call) -> Heard:
        """Read SmsReport and SmsUp."""
        require_token(call, self._token)
        said = lines(call)
        return Heard(
            [_status(line) for line in said if "success" in line],
            [
                Reply(word(line, "phone_number"), word(line, "content"), word(line, "sequence_id") or None)
                for line in said
                if "content" in line
            ],
            {"code": 0, "msg": "OK"},
        )

    async def _ask(self, action: str, query: Mapping[str, str]) -> Answered | Refused | Unknown:
        host = urlsplit(self._options.url).netloc
        date = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = sign(self._key, action, VERSION, query, host, date, secrets.token_hex(16))
        return await self._send("POST", f"{self._options.url}/?{_query(query)}", b"", headers)


def _status(line: Mapping[str, object]) -> Status:
    good = word(line, "success") == "true"
    result = Delivered() if good else Failed(word(line, "err_code") or "failed")
    return Status(result, word(line, "out_id") or None, word(line, "biz_id") or None, word(line, "phone_number"))


make = Aliyun
"""Makes one."""
