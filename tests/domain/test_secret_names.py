"""Names of environment variables that seem to hold a secret."""

import pytest

from app.domain.launch.secret_names import seems_secret

SECRETS = [
    *("HF_TOKEN", "TOKEN", "ACCESS_TOKEN_2", "huggingFaceToken", "GITHUBTOKEN", "__TOKEN__"),
    *("OPENAI_API_KEY", "KEY", "AWS_SECRET_ACCESS_KEY", "APIKEY", "apiKey", "PRIVATE_KEY"),
    *("PASSWORD", "DB_PASSWORD", "PGPASSWORD", "REDIS_PASSWD", "MYSQL_PWD", "db_pass"),
    *("CLIENT_SECRET", "SECRET", "SECRETS", "SECRET_SAUCE", "APP_CREDENTIALS", "PASSPHRASE"),
]
HARMLESS = [
    *("MAX_TOKENS", "MAX_NEW_TOKENS", "TOKENIZER", "TOKENIZERS_PARALLELISM", "PAD_TOKEN", "X9"),
    *("KEY_PREFIX", "PUBLIC_KEY", "PARTITION_KEY", "CACHE_KEY", "AWS_ACCESS_KEY_ID", "MONKEY"),
    *("PWD", "OLDPWD", "PASSTHROUGH", "SECRET_NAME", "SECRET_ARN", "PASSWORD_FILE", "TOKEN_URL"),
    *("EOS_TOKEN", "STOP_TOKEN", "KEYBOARD", "COMPASS", "MODEL_NAME", "SECRETARY", "BYPASS", "_"),
]
NO_SECRETS = [
    *("", " ", "true", "False", "off", "0", "1", "none", "$HF_TOKEN", "${HF_TOKEN}", "$(HF_TOKEN)"),
    *("{{ secrets.token }}", "<your token>", "/run/secrets/token", "/var/run/key.pem"),
]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secrets_name_is_told(name: str) -> None:
    assert seems_secret(name, "hf_1a2B3c4D5e")


@pytest.mark.parametrize("name", HARMLESS)
def test_other_names_are_not_taken_for_a_secrets(name: str) -> None:
    assert not seems_secret(name, "hf_1a2B3c4D5e")


@pytest.mark.parametrize("value", NO_SECRETS)
def test_some_values_are_no_secrets_by_any_name(value: str) -> None:
    assert not seems_secret("HF_TOKEN", value)


@pytest.mark.parametrize("value", ["10", "x", "pa$$word", "a/b", "/a+b==", "$", "true story"])
def test_any_other_value_may_be_one(value: str) -> None:
    assert seems_secret("HF_TOKEN", value)
