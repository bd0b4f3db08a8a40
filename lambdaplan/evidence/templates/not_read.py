"""Files near templates that hold no sizes or not all of them: each is refused with the command that gives the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source


def _refused(name: str, words: str, marks: Mapping[str, str], wanted: str, fix: str) -> Kind:
    def read(source: Source) -> Evidence:
        raise source.refuse(f"it is {words}", wanted, fix)

    reader: Callable[[Source], Evidence] = read
    return Kind(name, words, "templates", marks, reader)


_SHOWN = "what terraform show -json writes"
_SHOW = "Run: terraform plan -out=plan && terraform show -json plan > plan.json"
_SYNTH = "Give cdk.out/STACK.template.json, or what cdk synth prints."
KINDS = (
    _refused(
        "terraform_plan_text",
        "a plan as terraform prints it",
        {"resource actions": r"^\s*# \S+ (?:will be|must be) ", "a resource": r"^\s*(?:[+~-]|-/\+)\s+resource \"aws_"},
        _SHOWN,
        _SHOW,
    ),
    _refused(
        "terraform_log_json",
        "the messages of terraform -json",
        {
            "@level": r"\"@level\"\s*:",
            "@module": r"\"@module\"\s*:\s*\"t",
            "@message": r"\"@message\"\s*:",
            "type": r"\"type\"",
        },
        _SHOWN,
        _SHOW,
    ),
    _refused(
        "pulumi_state",
        "a state of Pulumi",
        {
            "deployment": r"\"deployment\"\s*:",
            "resources": r"\"resources\"\s*:",
            "urn or type": r"\"(?:urn:pulumi|aws:|pulumi:)",
        },
        "templates, plans or states of the other tools",
        "Give what aws lambda list-functions prints.",
    ),
    _refused(
        "cdk_assembly",
        "a manifest or tree of the CDK",
        {
            "version": r"\"version\"\s*:\s*\"(?:tree|\d+\.\d+\.\d+)",
            "artifacts, files or tree": r"\"(?:artifacts|dockerImages|tree)\"\s*:\s*\{",
            "an object": r"\A\s*\{",
        },
        "a template of CloudFormation",
        _SYNTH,
    ),
)
