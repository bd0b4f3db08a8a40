"""Files near templates that hold no sizes or not all of them: each is refused with the command that gives the rest."""

from __future__ import annotations

from lambdaplan.evidence.kinds import refused

_SHOWN = "what terraform show -json writes"
_SHOW = "Run: terraform plan -out=plan && terraform show -json plan > plan.json"
_SYNTH = "Give cdk.out/STACK.template.json, or what cdk synth prints."
KINDS = (
    refused(
        "terraform_plan_text",
        "a plan as terraform prints it",
        "templates",
        {"resource actions": r"^\s*# \S+ (?:will be|must be) ", "a resource": r"^\s*(?:[+~-]|-/\+)\s+resource \"aws_"},
        _SHOWN,
        _SHOW,
    ),
    refused(
        "terraform_log_json",
        "the messages of terraform -json",
        "templates",
        {
            "@level": r"\"@level\"\s*:",
            "@module": r"\"@module\"\s*:\s*\"t",
            "@message": r"\"@message\"\s*:",
            "type": r"\"type\"",
        },
        _SHOWN,
        _SHOW,
    ),
    refused(
        "pulumi_state",
        "a state of Pulumi",
        "templates",
        {
            "deployment": r"\"deployment\"\s*:",
            "resources": r"\"resources\"\s*:",
            "urn or type": r"\"(?:urn:pulumi|aws:|pulumi:)",
        },
        "templates, plans or states of the other tools",
        "Give what aws lambda list-functions prints.",
    ),
    refused(
        "cdk_assembly",
        "a manifest or tree of the CDK",
        "templates",
        {
            "version": r"\"version\"\s*:\s*\"(?:tree|\d+\.\d+\.\d+)",
            "artifacts, files or tree": r"\"(?:artifacts|dockerImages|tree)\"\s*:\s*\{",
            "an object": r"\A\s*\{",
        },
        "a template of CloudFormation",
        _SYNTH,
    ),
)
