"""How full the limited streams are: gauges for the operator's alarm, before publishers are refused."""

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from prometheus_client import Gauge

_bytes = Gauge("yishi_stream_bytes", "Bytes that a limited stream holds", ["stream"])
_limit = Gauge("yishi_stream_limit_bytes", "Bytes that it may hold; publishers are refused beyond", ["stream"])
_full = Gauge("yishi_stream_full_ratio", "The one divided by the other: alarm above 0.8", ["stream"])


async def measure(client: Client, stream: str) -> None:
    """Ask how full a stream is. A stream that is not there, or has no limit, shows nothing."""
    try:
        info = await client.jetstream().stream_info(stream)
    except NotFoundError:
        return
    limit = info.config.max_bytes or 0
    if limit > 0:
        _bytes.labels(stream).set(info.state.bytes)
        _limit.labels(stream).set(limit)
        _full.labels(stream).set(info.state.bytes / limit)
