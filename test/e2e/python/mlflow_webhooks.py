"""Webhooks by MLflow's own client, with a receiver that checks signatures by MLflow's own code."""

import json
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.webhooks.delivery import _generate_hmac_signature

SECRET = "a shared secret: ünïcode"
received: "queue.Queue[tuple[str, dict, str]]" = queue.Queue()
failures = {"left": 0}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = 200
        if failures["left"] > 0:
            failures["left"] -= 1
            status = 503
        elif self.path == "/moved":
            status = 302
        received.put((self.path, dict(self.headers), body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"


def take(path="/hook"):
    where, headers, body = received.get(timeout=20)
    assert where == path, where
    expected = _generate_hmac_signature(SECRET, headers["X-MLflow-Delivery-Id"], headers["X-MLflow-Timestamp"], body)
    assert headers["X-MLflow-Signature"] == expected, headers
    assert headers["Content-Type"] == "application/json"
    return headers["X-MLflow-Delivery-Id"], json.loads(body)


def expect_event(entity, action, data):
    _, told = take()
    assert (told["entity"], told["action"]) == (entity, action), told
    assert told["data"] == data, told
    assert told["timestamp"].endswith("+00:00"), told


def refused(work, *words):
    try:
        work()
    except MlflowException as error:
        assert error.error_code == "INVALID_PARAMETER_VALUE", error
        for word in words:
            assert word in str(error), error
        return
    raise AssertionError(f"was not refused: {words}")


client = MlflowClient()
events = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
    "prompt.created",
    "prompt_version.created",
    "prompt_alias.created",
]
hook = client.create_webhook(name="ci", url=f"{address}/hook", events=events, description="for CI", secret=SECRET)
assert (hook.name, hook.description, hook.status) == ("ci", "for CI", WebhookStatus.ACTIVE)
assert sorted(str(e) for e in hook.events) == sorted(events), hook.events
assert hook.secret is None and client.get_webhook(hook.webhook_id).secret is None

client.create_registered_model("wine", tags={"team": "cellar"}, description="red")
expect_event("registered_model", "created", {"name": "wine", "tags": {"team": "cellar"}, "description": "red"})
client.create_model_version("wine", "s3://bucket/model", tags={"a": "b"})
expect_event(
    "model_version",
    "created",
    {"name": "wine", "version": "1", "source": "s3://bucket/model", "run_id": None, "tags": {"a": "b"}, "description": None},
)
client.set_model_version_tag("wine", "1", "k", "vé")
expect_event("model_version_tag", "set", {"name": "wine", "version": "1", "key": "k", "value": "vé"})
client.delete_model_version_tag("wine", "1", "k")
expect_event("model_version_tag", "deleted", {"name": "wine", "version": "1", "key": "k"})
client.set_registered_model_alias("wine", "best", "1")
expect_event("model_version_alias", "created", {"name": "wine", "alias": "best", "version": "1"})
client.delete_registered_model_alias("wine", "best")
expect_event("model_version_alias", "deleted", {"name": "wine", "alias": "best"})

mlflow.genai.register_prompt(name="greet", template="Hello {{name}}!", tags={"tone": "warm"})
_, told = take()
assert (told["entity"], told["action"], told["data"]["name"]) == ("prompt", "created", "greet"), told
_, told = take()
assert (told["entity"], told["data"]["template"], told["data"]["tags"].get("tone")) == ("prompt_version", "Hello {{name}}!", "warm"), told
mlflow.genai.set_prompt_alias("greet", alias="live", version=1)
while (told := take()[1])["entity"] != "prompt_alias":
    pass
assert told["data"] == {"name": "greet", "alias": "live", "version": "1"}, told

# A receiver that fails for a while gets the same delivery again.
failures["left"] = 2
client.set_model_version_tag("wine", "1", "again", "1")
ids = {take()[0] for _ in range(3)}
assert len(ids) == 1, ids

# A test sends an example.
result = client.test_webhook(hook.webhook_id)
assert (result.success, result.response_status, result.response_body) == (True, 200, "thanks"), result
expect_event(*hook.events[0].__str__().split("."), {"name": "example_model", "tags": {"example_key": "example_value"}, "description": "An example registered model"})
result = client.test_webhook(hook.webhook_id, event="model_version_tag.set")
expect_event("model_version_tag", "set", {"name": "example_model", "version": "1", "key": "example_key", "value": "example_value"})
client.update_webhook(hook.webhook_id, url=f"{address}/moved")
result = client.test_webhook(hook.webhook_id)
assert not result.success and result.response_status == 302 and "redirect" in result.error_message, result
take("/moved")
client.update_webhook(hook.webhook_id, url="http://127.0.0.1:1/nobody")
result = client.test_webhook(hook.webhook_id)
assert not result.success and "ECONNREFUSED" in result.error_message, result

# Changes; disabled webhooks hear nothing.
changed = client.update_webhook(hook.webhook_id, url=f"{address}/hook", events=["model_version_tag.set"], status="DISABLED", description="")
assert changed.status == WebhookStatus.DISABLED and changed.description is None, changed
assert [str(e) for e in changed.events] == ["model_version_tag.set"]
client.set_model_version_tag("wine", "1", "unheard", "1")
client.update_webhook(hook.webhook_id, status="ACTIVE")
client.set_model_version_tag("wine", "1", "heard", "1")
assert take()[1]["data"]["key"] == "heard"

# Paging, names and addresses.
for i in range(4):
    client.create_webhook(name=f"hook-{i}", url="https://does-not-resolve.invalid/x", events=["registered_model.created"], status="DISABLED")
names, token = [], None
while True:
    page = client.list_webhooks(max_results=2, page_token=token)
    names += [w.name for w in page]
    token = page.token
    if not token:
        break
assert names == ["hook-3", "hook-2", "hook-1", "hook-0", "ci"], names
ok = dict(url="https://example.com/x", events=["registered_model.created"])
refused(lambda: client.create_webhook(name="-bad", **ok), "Webhook name '-bad' is invalid")
refused(lambda: client.create_webhook(name="a" * 64, **ok), "less than 63 characters")
refused(lambda: client.create_webhook(name="x", url="ftp://example.com", events=["registered_model.created"]), "Invalid webhook URL scheme: 'ftp'")
refused(lambda: client.list_webhooks(max_results=1001), "max_results must be between 1 and 1000.")
refused(lambda: client.list_webhooks(page_token="garbage"), "page token")
client.delete_webhook(hook.webhook_id)
try:
    client.get_webhook(hook.webhook_id)
    raise AssertionError("still there")
except MlflowException as error:
    assert error.error_code == "RESOURCE_DOES_NOT_EXIST" and f"Webhook with ID {hook.webhook_id} not found." in str(error)
assert received.empty(), received.get()
print("ok", mlflow.__version__)
sys.exit(0)
