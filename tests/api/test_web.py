"""What every service measures of its requests."""

import fakes


def test_a_method_that_somebody_invents_is_no_series_of_its_own() -> None:
    with fakes.client("measured", lambda _: None) as client:
        client.request("INVENTED", "/health/live")
        client.get("/health/live")
        shown = client.get("/metrics").text
    assert 'yishi_request_seconds_count{method="GET",route="/health/live"' in shown
    assert "INVENTED" not in shown
