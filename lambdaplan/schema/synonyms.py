"""Other words for values of documents, and the value that each is for."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS = {
    "arm64": "arm, graviton, graviton2, graviton3, graviton4, graviton 2, graviton 3, graviton 4, aarch64, armv8",
    "x86_64": "x86, x64, intel, amd, amd64",
    "any": "both, either, cheapest",
    "http_api": "api gateway, apigateway, apigw, api gw, gateway, api",
    "rest_api": "rest, api gateway rest",
    "alb": "load balancer, loadbalancer, lb, elb, nlb, application load balancer",
    "function_url": "url, lambda url",
    "office_hours": "business hours, working hours, work hours, weekdays, office, business, 9to5, 9 5, nine to five",
    "flat": "constant, steady, even, uniform, 24/7, none",
    "spiky": "bursty, peaks",
    "daily": "day, day and night, diurnal",
    "weekend_peak": "weekend, weekends",
    "operations": "people, staff, wage, operation",
    "logs": "logging, cloudwatch",
    "network": "networking, traffic, data transfer, egress, nat",
    "front_door": "load balancer, loadbalancer, api gateway, alb, entry",
    "on_demand": "ondemand, demand, payg",
    "compute_savings_plan_1y_no_upfront": "savings plan, compute savings plan, savings plans, sp, 1y, reserved, ri, "
    "reserved 1y, reserved 1 year, 1 year, ri 1y, savings plan 1y",
    "compute_savings_plan_3y_no_upfront": "3y, 3 years, 3 year",
    "instance_savings_plan_1y_no_upfront": "reserved, instance savings plan, reserved instance, "
    "reserved instances, ri, reserved 1y, reserved 1 year, ri 1y",
    "spot": "fargate spot, ec2 spot, spot instances, spot instance, preemptible",
    "linux": "ubuntu, amazon linux, debian",
    "zip": "archive",
    "image": "container image, docker image",
    "service": "api, http, web, sync, synchronous, request, requests, website",
    "queue": "sqs, worker, messages, messaging, async, asynchronous, consumer, event, events, stream, queues",
    "job": "batch, cron, cronjob, scheduled, schedule, nightly, task, etl, jobs",
    "auto": "automatic, automatically, choose, best, cheapest",
    "hourly": "auto, autoscaling, auto scaling, autoscaled, automatic, dynamic, elastic, on, yes, true",
    "fixed": "none, off, static, no, manual, false, constant, asg off",
    "random": "poisson, exponential, bursty, irregular",
    "regular": "cron, schedule, scheduled, even, constant, periodic, timer",
}


def other_words(known: object) -> Mapping[str, str]:
    """The other words for values among those that are known, in small letters with _ between their parts.

    Parameters:
    known : tuple, list or dict of str - the values; of a dict what stands behind one may say its own `other_names`.
    """
    words: dict[str, str] = {}
    for value in known if isinstance(known, (tuple, list, dict)) else ():
        own = getattr(known[value], "other_names", "") if isinstance(known, dict) else ""
        names = own or _WORDS.get(value, "")
        words |= dict.fromkeys((name.replace(" ", "_") for name in names.split(", ") if name), value)
    return words


NOTHING = ("none", "null", "nil", "n/a", "na", "-", "")
"""What people write where nothing is to be given, in small letters."""
YES_NO = {
    **dict.fromkeys(("yes", "y", "on", "true", "1", "enabled", "ja", "oui", "si"), "true"),
    **dict.fromkeys(("no", "n", "off", "false", "0", "disabled", "none", "nein", "non"), "false"),
}
"""What people write for true and false."""
