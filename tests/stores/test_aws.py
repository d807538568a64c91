"""References to AWS against moto: what they mean, what they cost, and where the login comes from."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.stores.moto import KEY_ID, REGION, SECRET_KEY, refused

if TYPE_CHECKING:
    from tests.server.proxy import Answer, Exchange
    from tests.stores.aws import Aws

pytestmark = pytest.mark.server

ROLE = "arn:aws:iam::123456789012:role/airflow/reader"


def test_whole_secrets_fields_and_parameters(aws: Aws) -> None:
    arn = aws.moto.secret("ml/prod", pg="one", **{"odd @#": "two"})
    aws.moto.secret("plain", 'not "JSON" é☃')
    for kind in ("String", "StringList", "SecureString"):
        aws.moto.parameter(f"/ml/{kind}", f"{kind},b", kind)
    aws.moto.parameter("bare", "three")
    told = aws.look_up(
        "${aws-secret:ml/prod#pg}",
        f"${{aws-secret:{arn}#odd @#@}}",
        "${aws-secret:plain}",
        "x-${aws-secret:ml/prod#pg}-y",
        *(f"${{aws-ssm:/ml/{kind}}}" for kind in ("String", "StringList", "SecureString")),
        "${aws-ssm:bare}",
        f"${{aws-ssm:arn:aws:ssm:{REGION}:123456789012:parameter/ml/String}}",
    )
    assert told.messages == []
    assert told.texts == [
        "one", "two", 'not "JSON" é☃', "x-one-y", "String,b", "StringList,b", "SecureString,b", "three",
        "String,b",
    ]  # fmt: skip


def test_a_name_with_an_at_ends_with_one(aws: Aws) -> None:
    aws.moto.secret("ops@example.com", "one")
    aws.moto.secret("ops", "two")
    assert aws.look_up("${aws-secret:ops@example.com@}").texts == ["one"]
    told = aws.look_up("${aws-secret:ops@example.com}")
    assert "there is no staging label example.com of the secret ops" in told.message
    aws.moto.secret("eve@example.com", pg="three")
    assert aws.look_up("${aws-secret:eve@example.com#pg}").texts == ["three"]
    assert "end it with one: eve@example.com@" in aws.look_up("${aws-secret:eve@example.com}").message


def test_versions_of_secrets_are_shown_named_and_pinned(aws: Aws) -> None:
    arn = aws.moto.secret("a", pg="one")
    first = aws.look_up("${aws-secret:a}").versions[0]
    second = aws.moto.renewed("a", '{"pg": "two"}')
    told = aws.look_up(
        "${aws-secret:a#pg}",
        "${aws-secret:a#pg@AWSPREVIOUS}",
        f"${{aws-secret:a#pg@{first}}}",
        "${aws-secret:a@AWSCURRENT}",
        f"${{aws-secret:a@{first}}}",
    )
    assert told.texts == ["two", "one", "one", '{"pg": "two"}', '{"pg": "one"}']
    assert told.versions == [second, first, first, second, first]
    aws.moto.renewed("a", '{"pg": "three"}')
    names = ("${aws-secret:a#pg}", "${aws-secret:a@AWSPREVIOUS}", f"${{aws-secret:{arn}}}")
    told = aws.look_up(*names, pins={names[0]: second, names[1]: first, names[2]: second})
    assert told.texts == ["two", '{"pg": "one"}', '{"pg": "two"}']
    assert told.versions == [second, first, second]
    assert [one.label for one in told.secrets] == list(names)


def test_versions_of_parameters_are_shown_named_and_pinned(aws: Aws) -> None:
    for text in ("one", "two", "three"):
        aws.moto.parameter("/a", text)
    aws.moto.client("ssm").label_parameter_version(Name="/a", ParameterVersion=2, Labels=["stable"])
    names = ("${aws-ssm:/a}", "${aws-ssm:/a@1}", "${aws-ssm:/a@stable}")
    told = aws.look_up(*names)
    assert told.texts == ["three", "one", "two"]
    assert told.versions == ["3", "1", "2"]
    pins = {names[0]: "2", names[1]: "1", names[2]: "1"}
    assert aws.look_up(*names, pins=pins).texts == ["two", "one", "one"]


def test_sixty_secrets_and_25_parameters_cost_six_requests(aws: Aws) -> None:
    references = []
    for number in range(60):
        aws.moto.secret(f"s{number}", a=f"a{number}", b=f"b{number}")
        references += [f"${{aws-secret:s{number}#{field}}}" for field in ("a", "b")]
    for number in range(25):
        aws.moto.parameter(f"/p{number}", f"p{number}")
        references.append(f"${{aws-ssm:/p{number}}}")
    told = aws.look_up(*references, *references)
    assert told.messages == []
    one = [f"{field}{number}" for number in range(60) for field in "ab"] + [f"p{n}" for n in range(25)]
    assert told.texts == one + one
    assert Counter(aws.gate.actions) == {"BatchGetSecretValue": 3, "GetParameters": 3}


def test_single_reads_go_side_by_side(aws: Aws) -> None:
    """What cannot be read in batches is under way all at once: here nothing is answered before all came."""
    everyone = threading.Barrier(12)

    def together(exchange: Exchange) -> Answer:
        everyone.wait(timeout=20)
        return exchange.forward()

    for number in range(12):
        aws.moto.secret(f"s{number}", f"text{number}")
    aws.gate.faults["GetSecretValue"] = together
    told = aws.look_up(*(f"${{aws-secret:s{number}@AWSCURRENT}}" for number in range(12)))
    assert told.texts == [f"text{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "AccessDeniedException"), (400, "UnknownOperationException"), (501, "InternalFailure")],
)
def test_batches_that_are_denied_or_not_known_are_read_one_by_one(status: int, code: str, aws: Aws) -> None:
    for number in range(25):
        aws.moto.secret(f"s{number}", f"text{number}")
    aws.gate.faults["BatchGetSecretValue"] = refused(status, code)
    told = aws.look_up(*(f"${{aws-secret:s{number}}}" for number in range(25)))
    assert told.texts == [f"text{number}" for number in range(25)]
    assert Counter(aws.gate.actions) == {"BatchGetSecretValue": 2, "GetSecretValue": 25}


def test_denied_parameters_do_not_hide_the_others(aws: Aws) -> None:
    """AWS denies a request as a whole when one of its names is denied."""
    for number in range(5):
        aws.moto.parameter(f"/p{number}", f"text{number}")
    denied = refused(400, "AccessDeniedException", "User: x is not authorized to perform: ssm:GetParameters")

    def one_is_denied(exchange: Exchange) -> Answer:
        return denied(exchange) if b'"/p3"' in exchange.body else exchange.forward()

    aws.gate.faults.update(GetParameters=one_is_denied, GetParameter=one_is_denied)
    told = aws.look_up(*(f"${{aws-ssm:/p{number}}}" for number in range(5)))
    assert told.texts == ["text0", "text1", "text2", None, "text4"]
    assert "${aws-ssm:/p3}" in told.message
    assert "allow it ssm:GetParameters on /p3" in told.message


def test_a_right_to_read_single_parameters_is_enough(aws: Aws) -> None:
    aws.moto.parameter("/a", "one")
    aws.gate.faults["GetParameters"] = refused(400, "AccessDeniedException")
    told = aws.look_up("${aws-ssm:/a}", "${aws-ssm:/none}")
    assert told.texts == ["one", None]
    assert "there is no parameter /none" in told.message


def test_everything_from_the_environment_file(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION", "ENDPOINT_URL"):
        monkeypatch.delenv(f"AWS_{name}")
    profile = f"[ci]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n"
    (aws.folder / "aws-credentials").write_text(profile)
    aws.moto.secret("a", "one")
    where: dict[str, Any] = {"region": REGION, "endpoint_url": aws.gate.url}
    assert aws.look_up("${aws-secret:a}", profile="ci", role_arn=ROLE, **where).texts == ["one"]
    assert aws.gate.actions == ["AssumeRole", "GetSecretValue"]
    assert "no such profile" in aws.look_up("${aws-secret:a}", profile="none", **where).message
    assert "no credentials for AWS were found" in aws.look_up("${aws-secret:a}", **where).message


def test_the_region_may_come_from_either_variable(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.moto.secret("a", "one")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "not known which region" in aws.look_up("${aws-secret:a}").message
    monkeypatch.setenv("AWS_REGION", REGION)
    assert aws.look_up("${aws-secret:a}").texts == ["one"]


def test_two_names_of_one_thing_both_get_it(aws: Aws) -> None:
    arn = aws.moto.secret("ml/prod", "one")
    aws.moto.secret("ml/prod-AbCdEf", "two")
    aws.moto.parameter("/a", "three")
    parameter = f"arn:aws:ssm:{REGION}:123456789012:parameter/a"
    told = aws.look_up(
        "${aws-secret:ml/prod}", f"${{aws-secret:{arn}}}", "${aws-secret:ml/prod-AbCdEf}",
        "${aws-ssm:/a}", f"${{aws-ssm:{parameter}}}", "${aws-ssm:/a@1}",
    )  # fmt: skip
    assert told.texts == ["one", "one", "two", "three", "three", "three"]
