"""Small charts of the last hour as SVG, each with its contents in words. Pure."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

_HOUR = 3600
_MINUTE = 60
_MINUTES = 60
_BAR = 3  # width of a minute; the next begins a unit later
_HEIGHT = 24


def _svg(width: int, height: int, words: str, shapes: str) -> Markup:
    return Markup(  # noqa: S704  the shapes are numbers
        f'<svg class="chart" role="img" aria-label="{escape(words)}" '
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="none">{shapes}</svg>'
    )


def progress_words(points: Sequence[tuple[float, float]], now: float) -> str:
    """What the chart of the progress shows: `Progress over the last hour: from 12% to 40%`."""
    first_at, first = points[0]
    minutes = round((now - first_at) / _MINUTE)
    past = "the last hour" if minutes >= _MINUTES else f"the last {max(1, minutes)} min"
    first_share, last_share = int(first * 100), int(points[-1][1] * 100)
    if first_share == last_share:
        return f"Progress over {past}: {last_share}%, without a change"
    return f"Progress over {past}: from {first_share}% to {last_share}%"


def progress_chart(points: Sequence[tuple[float, float]], now: float) -> Markup:
    """A line from (Unix seconds, progress) to the next, the last one until `now`."""
    if not points:
        return Markup()
    width, height = 360, 60
    scaled = [(width - (now - at) / _HOUR * width, height - share * height) for at, share in points]
    line = f"M{scaled[0][0]:.1f} {scaled[0][1]:.1f}"
    line += "".join(f"H{x:.1f}V{y:.1f}" for x, y in scaled[1:]) + f"H{width}"
    area = f"{line}V{height}H{scaled[0][0]:.1f}Z"
    return _svg(
        width,
        height,
        progress_words(points, now),
        f'<path class="area" d="{area}"/><path class="line" d="{line}"/>',
    )


def requests_words(minutes: Mapping[int, tuple[int, int]]) -> str:
    """What the chart of requests shows: `1,200, at most 40 a minute, 3 failed`."""
    total = sum(requests for requests, _ in minutes.values())
    failed = sum(failures for _, failures in minutes.values())
    if not total:
        return "none"
    most = max(requests for requests, _ in minutes.values())
    return f"{total:,}, at most {most:,} a minute, {failed:,} failed"


def requests_chart(minutes: Mapping[int, tuple[int, int]], now: float) -> Markup:
    """A bar for each minute of the last hour, its failed part in red.

    `minutes` are requests and failed ones by the number of the minute since 1970.
    """
    most = max((requests for requests, _ in minutes.values()), default=0)
    if not most:
        return Markup()
    first = int(now // _MINUTE) - _MINUTES + 1
    bars: dict[str, list[str]] = {"bars": [], "bars bad": []}
    for minute, (requests, failed) in minutes.items():
        left = (minute - first) * (_BAR + 1)
        for name, count in (("bars", requests), ("bars bad", failed)):
            if count:
                high = max(1.0, count / most * _HEIGHT)
                bars[name].append(f"M{left} {_HEIGHT}v-{high:.1f}h{_BAR}V{_HEIGHT}z")
    shapes = "".join(
        f'<path class="{name}" d="{"".join(paths)}"/>' for name, paths in bars.items() if paths
    )
    words = f"Requests of the last hour: {requests_words(minutes)}"
    return _svg(_MINUTES * (_BAR + 1), _HEIGHT, words, shapes)
