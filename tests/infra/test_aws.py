"""The SAM template: linted, transformed as AWS would, deployed on moto, held against the table, and its handler run."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args

import boto3
import pytest
from cfnlint.decode import cfn_yaml
from moto import mock_aws
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra.aws.bundle import bundle_for_lambda
from infra.functions import SENDING, STORES, TICK_SECRETS, table
from infra.render import INFRA
from infra.rendering.sam import camel, secrets
from tests.integration.conftest import CACHED
from tickwork.core.settings import Settings

TABLE = table()
TEMPLATE = INFRA / "aws" / "template.yaml"
DASHBOARD = INFRA / "aws" / "dashboard.yaml"
KEY = "an-admin-key-of-the-environment"
LINT = Path(sys.executable).parent / "cfn-lint"
SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}/"
PARAMETERS = {"EmailDomain": "example.org", "EmailFrom": "jobs@example.org"}
# What moto cannot make and passes over.
UNKNOWN_TO_MOTO = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SES::EmailIdentity",
    "AWS::Scheduler::Schedule",
}


def without_locations(value: Any) -> Any:
    """Plain dicts and lists of what cfn-lint read."""
    return json.loads(json.dumps(value))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return without_locations(cfn_yaml.load(str(TEMPLATE)))


@pytest.fixture(scope="module")
def transformed(template: dict[str, Any]) -> dict[str, Any]:
    """What AWS makes of the template; code that `sam build` would upload stands in a bucket."""
    given = json.loads(json.dumps(template))
    for function in functions(given).values():
        function["CodeUri"] = "s3://code/bundle.zip"
    with mock_aws(), pytest.MonkeyPatch.context() as settings:
        settings.setenv("AWS_DEFAULT_REGION", "us-east-1")
        policies = ManagedPolicyLoader(boto3.client("iam", region_name="us-east-1"))
        return transform(given, PARAMETERS, policies)


def referred(value: Any) -> set[str]:
    """Every name that a Ref or a GetAtt points to."""
    if isinstance(value, list):
        return {name for item in value for name in referred(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
    return own | {name for item in value.values() for name in referred(item)}


def test_every_reference_has_its_target(template: dict[str, Any]) -> None:
    # cfn-lint passes over those inside of SAM's own kinds of resources.
    known = {*template["Resources"], *template["Parameters"]}
    assert {name for name in referred(template) if not name.startswith("AWS::")} <= known


def test_cfn_lint_finds_nothing(transformed: dict[str, Any], tmp_path: Path) -> None:
    """In both templates, and in what AWS makes of the one; warnings there are of what SAM wrote."""
    file = tmp_path / "transformed.json"
    quiet = {"cfn-lint": {"config": {"ignore_checks": ["W"]}}}
    file.write_text(json.dumps(transformed | {"Metadata": quiet}))
    done = subprocess.run([LINT, TEMPLATE, DASHBOARD, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of each function."""
    kind = "AWS::Serverless::Function"
    return {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == kind}


def test_each_function_is_there_with_its_limits(template: dict[str, Any]) -> None:
    made = functions(template)
    assert set(made) == set(map(camel, TABLE))
    for name, function in TABLE.items():
        properties = made[camel(name)]
        assert (properties["Timeout"], properties["MemorySize"]) == (function.timeout, function.memory_mib)


def test_public_functions_have_their_routes_and_the_others_no_address(template: dict[str, Any]) -> None:
    for name, properties in functions(template).items():
        function = next(f for f in TABLE.values() if camel(f.name) == name)
        events = [
            (e["Type"], e["Properties"].get("Method"), e["Properties"].get("Path"))
            for e in properties["Events"].values()
        ]
        routes = [("HttpApi", r.method, r.path.replace("<id>", "{id}")) for r in function.routes]
        routes += [("HttpApi", "OPTIONS", "/{proxy+}")] if function.name == "list_jobs" else []
        assert sorted(events) == sorted(routes) if function.public else events == [("SQS", None, None)]
        assert "FunctionUrlConfig" not in properties


def test_no_secret_stands_in_the_configuration(template: dict[str, Any]) -> None:
    for name, properties in functions(template).items():
        function = next(f for f in TABLE.values() if camel(f.name) == name)
        assert not {*function.secrets, *function.optional} & set(properties["Environment"]["Variables"])
        assert set(properties["Environment"]["Variables"]) <= {*function.env, "FUNCTION_TARGET", "SECRETS"}
        assert properties["Environment"]["Variables"].get("TICK_AUTH") == (None if function.public else "platform")


