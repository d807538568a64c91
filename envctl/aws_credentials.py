"""Why AWS's SDK has no credentials, for whoever is on call. Import it late: botocore takes long."""

from __future__ import annotations

from botocore import exceptions


def why_none(error: Exception | None, place: str) -> tuple[str, str]:
    """Return why credentials are not to be had, and what to do; None stands for an SDK that just found none.

    `place` is where a profile can be named, such as `secrets.aws`.
    """
    match error:
        case None:
            keys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            return "no credentials for AWS were found", f"{keys}, or name a profile: {place}.profile"
        case exceptions.ProfileNotFound():
            return "there is no such profile of AWS", f"check {place}.profile, or AWS_PROFILE"
        case exceptions.ConfigParseError():
            return "the configuration of AWS cannot be read", "check ~/.aws/config and ~/.aws/credentials"
        case exceptions.PartialCredentialsError():
            return "half of the credentials for AWS is missing", "set both the key's id and the secret key"
        case exceptions.SSOError() | exceptions.TokenRetrievalError() | exceptions.LoginError():
            return "the login at AWS has expired, or there was none", "log in: aws sso login"
        case _:
            why = f"credentials for AWS cannot be had ({type(error).__name__})"
            return why, "aws sts get-caller-identity, with the same variables, tells more"
