"""References to AWS: what they ask for, how they are pinned, and which are seen to be wrong offline."""

from __future__ import annotations

import pytest

from envctl.model.reference import Reference, parse_template
from envctl.secrets.aws import AWS
from envctl.secrets.aws.naming import Thing, wanted

VERSION = "11111111-2222-3333-4444-555555555555"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ml/prod-AbCdEf"
PARAMETER = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/ml/pg"


def reference(inner: str) -> Reference:
    (one,) = parse_template(f"${{{inner}}}")
    assert isinstance(one, Reference)
    return one


@pytest.mark.parametrize(
    ("inner", "identity", "field", "version"),
    [
        ("aws-secret:ml/prod#pg", "ml/prod", "pg", None),
        ("aws-secret:ml/prod", "ml/prod", None, None),
        ("aws-secret:ml/prod#pg@AWSPREVIOUS", "ml/prod", "pg", "AWSPREVIOUS"),
        (f"aws-secret:ml/prod@{VERSION}", "ml/prod", None, VERSION),
        (f"aws-secret:{ARN}#a b.c@d@", ARN, "a b.c@d", None),
        (f"aws-secret:{ARN}#a#b", ARN, "a#b", None),
        (f"aws-secret:{ARN}@x", ARN, None, "x"),
        ("aws-secret:a@b#c", "a@b", "c", None),
        ("aws-secret:a@b#c@d", "a@b", "c", "d"),
        ("aws-secret:a@b@", "a@b", None, None),
        ("aws-secret:a@b@c", "a@b", None, "c"),
        ("aws-ssm:/ml/pg", "/ml/pg", None, None),
        ("aws-ssm:pg@12", "pg", None, "12"),
        ("aws-ssm:pg@stable", "pg", None, "stable"),
        (f"aws-ssm:{PARAMETER}@3", PARAMETER, None, "3"),
    ],
)
def test_what_is_asked_for(inner: str, identity: str, field: str | None, version: str | None) -> None:
    assert wanted(reference(inner)) == (Thing(identity, version), field)
    assert AWS.check(reference(inner)) is None


@pytest.mark.parametrize(
    "inner",
    [
        "aws-secret:#pg",
        "aws-secret:a#",
        "aws-secret:a#@1",
        "aws-secret:@x",
        "aws-secret:a b",
        "aws-secret:a:b",
        "aws-secret:a@b c",
        "aws-secret:" + "a" * 600,
        f"aws-secret:{PARAMETER}",
        "aws-ssm:/a#b",
        "aws-ssm:/a:3",
        "aws-ssm:/a@",
        "aws-ssm:/a@0",
        "aws-ssm:/a@1x",
        f"aws-ssm:{ARN}",
    ],
)
def test_what_cannot_be(inner: str) -> None:
    assert "write ${aws-" in (AWS.check(reference(inner)) or "")


@pytest.mark.parametrize(
    ("inner", "version", "name"),
    [
        ("aws-secret:a#b", VERSION, f"a#b@{VERSION}"),
        ("aws-secret:a#b@", VERSION, f"a#b@{VERSION}"),
        ("aws-secret:a@b@", VERSION, f"a@b@{VERSION}"),
        ("aws-secret:a@AWSPREVIOUS", VERSION, f"a@{VERSION}"),
        (f"aws-secret:a#b@{VERSION}", "x" * 32, f"a#b@{VERSION}"),
        ("aws-ssm:/a", "3", "/a@3"),
        ("aws-ssm:/a@stable", "3", "/a@3"),
        ("aws-ssm:/a@2", "3", "/a@2"),
    ],
)
def test_pinned(inner: str, version: str, name: str) -> None:
    assert AWS.pinned(reference(inner), version) == name
