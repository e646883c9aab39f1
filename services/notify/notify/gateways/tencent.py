"""Tencent Cloud SMS (腾讯云短信, 2021-01-11), signed with TC3-HMAC-SHA256.

What it pushes is not signed: the URL it is told carries a token.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pydantic import Field

from common.aggregate import utc_now
from notify.domain import Accepted, Again, Delivered, Failed, Finding, Outcome, Refused, Unknown, segments
from notify.gateways.making import Making, Options
from notify.gateways.web import Answered, OverHttp, lines, require_token, word
from notify.handlers.gateway import Call, Capabilities, Heard, Message, Question, Reply, Status

VERSION = "2021-01-11"
TYPE = "application/json; charset=utf-8"
_NEVER = ("InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.ContainSensitiveWord")
_UNSURE = ("InternalError", "FailedOperation.FailResolvePacket", "RequestTimeout")
_LOOK_BACK_S, _PAGE = 60, 100


class TencentOptions(Options):
    """An account with Tencent."""

    app: str = Field(description="SmsSdkAppId")
    signature: str = Field(description="短信签名, as approved")
    region: str = "ap-guangzhou"
    url: str = Field(default="https://sms.tencentcloudapi.com", pattern=r"^https?://[^/]+$")
    at_once: int = Field(default=64, ge=1, le=1000)


def sign(key: tuple[str, str], service: str, host: str, action: str, body: bytes, at: datetime) -> str:
    """Make the Authorization of a POST. `key` is SecretId and SecretKey."""
    names = "content-type;host;x-tc-action"
    headers = f"content-type:{TYPE}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    request = f"POST\n/\n\n{headers}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    day = at.astimezone(UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{hashed}"
    derived = f"TC3{key[1]}".encode()
    for word_ in (day, service, "tc3_request"):
        derived = hmac.digest(derived, word_.encode(), hashlib.sha256)
    signature = hmac.digest(derived, to_sign.encode(), hashlib.sha256).hex()
    return f"TC3-HMAC-SHA256 Credential={key[0]}/{scope}, SignedHeaders={names}, Signature={signature}"


class Tencent(OverHttp):
    """One account; its secrets are `key_id`, `key_secret`, and `token` for what is pushed to us."""

    def __init__(self, making: Making, now: Callable[[], datetime] = utc_now) -> None:
        self._options = making.options(TencentOptions)
        super().__init__(self._options.at_once)
        self._key = (making.secret("key_id"), making.secret("key_secret"))
        self._token = making.optional_secret("token")
        self._templates = making.templates
        self._now = now
        pushed = self._token is not None
        self.capabilities = Capabilities(pushed, pushed, query=True, at_once=self._options.at_once)

    async def submit(self, message: Message) -> Outcome:
        """SendSms to one number; the template's values go in the order in which they stand in the text."""
        template = self._templates.get(message.template)
        if template is None:
            return Refused("no approved template", Again.ELSEWHERE)
        body = {
            "PhoneNumberSet": [f"+86{message.phone}"],
            "SmsSdkAppId": self._options.app,
            "SignName": self._options.signature,
            "TemplateId": template.code,
            "TemplateParamSet": [message.values.get(field, "") for field in template.fields],
            "SessionContext": message.reference,
        }
        answer = await self._ask("SendSms", body)
        if not isinstance(answer, Answered):
            return answer
        code = answer.text("Response.Error.Code") or answer.text("Response.SendStatusSet.0.Code")
        id_, fee = answer.text("Response.SendStatusSet.0.SerialNo"), answer.text("Response.SendStatusSet.0.Fee")
        if code == "Ok":
            billed = int(fee) if fee and fee.isdigit() and int(fee) else segments(message.text)
            return Accepted(id_, billed) if id_ else Unknown("accepted without an id")
        if code is None or code.startswith(_UNSURE):
            return Unknown(code or f"HTTP {answer.status}")
        return Refused(code, Again.NEVER if code.startswith(_NEVER) else Again.ELSEWHERE)

    async def query(self, question: Question) -> Finding:
        """PullSmsSendStatusByPhoneNumber since it was sent: what has its id, or bears our reference, is it."""
        body = {
            "BeginTime": int(question.sent_at.timestamp()) - _LOOK_BACK_S,
            "Offset": 0,
            "Limit": _PAGE,
            "PhoneNumber": f"+86{question.phone}",
            "SmsSdkAppId": self._options.app,
        }
        answer = await self._ask("PullSmsSendStatusByPhoneNumber", body)
        if not isinstance(answer, Answered):
            return Unknown("no answer")
        for number in range(_PAGE):
            at = f"Response.PullSmsSendStatusSet.{number}"
            ours = answer.text(f"{at}.SessionContext") == question.reference
            if ours or answer.text(f"{at}.SerialNo") in question.ids:
                good = answer.text(f"{at}.ReportStatus") == "SUCCESS"
                return Delivered() if good else Failed(answer.text(f"{at}.Description") or "failed")
        return Unknown("not there")

    def heard(self, call: Call) -> Heard:
        """Read what became of messages (a list), or one reply."""
        require_token(call, self._token)
        said = lines(call)
        return Heard(
            [_status(line) for line in said if "report_status" in line],
            [Reply(word(line, "mobile"), word(line, "text")) for line in said if "text" in line],
            {"result": 0, "errmsg": "OK"},
        )

    async def _ask(self, action: str, said: Mapping[str, object]) -> Answered | Refused | Unknown:
        body, at, host = json.dumps(said).encode(), self._now(), urlsplit(self._options.url).netloc
        headers = {
            "Authorization": sign(self._key, "sms", host, action, body, at),
            "Content-Type": TYPE,
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Version": VERSION,
            "X-TC-Timestamp": str(int(at.timestamp())),
            "X-TC-Region": self._options.region,
        }
        return await self._send("POST", f"{self._options.url}/", body, headers)


def _status(line: Mapping[str, object]) -> Status:
    good = word(line, "report_status") == "SUCCESS"
    return Status(
        Delivered() if good else Failed(word(line, "errmsg") or "failed"),
        word(line, "session_context") or None,
        word(line, "sid") or None,
        word(line, "mobile"),
    )


make = Tencent
"""Makes one."""