def test_rights_are_the_least(transformed: dict[str, Any]) -> None:
    policies = {
        n: r["Properties"] for n, r in transformed["Resources"].items() if r["Type"] == "AWS::IAM::ManagedPolicy"
    }
    statements = {n: p["PolicyDocument"]["Statement"] for n, p in policies.items()}
    actions = {
        n: sorted(a for s in some for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"]))
        for n, some in statements.items()
    }
    assert actions == {
        "Send": ["ses:SendEmail", "ses:SendRawEmail"],
        "Work": ["s3:GetObject", "s3:PutObject", "sqs:GetQueueAttributes", "sqs:SendMessage"],
    }
    assert not [s for some in statements.values() for s in some if s["Resource"] == "*"]
    for name, function in TABLE.items():
        given = transformed["Resources"][f"{camel(name)}Role"]["Properties"]["ManagedPolicyArns"]
        assert ({"Ref": "Work"} in given) != function.public
        assert ({"Ref": "Send"} in given) == ("EMAIL_FROM" in function.env)


@pytest.mark.parametrize("name", TABLE)
def test_a_function_may_read_the_secrets_of_its_row_and_no_others(name: str, transformed: dict[str, Any]) -> None:
    """By its role's policies, and by what it is told to read. What lets a tick in elsewhere, IAM is here."""
    wanted = {*TABLE[name].secrets, *TABLE[name].optional} - {*TICK_SECRETS}
    role = transformed["Resources"][f"{camel(name)}Role"]["Properties"]
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    read = {place["Fn::Sub"] for place in statement["Resource"]}
    assert read == {f"{SECRET}{secret}{end}" for secret in wanted for end in ("", "-??????")}
    told = transformed["Resources"][camel(name)]["Properties"]["Environment"]["Variables"]
    assert set(told["SECRETS"].split()) == wanted
    assert told["SECRET_PREFIX"] == "tickwork" or told["SECRET_PREFIX"] == {"Ref": "SecretPrefix"}


def test_no_two_settings_are_alike_to_the_patterns() -> None:
    names = {name for function in TABLE.values() for name in (*function.secrets, *function.optional)}
    assert not [(one, other) for one in names for other in names if fnmatch(other, f"{one}-??????")]


def test_a_function_reads_what_it_is_told_and_one_that_is_not_stored_is_not_set(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    boto3.client("secretsmanager").create_secret(Name="tickwork/WEBHOOK_SECRET", SecretString="not-for-you")
    load(bundle_for_lambda("cancel_job", tmp_path), "cancel_job", settings)
    assert os.environ["API_KEY"] == KEY
    assert not {"WEBHOOK_SECRET", "SMTP_URL"} & set(os.environ)
    load(bundle_for_lambda("manage_alerts", tmp_path), "manage_alerts", settings)
    assert os.environ["WEBHOOK_SECRET"] == "not-for-you"
    assert "SMTP_URL" not in os.environ


def test_the_beat_is_every_five_seconds(template: dict[str, Any]) -> None:
    schedules = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Scheduler::Schedule"]
    assert {s["ScheduleExpression"] for s in schedules} == {"rate(1 minute)"}, "AWS knows none shorter"
    entries = [e for s in schedules for e in json.loads(s["Target"]["Input"]["Fn::Sub"])["Entries"]]
    assert sorted(entry["DelaySeconds"] for entry in entries) == list(range(0, 60, 5))
    assert max(len(json.loads(s["Target"]["Input"]["Fn::Sub"])["Entries"]) for s in schedules) <= 10
    assert all(s["Target"]["Arn"]["Fn::Sub"].endswith("aws-sdk:sqs:sendMessageBatch") for s in schedules)


def test_a_queue_hides_a_message_for_six_times_what_its_function_may_take(template: dict[str, Any]) -> None:
    for queue, function in (("Beats", "tick"), ("Batches", "run_jobs")):
        properties = template["Resources"][queue]["Properties"]
        assert properties["VisibilityTimeout"] >= 6 * TABLE[function].timeout


def test_moto_makes_the_stack(transformed: dict[str, Any]) -> None:
    with mock_aws():
        region = {"region_name": "us-east-1"}
        boto3.client("s3", **region).create_bucket(Bucket="code")
        boto3.client("s3", **region).put_object(Bucket="code", Key="bundle.zip", Body=b"")
        cloud = boto3.client("cloudformation", **region)
        known = {n: r for n, r in transformed["Resources"].items() if r["Type"] not in UNKNOWN_TO_MOTO}
        body = json.dumps(transformed | {"Resources": known, "Outputs": {}})
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()]
        cloud.create_stack(StackName="tickwork", TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"])
        (stack,) = cloud.describe_stacks(StackName="tickwork")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        made = boto3.client("lambda", **region).list_functions()["Functions"]
        assert sorted(f["Environment"]["Variables"]["FUNCTION_TARGET"] for f in made) == sorted(TABLE)
        assert len(boto3.client("sqs", **region).list_queues()["QueueUrls"]) == 2
        mappings = boto3.client("lambda", **region).list_event_source_mappings()["EventSourceMappings"]
        assert {mapping["BatchSize"] for mapping in mappings} == {1}


def test_sqs_takes_the_beats_as_the_schedule_sends_them(template: dict[str, Any]) -> None:
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="beats")["QueueUrl"]
        for half in ("FirstHalf", "SecondHalf"):
            text = template["Resources"][half]["Properties"]["Target"]["Input"]["Fn::Sub"]
            answer = sqs.send_message_batch(**json.loads(text.replace("${Beats}", url)))
            assert len(answer["Successful"]) == 6


def test_the_dashboard_has_the_headers_of_its_file() -> None:
    from infra.rendering.headers import policy

    template = without_locations(cfn_yaml.load(str(DASHBOARD)))
    security = template["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == policy()
    bucket = template["Resources"]["Pages"]["Properties"]["PublicAccessBlockConfiguration"]
    assert set(bucket.values()) == {True}


@pytest.fixture
def settings(database: str, valkey: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """This process as Lambda would start it, with its settings in Secrets Manager."""
    for made in CACHED:
        made.cache_clear()
    for name in STORES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    secret = {"DATABASE_URL": database, "REDIS_URL": valkey, "API_KEY": KEY}
    with mock_aws():
        for name, value in secret.items():
            boto3.client("secretsmanager").create_secret(Name=f"tickwork/{name}", SecretString=value)
        monkeypatch.setenv("SECRET_PREFIX", "tickwork")
        yield monkeypatch
    for made in CACHED:
        made.cache_clear()


def load(folder: Path, function: str, settings: pytest.MonkeyPatch) -> Any:
    """The handler of a bundle, as Lambda imports it; what it puts into the environment leaves with the test."""
    settings.setenv("FUNCTION_TARGET", function)
    settings.setenv("FUNCTION_SOURCE", str(folder / "main.py"))
    settings.setenv("TICK_AUTH", "platform")
    settings.setenv("SECRETS", " ".join(secrets(TABLE[function])))
    for name in (*STORES, "API_KEY", *SENDING):
        settings.setenv(name, "")
        settings.delenv(name)
    spec = importlib.util.spec_from_file_location("handler", folder / "handler.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def http_event(method: str, path: str, body: str = "") -> dict[str, Any]:
    """An HTTP API's event in its format 2.0."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "curl"}
    context = {"accountId": "1", "apiId": "a", "domainName": "a.execute-api", "http": http, "stage": "$default"}
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}", "host": "a.execute-api"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }


def test_a_job_goes_in_by_the_http_api_and_runs_by_a_message(tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("STORAGE_URL", f"file:{tmp_path}")
    create = load(bundle_for_lambda("create_job", tmp_path), "create_job", settings)
    job = {"type": "pdf", "payload": {"invoice_id": "1", "customer": "Ada", "total": 1}}
    answer = create(http_event("POST", "/jobs", json.dumps(job)), None)
    assert answer["statusCode"] == 201, answer["body"]
    tick = load(bundle_for_lambda("tick", tmp_path), "tick", settings)
    assert tick({"Records": [{"messageId": "1", "body": "{}"}]}, None) is None
    read = load(bundle_for_lambda("list_jobs", tmp_path), "list_jobs", settings)
    found = read(http_event("GET", f"/jobs/{json.loads(answer['body'])['id']}"), None)
    assert json.loads(found["body"])["status"] == "completed"


def test_a_batch_comes_to_run_jobs_by_a_message(tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("STORAGE_URL", f"file:{tmp_path}")
    create = load(bundle_for_lambda("create_job", tmp_path), "create_job", settings)
    job = {"type": "pdf", "payload": {"invoice_id": "1", "customer": "Ada", "total": 1}}
    id = json.loads(create(http_event("POST", "/jobs", json.dumps(job)), None)["body"])["id"]
    run = load(bundle_for_lambda("run_jobs", tmp_path), "run_jobs", settings)
    run({"Records": [{"messageId": "1", "body": json.dumps({"ids": [id]})}]}, None)
    read = load(bundle_for_lambda("list_jobs", tmp_path), "list_jobs", settings)
    assert json.loads(read(http_event("GET", f"/jobs/{id}"), None)["body"])["status"] == "completed"


def test_dispatch_may_be_what_the_settings_know(template: dict[str, Any]) -> None:
    known = get_args(Settings.model_fields["dispatch"].annotation)
    assert set(template["Parameters"]["Dispatch"]["AllowedValues"]) <= set(known)


def test_a_message_whose_tick_fails_is_given_again(tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    for name, value in {"DATABASE_URL": "host=/nowhere", "REDIS_URL": "redis://127.0.0.1:9"}.items():
        boto3.client("secretsmanager").put_secret_value(SecretId=f"tickwork/{name}", SecretString=value)
    tick = load(bundle_for_lambda("tick", tmp_path), "tick", settings)
    with pytest.raises(RuntimeError, match="503"):
        tick({"Records": [{"messageId": "1", "body": "{}"}]}, None)


def test_what_sam_uploads_has_what_the_handler_imports(tmp_path: Path, template: dict[str, Any]) -> None:
    folder = bundle_for_lambda("tick", tmp_path)
    requirements = (folder / "requirements.txt").read_text()
    assert "apig-wsgi" in requirements
    assert "boto3" in requirements
    module, _, name = template["Globals"]["Function"]["Handler"].partition(".")
    assert f"{name} = " in (folder / f"{module}.py").read_text()
