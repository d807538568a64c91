"""One login at AWS, found as boto3 finds it, and the services that are asked with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, InvalidRegionError, NoRegionError
from botocore.parsers import ResponseParserError

from envctl import __version__
from envctl.secrets.aws.failures import Refused, broken, no_credentials, refusal
from envctl.secrets.backend import Unusable, unusable
from envctl.secrets.located import located

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.secrets.aws.entry import AwsEntry
    from envctl.secrets.backend import Surroundings

_TITLES = {"secretsmanager": "Secrets Manager", "ssm": "Parameter Store", "sts": "STS"}
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_SPOILT = (ResponseParserError, AttributeError, LookupError, TypeError, ValueError)
"""What botocore raises for answers that AWS would not give, with the answer in it."""
_REGION_HINT = "write secrets: {aws: {region: ...}} in environment.yaml, or set AWS_REGION"


class Service:
    """One service of AWS in one region. Safe to use from several threads."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.region: str = client.meta.region_name
        title = _TITLES[client.meta.service_model.service_name]
        url = urlsplit(client.meta.endpoint_url)
        at_home = (url.hostname or "").endswith(_AMAZON)
        host = url.netloc.rpartition("@")[2]
        self.place = f"{title} in {self.region}" if at_home else f"{title} at {url.scheme}://{host}"

    def ask(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Return an answer. Raises Refused, and Unusable for what is true of all that is asked here."""
        try:
            answer: Mapping[str, Any] = getattr(self._client, operation)(**parameters)
        except ClientError as error:
            raise refusal(error.response, self.place) from None
        except BotoCoreError as error:
            raise broken(error, self.place) from None
        except _SPOILT:
            raise self.strange() from None
        return answer

    def strange(self) -> Unusable:
        """Return the error of answers that AWS would not give."""
        return unusable(
            f"{self.place} does not answer as AWS does",
            "check secrets.aws.endpoint_url (or AWS_ENDPOINT_URL)",
        )


class Connection:
    """Opens services. Not to be used from several threads at once."""

    def __init__(self, entry: AwsEntry, around: Surroundings) -> None:
        """Find credentials, and assume the role if there is one. Raises Unusable."""
        self._entry, self._around = entry, around
        self._verify = self._authority()
        try:
            self._session = boto3.Session(profile_name=entry.profile or None)
        except BotoCoreError as error:
            raise no_credentials(error) from None
        self._region = entry.region or self._session.region_name or around.variables.get("AWS_REGION")
        self._have_credentials()
        if entry.role_arn:
            self._session = self._in_role(entry.role_arn)

    def service(self, name: str) -> Service:
        """Return a service. Raises Unusable when it is not known where it is."""
        around = self._around
        config = Config(
            connect_timeout=around.connect_timeout,
            read_timeout=around.read_timeout,
            retries={"mode": "standard", "total_max_attempts": around.retries + 1},
            max_pool_connections=around.concurrency,
            user_agent_extra=f"envctl/{__version__}",
        )
        endpoint = self._entry.endpoint_url or None
        try:
            client = self._session.client(
                name, region_name=self._region, endpoint_url=endpoint, verify=self._verify, config=config
            )
        except NoRegionError:
            raise unusable("it is not known which region of AWS to ask", _REGION_HINT) from None
        except InvalidRegionError:
            raise unusable("the region of AWS is none that can be", _REGION_HINT) from None
        except (BotoCoreError, ValueError):  # the latter for an endpoint from a variable
            hint = "check AWS_ENDPOINT_URL and ~/.aws/config"
            raise unusable("the configuration of AWS cannot be used", hint) from None
        return Service(client)

    def _authority(self) -> str | None:
        name = self._entry.ca_file
        if not name:
            return None
        path = located(self._around.folder, name)
        if path is None:
            raise unusable(f"{name}: no such file", "see secrets.aws.ca_file in environment.yaml")
        return str(path)

    def _have_credentials(self) -> None:
        """Find the credentials now, once, and not in each thread."""
        try:
            found = self._session.get_credentials()
            if found is not None:
                found.get_frozen_credentials()
        except ClientError as error:
            why = refusal(error.response, "AWS")
            raise (why if isinstance(why, Unusable) else no_credentials(error)) from None
        except Exception as error:  # noqa: BLE001 - programs and files of the user's are asked here
            raise no_credentials(error) from None
        if found is None:
            raise unusable(
                "no credentials for AWS were found",
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile: secrets.aws.profile",
            )

    def _in_role(self, role: str) -> boto3.Session:
        sts = self.service("sts")
        try:
            answer = sts.ask("assume_role", RoleArn=role, RoleSessionName="envctl")
            found = answer["Credentials"]
            return boto3.Session(
                profile_name=self._entry.profile or None,
                aws_access_key_id=found["AccessKeyId"],
                aws_secret_access_key=found["SecretAccessKey"],
                aws_session_token=found["SessionToken"],
                region_name=self._region,
            )
        except Refused as error:
            hint = "allow it sts:AssumeRole on the role, and let the role trust it"
            why = "" if error.is_denied else f": {error.code}"
            raise unusable(f"the login may not assume {role}{why}", hint) from None
        except KeyError:
            raise sts.strange() from None
