"""What can be wrong at AWS, in words that name it and say what to do; never in the library's own."""

from __future__ import annotations

import ssl
import sys
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.server.proxy import Answer, Exchange
from tests.stores.bao import free_port
from tests.stores.moto import REGION, SECRET_KEY, Gate, refused

if TYPE_CHECKING:
    from tests.stores.aws import Aws

pytestmark = pytest.mark.server

CANARY = "aws-canary-7f2c"
ACCOUNT = "123456789012"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a-AbCdEf"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"


@pytest.fixture(autouse=True)
def _canary(aws: Aws) -> None:
    aws.canaries.add(CANARY)


def test_what_is_not_there(aws: Aws) -> None:
    aws.moto.secret("ml/prod", pg_password=CANARY, n=5, none=None)
    aws.moto.parameter("/ml/pg", CANARY)
    newest = aws.look_up("${aws-secret:ml/prod}").versions[0]
    version = "0" * 36
    told = aws.look_up(
        "${aws-secret:ml/none#pg}",
        "${aws-secret:ml/prod#pg_pasword}",
        "${aws-secret:ml/prod#n}",
        "${aws-secret:ml/prod#none}",
        f"${{aws-secret:ml/prod@{version}}}",
        "${aws-secret:ml/prod@AWSPREVIOUS}",
        "${aws-ssm:/ml/none}",
        "${aws-ssm:/ml/pg@7}",
        "${aws-ssm:/ml/none@7}",
    )
    expected = [
        "there is no secret ml/none in Secrets Manager at http://",
        "there is no field 'pg_pasword' in ml/prod (did you mean 'pg_password'?)",
        "the field 'n' of ml/prod is no text",
        "the field 'none' of ml/prod is no text",
        f"there is no version {version} of the secret ml/prod",
        "there is no staging label AWSPREVIOUS of the secret ml/prod",
        "there is no parameter /ml/none in Parameter Store at http://",
        "there is no version 7 of the parameter /ml/pg",
        "there is no parameter /ml/none in Parameter Store at http://",
    ]
    assert len(told.messages) == len(expected)
    for message, said in zip(told.messages, expected, strict=True):
        assert said in message
        assert "${aws-" in message
    assert f"the newest version is {newest}" in told.messages[4]
    assert "the newest is 1;" in told.messages[7]


@pytest.mark.parametrize("text", [CANARY, f'["{CANARY}"]', f'{{"a": "{CANARY}"', "[" * 100_000, "1" * 5000])
def test_a_text_that_is_no_json_object_has_no_fields(text: str, aws: Aws) -> None:
    aws.moto.secret("a", text)
    assert "a holds no JSON object" in aws.look_up("${aws-secret:a#pg}").message


def test_bytes(aws: Aws) -> None:
    aws.moto.client("secretsmanager").create_secret(Name="a", SecretBinary=b"\x00" + CANARY.encode())
    aws.canaries.add(b64encode(b"\x00" + CANARY.encode()).decode())
    for reference in ("${aws-secret:a}", "${aws-secret:a#pg}"):
        assert "a holds bytes, not a text" in aws.look_up(reference).message


def test_a_secret_marked_for_deletion_and_one_without_a_value(aws: Aws) -> None:
    aws.moto.secret("a", CANARY)
    aws.moto.secret("b", "two")
    aws.moto.client("secretsmanager").delete_secret(SecretId="a")
    aws.moto.client("secretsmanager").create_secret(Name="c")
    told = aws.look_up("${aws-secret:a}", "${aws-secret:b}")
    assert told.texts == [None, "two"]
    assert "the secret a in Secrets Manager" in told.message
    assert "is marked for deletion (restore it: " in told.message
    assert "has no value yet" in aws.look_up("${aws-secret:c}").message


@pytest.mark.parametrize(
    ("code", "said", "message"),
    [
        (
            "AccessDeniedException",
            f"is not authorized to perform: secretsmanager:GetSecretValue on resource: {ARN} as {CANARY}",
            f"secretsmanager:GetSecretValue on {ARN},",
        ),
        ("AccessDeniedException", CANARY, "allow it secretsmanager:GetSecretValue on a,"),
        ("AccessDeniedException", "Access to KMS is not allowed", "allow it kms:Decrypt on the key that"),
        ("DecryptionFailure", CANARY, "cannot decrypt a for this login"),
        (
            "AccessDeniedException",
            f"is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
            f"allow it kms:Decrypt on arn:aws:kms:{REGION}:{ACCOUNT}:key/1,",
        ),
        ("InvalidParameterException", CANARY, "refuses to give a: InvalidParameterException"),
        (f"what <{CANARY}>", "", "refuses to give a: 400"),
    ],
)
def test_refusals_are_of_one_secret(code: str, said: str, message: str, aws: Aws) -> None:
    aws.gate.faults["GetSecretValue"] = refused(400, code, said)
    told = aws.look_up("${aws-secret:a}")
    assert message in told.message
    assert told.texts == [None]


