"""An independent oracle of work that may wait: messages one by one, in fractions, through a server of varying speed.

It shares no code with the package. An hour's messages come equally spaced in the first 1 / burst of it, the first one as
it begins. They are served in their order. The server does `capacity` messages an
hour in each hour, and works while there is one.
"""

from __future__ import annotations

from fractions import Fraction


def arrivals(messages, burst, weeks):
    """When each message is there. [h]"""
    came = []
    for hour in range(168 * weeks):
        many = messages[hour % 168]
        came += [hour + Fraction(k, many) / burst for k in range(many)]
    return came


def begun_and_done(came, capacity):
    """When work on each message begins, and when it is done, one after another. [h]"""
    begun, done, free = [], [], Fraction(0)
    for at in came:
        start = max(at, free)
        while not capacity[int(start) % 168]:
            start = Fraction(int(start) + 1)
        work, now = Fraction(1), start
        while work > 0:
            speed, ends = capacity[int(now) % 168], int(now) + 1
            if speed * (ends - now) >= work:
                now, work = now + work / speed, Fraction(0)
            else:
                work, now = work - speed * (ends - now), Fraction(ends)
        begun.append(start)
        done.append(now)
        free = now
    return begun, done


def longest_wait(messages, burst, capacity, weeks=3):
    """The longest wait in the last of some weeks. [h]"""
    came = arrivals(messages, burst, weeks)
    begun, _ = begun_and_done(came, capacity)
    last = sum(messages) * (weeks - 1)
    return max((b - a for a, b in zip(came[last:], begun[last:], strict=True)), default=Fraction(0))


def waiting_time(came, begun):
    """The integral of the number that wait, from all moments at which it changes. [messages x h]"""
    events = sorted([(at, 1) for at in came] + [(at, -1) for at in begun], key=lambda event: (event[0], -event[1]))
    area, waiting, before = Fraction(0), 0, Fraction(0)
    for at, change in events:
        area += waiting * (at - before)
        waiting, before = waiting + change, at
        assert waiting >= 0  # none begins that has not come
    assert waiting == 0  # none is lost
    return area
