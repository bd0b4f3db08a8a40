"""The browser set-up itself: what it must catch, it catches."""

from __future__ import annotations


def test_a_request_to_another_host_is_refused_and_recorded(page, watch):
    page.set_content("<img src='https://example.org/x.png' onerror='document.title = \"refused\"'>")
    page.wait_for_function("() => document.title === 'refused'")
    assert watch.outside == ["https://example.org/x.png"]
    watch.outside.clear()


def test_a_websocket_to_another_host_is_recorded(page, watch):
    page.evaluate("() => { const s = new WebSocket('wss://example.org/x'); s.onerror = () => document.title = 'over' }")
    page.wait_for_function("() => document.title === 'over'")
    assert watch.outside == ["wss://example.org/x"]
    watch.outside.clear()


def test_a_script_error_is_recorded(page, watch):
    page.set_content("<script>setTimeout(() => document.title = 'over'); throw new Error('broken')</script>")
    page.wait_for_function("() => document.title === 'over'")
    assert len(watch.errors) == 1
    assert "broken" in watch.errors[0]
    watch.errors.clear()