@pytest.mark.parametrize(
    ("code", "said", "message"),
    [
        (
            "AccessDeniedException",
            "The ciphertext refers to a customer master key that",
            "kms:Decrypt on the",
        ),
        ("InvalidKeyId", CANARY, "cannot decrypt /a for this login"),
        ("ValidationException", CANARY, "refuses to give /a: ValidationException"),
    ],
)
def test_refusals_of_parameters(code: str, said: str, message: str, aws: Aws) -> None:
    aws.gate.faults["GetParameters"] = refused(400, code, said)
    assert message in aws.look_up("${aws-ssm:/a}").message


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "ExpiredTokenException", "the login at AWS has expired"),
        (400, "UnrecognizedClientException", "does not know the credentials"),
        (400, "InvalidSignatureException", "does not accept the signature"),
        (400, "ThrottlingException", "gets too many requests"),
        (500, "InternalServiceError", "fails: InternalServiceError"),
    ],
)
def test_what_is_wrong_with_all_is_told_once(status: int, code: str, message: str, aws: Aws) -> None:
    fault = refused(status, code, f"{SECRET_KEY} {CANARY}")
    aws.gate.faults.update(dict.fromkeys(("BatchGetSecretValue", "GetSecretValue"), fault))
    told = aws.look_up("${aws-secret:a}", "${aws-secret:b}", "${aws-secret:c@AWSPREVIOUS}")
    assert message in told.message
    assert "are not known: " in told.message
    assert sorted(aws.gate.actions) == ["BatchGetSecretValue", "GetSecretValue"]


def test_throttling_is_waited_out_within_bounds(aws: Aws) -> None:
    aws.moto.secret("a", "one")
    throttled = refused(400, "ThrottlingException", "Rate exceeded")
    count = [0]

    def twice(exchange: Exchange) -> Answer:
        count[0] += 1
        return throttled(exchange) if count[0] <= 2 else exchange.forward()

    aws.gate.faults["GetSecretValue"] = twice
    aws.settings["retries"] = 2
    assert aws.look_up("${aws-secret:a}").texts == ["one"]
    count[0] = -10
    aws.gate.faults["GetSecretValue"] = throttled
    aws.gate.actions.clear()
    assert "gets too many requests" in aws.look_up("${aws-secret:a}").message
    assert len(aws.gate.actions) == 3


def test_a_slow_server(aws: Aws) -> None:
    ended = threading.Event()

    def slow(_: Exchange) -> None:
        ended.wait(20)

    aws.settings["read_timeout"] = 0.3
    aws.gate.faults["GetSecretValue"] = slow
    started = time.monotonic()
    assert "does not answer in time" in aws.look_up("${aws-secret:a}").message
    assert time.monotonic() - started < 10
    ended.set()


def test_nothing_there_and_nobody_known_by_that_name(aws: Aws) -> None:
    message = aws.look_up("${aws-secret:a}", endpoint_url=f"http://127.0.0.1:{free_port()}").message
    assert "Secrets Manager at http://127.0.0.1:" in message
    assert "cannot be reached (check secrets.aws.region (or AWS_REGION)" in message
    assert "none that can be" in aws.look_up("${aws-ssm:a}", region="eu central").message


def test_an_arn_of_another_region(aws: Aws) -> None:
    message = aws.look_up(f"${{aws-secret:arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:a}}").message
    assert f"its ARN is of us-east-1, and {REGION} was asked" in message


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b"[]", b'{"x": 1}', b"\xff"])
def test_what_is_no_aws_at_all(body: bytes, aws: Aws) -> None:
    def strange(_: Exchange) -> Answer:
        return Answer(200, {"Content-Type": "text/html"}, body)

    names = ("BatchGetSecretValue", "GetSecretValue", "GetParameters", "AssumeRole")
    aws.gate.faults.update(dict.fromkeys(names, strange))
    for reference in ("${aws-secret:a}", "${aws-ssm:a}"):
        assert "does not answer as AWS does" in aws.look_up(reference).message
    assert "${aws-secret:b} are not known" in aws.look_up("${aws-secret:a}", "${aws-secret:b}").message
    assert "STS at http" in aws.look_up("${aws-secret:a}", role_arn=ROLE).message


def test_tls(aws: Aws) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(aws.folder / "environments-ca.pem"))
    aws.moto.secret("a", "one")
    with Gate(aws.moto.url, tls=context) as gate:
        where: dict[str, Any] = {"endpoint_url": gate.url}
        assert "its certificate does not fit" in aws.look_up("${aws-secret:a}", **where).message
        assert aws.look_up("${aws-secret:a}", **where, ca_file="../../environments-ca.pem").texts == ["one"]
        assert "none.pem: no such file" in aws.look_up("${aws-secret:a}", **where, ca_file="none.pem").message
        (aws.folder / "empty.pem").write_text("")
        message = aws.look_up("${aws-secret:a}", **where, ca_file="empty.pem").message
        assert "its certificate does not fit" in message


def test_logins_that_cannot_be(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = f"<E><Error><Code>AccessDenied</Code><Message>{CANARY}</Message></Error></E>"
    aws.gate.faults["AssumeRole"] = lambda _: _xml(403, denied)
    message = aws.look_up("${aws-secret:a}", role_arn=ROLE).message
    assert f"the login may not assume {ROLE} (allow it sts:AssumeRole" in message
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "no credentials for AWS were found" in aws.look_up("${aws-secret:a}").message
    (aws.folder / "aws-config").write_text(f"[default]\ncredential_process = sh -c 'echo {CANARY}; exit 1'\n")
    assert "credentials for AWS cannot be had" in aws.look_up("${aws-secret:a}").message
    (aws.folder / "aws-config").write_text(f"{CANARY} is no configuration\n")
    assert "the configuration of AWS cannot be read" in aws.look_up("${aws-secret:a}").message
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (aws.folder / "aws-config").write_text("")
    assert "half of the credentials" in aws.look_up("${aws-secret:a}").message
    monkeypatch.setenv("AWS_PROFILE", "none")
    assert "there is no such profile" in aws.look_up("${aws-secret:a}").message


def test_without_boto3(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    told = aws.look_up("${aws-secret:a}", "${aws-ssm:/b}")
    assert "are not known: reading from AWS needs boto3" in told.message
    assert "pip install 'envctl[aws]'" in told.message


def _xml(status: int, body: str) -> Answer:
    return Answer(status, {"Content-Type": "text/xml"}, body.encode())
