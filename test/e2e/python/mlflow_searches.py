"""Loads the same runs into two servers, searches both with the same texts and prints what each found, as JSON.

Arguments: the address of MLflow's server and of ours. Runs are told by number, as ids differ; every start time is unique, so is the order."""

import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor

import requests
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelStatus, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

COUNT = 60
NAMES = ["plain", "With Space", "UPPER", "ünïcode-日本", "100%", "under_score", "it's", 'quo"te', "back\\slash", "a.b.c"]


def load(url):
    client = MlflowClient(url)
    main = client.create_experiment("searched", tags={"team": "red"})
    other = client.create_experiment("Other", tags={"team": "Blue", "odd key": "ü"})
    client.create_experiment("other-2")
    client.delete_experiment(client.create_experiment("gone"))
    ids = []
    for i in range(COUNT):
        tags = {"n": str(i)}
        if i % 3 == 0:
            tags["even"] = f"yes {i % 4}%"
        if i % 7 == 1:
            tags["mlflow.parentRunId"] = ids[0]
        if i % 4 == 2:
            tags["odd key"] = ["Ä", "ä", "x_y", "x%y"][i % 16 // 4]
        if i % 8 == 5:
            tags["dotted.key.x"] = NAMES[i % 10]
        run = client.create_run(other if i % 20 == 19 else main, start_time=1000 + i * 7 % COUNT, tags=tags, run_name=f"{NAMES[i % 10]}{'' if i < 30 else i}")
        ids.append(run.info.run_id)
        metrics, params = [], []
        if i % 5 != 0:
            value = [0.25, 0.5, math.nan, -1.5, math.inf, 0.0, 1e-9, -math.inf][i % 8]
            metrics.append(Metric("rmse", value, 1, 0))
        if i % 4 == 0:
            metrics += [Metric("long name/x", float(i), 1, step) for step in (0, 2, 1)]
            metrics.append(Metric("long name/x", float(-i), 2, 2))
        if i % 6 != 0:
            params.append(Param("lr", ["0.1", "0.01", "Big", "big", "1e-3", "ß"][i % 6]))
        if i % 9 == 0:
            params += [Param("odd-key.x", NAMES[i % 10]), Param("long", "x" * 200 + str(i))]
        client.log_batch(ids[i], metrics=metrics, params=params)
        if i % 10 == 3:
            dataset = Dataset(name=["Iris", "iris", "Wine Ü"][i % 3], digest=f"d{i % 2}", source_type="local", source="x.csv")
            client.log_inputs(ids[i], [DatasetInput(dataset, [InputTag("mlflow.data.context", ["train", "eval"][i % 4 // 2])])])
        if i % 4 != 1:
            client.set_terminated(ids[i], status=["FINISHED", "FAILED", "KILLED"][i % 3], end_time=5000 + i * 11 % COUNT)
    for i in (4, 17):
        client.delete_run(ids[i])
    models = registry(client, ids)
    logged_models(client, main, ids)
    traces(url, main)
    values(url, other)
    return {"client": client, "main": main, "other": other, "ids": ids, "number": {run: i for i, run in enumerate(ids)}, "models": models}


def registry(client, ids):
    for i, name in enumerate(["alpha", "Beta", "alphabet", "gäma", "under_score"]):
        client.create_registered_model(name, tags={"stage": ["dev", "Prod"][i % 2]} if i != 2 else None)
        for v in range(i % 3 + 1):
            client.create_model_version(name, f"s3://models/{name}/{v}", run_id=ids[i] if v != 1 else None, tags={"v": f"v{v}"} if v else None)


def logged_models(client, experiment, ids):
    for i, name in enumerate(["tree", "Forest", "tree-2", "linéar"]):
        params = {"depth": str(i)} if i != 2 else None
        model = client.create_logged_model(experiment, name=name, source_run_id=ids[i], tags={"t": f"x{i % 2}"}, params=params, model_type=["sk", "onnx"][i % 2])
        if i != 3:
            client.finalize_logged_model(model.model_id, LoggedModelStatus.READY if i else LoggedModelStatus.FAILED)
        client.log_batch(ids[i], metrics=[Metric("acc", i / 4, 1, 0, model_id=model.model_id)])


def assess(url, trace, name, kind, value, metadata=None):
    body = {"assessment_name": name, "trace_id": trace, "source": {"source_type": "HUMAN", "source_id": "ann"}, kind: {"value": value}, "metadata": metadata or {}}
    times = {"create_time": "2026-01-01T00:00:00Z", "last_update_time": "2026-01-01T00:00:00Z"}
    answer = requests.post(f"{url}/api/3.0/mlflow/traces/{trace}/assessments", json={"assessment": {**body, **times}})
    assert answer.status_code == 200, answer.text


def traces(url, experiment):
    for i in range(12):
        trace = f"{i + 1:032x}"
        say = lambda key, value: {"key": key, "value": value}
        attributes = [say("model", {"stringValue": ["gpt-4", "GPT-4", "claude"][i % 3]}), say("n", {"intValue": str(i)}), say("note", {"stringValue": NAMES[i % 10]})]
        if i % 2:
            attributes.append(say("mlflow.spanType", {"stringValue": ["LLM", "TOOL"][i // 2 % 2]}))
        if i % 4 == 0:
            attributes.append(say("session.id", {"stringValue": f"s{i % 8}"}))
        if i % 5 == 0:
            attributes.append(say("mlflow.traceTag.mlflow.traceName", {"stringValue": NAMES[i % 10]}))
        start = (2_000_000 + i) * 1_000_000
        root = {"traceId": trace, "spanId": f"{1:016x}", "name": f"root {i % 3}", "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + i * 1_000_000), "attributes": attributes, "status": {"code": i % 3}}
        child = {"traceId": trace, "spanId": f"{2:016x}", "parentSpanId": f"{1:016x}", "name": "child", "startTimeUnixNano": str(start), "endTimeUnixNano": str(start), "attributes": [say("deep", {"kvlistValue": {"values": [say("a", {"doubleValue": i / 2})]}})], "status": {"code": 1}}
        spans = [root, child] if i % 2 == 0 else [root]
        body = {"resourceSpans": [{"resource": {"attributes": [say("service.name", {"stringValue": f"shop {i % 2}"})]}, "scopeSpans": [{"spans": spans}]}]}
        answer = requests.post(f"{url}/v1/traces", json=body, headers={"x-mlflow-experiment-id": experiment})
        assert answer.status_code == 200, answer.text
        if i % 3 == 1:
            assess(url, f"tr-{trace}", "score", "feedback", i / 4 + 0.1)
        if i in (2, 4):
            value, metadata = [("yes", None), (True, {"mlflow.trace.session": f"s{i % 8}"})][i // 4]
            assess(url, f"tr-{trace}", "Good one", "feedback", value, metadata)
            assess(url, f"tr-{trace}", "answer", "expectation", ["Bonn", 7][i // 4])
        if i < 6:
            post = requests.post(f"{url}/api/2.0/mlflow/traces/link-prompts", json={"trace_id": f"tr-{trace}", "prompt_versions": [{"name": "greet", "version": str(i % 2)}]})
            assert post.status_code == 200, post.text


TRACE_FILTERS = [
    "", "span.name = 'child'", "span.name != 'child'", "span.name LIKE 'root%'", "span.name ILIKE 'ROOT 1'", "span.name IN ('root 0', 'root 2')",
    "span.name NOT IN ('root 0', 'child')", "span.type = 'LLM'", "span.type != 'LLM'", "span.type IN ('LLM', 'TOOL')", "span.status = 'ERROR'",
    "span.status = 'UNSET'", "span.status != 'OK'", "span.name = 'child' AND span.status = 'ERROR'", "span.name LIKE 'root%' AND span.status = 'OK'",
    "span.attributes.model LIKE '%gpt%'", "span.attributes.model ILIKE '%gpt%'", "span.attributes.n LIKE '%1%'", "span.attributes.note LIKE '%ünï%'",
    "span.attributes.`deep` LIKE '%a%'", "span.attributes.missing LIKE '%a%'", "span.content LIKE '%claude%'", "trace.text LIKE '%claude%'", "text ILIKE '%CLAUDE%'",
    "trace.text LIKE '%日本%'", "trace.text LIKE '%it\"s%'", "trace.text LIKE \"%it's%\"", "trace.text LIKE '%2.5%'", "trace.text = 'a'", "span.content = 'a'",
    "span.foo = 'a'", "span.name < 'a'", "span.attributes. = 'a'", "trace.status = 'OK'", "status = 'ERROR' AND span.attributes.model LIKE '%claude%'",
    "tags.`service.name` = 'shop 1'", "tags.`service.name` = 'shop 1' AND span.name = 'child'", "metadata.`mlflow.trace.session` = 's0'",
    "metadata.`mlflow.trace.session` IS NOT NULL", "metadata.`mlflow.trace.session` IS NULL", "name = 'plain'", "trace.name LIKE '%i%'",
    "execution_time > 5", "timestamp >= 2000005 AND end_time < 2000016", "end_time_ms >= 2000012", "end_time >= 2000012", "timestamp_ms < 2000003",
    "feedback.score > 1", "feedback.score <= 1.1", "feedback.score = '0.35'", "feedback.score != '0.35'", "feedback.score LIKE '%.35%'", "feedback.score IS NULL",
    "feedback.score IS NOT NULL", "feedback.score = 1", "feedback.score > 'a'", "feedback.`Good one` = 'yes'", "feedback.`Good one` = 'true'", "feedback.`Good one` > 0",
    "feedback.`Good one` ILIKE '%YES%'", "feedback.`Good one` IS NOT NULL", "feedback.answer = 'Bonn'", "expectation.answer = 'Bonn'", "expectation.answer != 'Bonn'",
    "expectation.answer > 6", "prompt = 'greet/1'", "prompt = 'greet/7'", "prompt = 'greet'", "prompt LIKE 'greet/1'", "issue.id = 'x'", "issue.name = 'x'",
]
TRACE_ORDERS = [["timestamp DESC"], ["execution_time"], ["execution_time_ms DESC", "timestamp ASC"], ["status", "timestamp DESC"], ["name DESC"], ["request_id"], ["experiment_id"], ["nothing"]]


VALUES = [
    {"stringValue": text} for text in ["", "a", "5", "true", "null", '"quoted"', '{"a": 1}', '{"a": 1.0, "ü": [1e3]}', "[1, 2]", "{broken", "line\nend", "日本 😀", "x" * 3000]
] + [
    {"intValue": "9223372036854775807"}, {"intValue": "-1"}, {"doubleValue": 1.0}, {"doubleValue": 1e-7}, {"doubleValue": 1e22}, {"doubleValue": 123456789.125}, {"boolValue": False},
    {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}, {}, {"doubleValue": 0.5}]}}, {"arrayValue": {"values": []}}, {"kvlistValue": {"values": []}}, {},
    {"kvlistValue": {"values": [{"key": "messages", "value": {"arrayValue": {"values": [{"kvlistValue": {"values": [{"key": "role", "value": {"stringValue": "user"}}, {"key": "content", "value": {"stringValue": "Hi!"}}]}}]}}}]}},
]


def values(url, experiment):
    for i, value in enumerate(VALUES):
        attributes = [{"key": key, "value": value} for key in ("plain", "mlflow.spanInputs", "input.value", "gen_ai.usage.input_tokens", "llm.token_count.completion", "model.x", "mlflow.traceTag.own")]
        events = [{"name": "e", "timeUnixNano": "7", "attributes": [{"key": "v", "value": value}]}]
        span = {"traceId": f"{i + 100:032x}", "spanId": f"{1:016x}", "name": "v", "startTimeUnixNano": "1000000", "endTimeUnixNano": "3000000", "attributes": attributes, "events": events, "status": {"code": 2, "message": "why"}}
        body = {"resourceSpans": [{"resource": {"attributes": [{"key": "of.resource", "value": value}]}, "scopeSpans": [{"spans": [span]}]}]}
        answer = requests.post(f"{url}/v1/traces", json=body, headers={"x-mlflow-experiment-id": experiment})
        assert answer.status_code == 200, f"{value}: {answer.text}"


def whole_trace(server, trace_id):
    trace = server["client"].get_trace(trace_id)
    info = trace.info
    told = [info.request_time, info.execution_duration, info.state.value, info.request_preview, info.response_preview]
    tags = {key: value for key, value in info.tags.items() if key != "mlflow.artifactLocation"}
    return json.dumps([told, tags, info.trace_metadata, [(span.to_dict(), span.span_type, span.inputs, span.outputs) for span in trace.data.spans]], sort_keys=True)


def found_traces(server, text, order):
    page = server["client"].search_traces([server["main"]], filter_string=text, order_by=order, include_spans=False)
    return [int(trace.info.trace_id[3:], 16) for trace in page]


RUN_FILTERS = [
    "", " ", "metrics.rmse < 0.5", "metrics.rmse <= 0.5", "metrics.rmse > -1", "metrics.rmse >= 0.25", "metrics.rmse = 0.5", "metrics.rmse == 0.5",
    "metrics.rmse != 0.5", "metrics.rmse = 0", "metrics.rmse > 1e300", "metrics.rmse < -1e300", "metrics.rmse < .5", "metric.rmse > 0 AND metrics.rmse < 0.3",
    "metrics.`long name/x` > 10", 'metrics."long name/x" < 0', "metrics.missing > 0", "metrics.rmse > 'a'",
    "params.lr = '0.1'", 'params.lr = "0.1"', "params.lr != '0.1'", "params.lr LIKE '0.%'", "params.lr LIKE 'B%'", "params.lr ILIKE 'b%'", "params.lr like 'b__'",
    "parameter.lr = 'ß'", "params.lr IS NULL", "params.lr IS NOT NULL", "params.lr is not null and tags.even is null", "params.lr = 0.1", "params.lr > '0.1'",
    "params.`odd-key.x` = 'plain'", "params.odd-key.x = 'plain'", 'params."odd-key.x" LIKE \'%\'', "params.long = '" + "x" * 200 + "27'", "params.long LIKE 'xxx%7'",
    "params.lr IN ('0.1', 'Big')", "tags.even = 'yes 0%'", "tags.even LIKE 'yes %'", "tags.even LIKE '%!%' ", "tag.even != 'yes 0%'", "tags.`odd key` = 'ä'", "tags.`odd key` = 'Ä'",
    "tags.`odd key` ILIKE 'ä'", "tags.`odd key` LIKE 'x_y'", "tags.`odd key` ILIKE 'X%Y'", "tags.dotted.key.x LIKE '%'", "tags.dotted.key.x IS NULL", "tags.mlflow.parentRunId = '{id0}'",
    "tags.mlflow.runName = 'plain'", "tags.mlflow.parentRunId IS NOT NULL AND metrics.rmse > 0",
    "attributes.run_name = 'plain'", "run_name = 'UPPER'", "attr.run_name LIKE 'U%'", "run_name ILIKE 'u%'", "run_name LIKE '%日本%'", "run_name != 'plain'", 'run_name = "it\'s"', "run_name = 'quo\"te'",
    "run_name = 'it''s'", "run_name LIKE '100%'", "run_name LIKE 'under_score%'", "run_name LIKE '%\\\\%'", "run_name = 'back\\slash'", "`run name` = 'plain'", 'attributes."Run name" = \'plain\'',
    "status = 'FINISHED'", "attributes.status != 'RUNNING'", "status = 'finished'", "status LIKE 'F%'", "status ILIKE 'fin%'", "start_time > 1030", "attributes.start_time <= 1005", "created >= 1050",
    "start_time = 1007", "end_time > 5030", "end_time != 5000", "end_time = 5011", "start_time > 1030.5", "user_id = 'nobody'", "user_id != 'nobody'", "artifact_uri LIKE '%artifacts'",
    "run_id = '{id7}'", "run_id != '{id7}'", "run_id IN ('{id3}', '{id8}')", "run_id NOT IN ('{id3}', '{id8}')", "attributes.run_id IN ('{id3}')", "run_id LIKE '{id7}'", "run_id IN ()",
    "datasets.name = 'Iris'", "dataset.name = 'iris'", "datasets.name LIKE 'I%'", "datasets.name ILIKE 'iris'", "datasets.digest = 'd1'", "datasets.context = 'train'",
    "datasets.name IN ('iris')", "datasets.name IN ('Iris')", "datasets.name != 'iris'", "dataset.digest LIKE 'd%' AND params.lr IS NOT NULL", "datasets.name = 'Wine Ü'",
    "metrics.rmse < 0.5 OR params.lr = 'Big'", "(metrics.rmse < 0.5)", "NOT metrics.rmse < 0.5", "metrics.rmse", "metrics.rmse <", "nothing.rmse = 1", "wrong = 'x'", "metrics.rmse < 1; metrics.rmse > 0",
    "tags.n = 'a' AND", "AND tags.n = 'a'", "tags.n LIKE 5", "start_time = 'x'", "metrics.rmse LIKE 'x'", "tags.n > '5'", "run_name > 'a'", "'a' = tags.n",
    "METRICS.rmse > 0", "tags.N = '5'", "metrics.rmse > 0 and metrics.rmse < 1 and params.lr != 'x' and tags.n != '7' and status = 'FINISHED'",
]
RUN_ORDERS = [
    ["metrics.rmse"], ["metrics.rmse DESC"], ["metrics.rmse asc"], ["params.lr"], ["params.lr DESC"], ["tags.even", "metrics.rmse DESC"], ["tags.`odd key` DESC"], ["run_name"], ["attributes.run_name DESC"],
    ["start_time"], ["start_time DESC"], ["end_time"], ["end_time DESC"], ["status", "start_time"], ["status DESC", "metrics.rmse"], ["metrics.`long name/x` DESC"], ["user_id", "end_time"], ["created"],
    ["metrics.missing"], ["params.`odd-key.x` ASC", "tags.n DESC"], ["metrics.rmse", "metrics.rmse DESC"], ["start_time", "start_time"], ["nothing.x"], ["metrics.rmse SIDEWAYS"], ["start_time DESC ASC"], ["dataset.name"],
]
EXPERIMENTS = [
    ("", None), ("name = 'Other'", None), ("name LIKE 'other%'", None), ("name ILIKE 'OTHER%'", None), ("name != 'Other'", None), ("tags.team = 'red'", None), ("tag.team != 'red'", None),
    ("tags.`odd key` = 'ü'", None), ("tags.team ILIKE 'b%'", ["name"]), ("creation_time > 0", ["name"]), ("", ["name"]), ("", ["name DESC"]), ("", ["experiment_id"]), ("", ["experiment_id DESC"]), ("last_update_time < 5", None),
    ("tags.team IS NULL", ["name"]), ("tags.team IS NOT NULL", ["name"]), ("name = 5", None), ("metrics.x > 1", None), ("name LIKE 'o%' OR name = 'x'", None), ("", ["nothing"]),
]
MODELS = [
    ("", None), ("name = 'alpha'", None), ("name LIKE 'alpha%'", None), ("name ILIKE 'BETA'", None), ("name != 'alpha'", None), ("tags.stage = 'dev'", None), ("tags.stage ILIKE 'p%'", None), ("name LIKE 'under_%'", None),
    ("", ["name DESC"]), ("", ["name"]), ("", ["last_updated_timestamp DESC"]), ("tag.stage != 'dev'", None), ("name = 'a' OR name = 'b'", None), ("version = 1", None), ("", ["creation_timestamp"]),
]
VERSIONS = [
    ("", ["name", "version_number"]), ("name = 'gäma'", None), ("name LIKE 'alpha%'", ["name", "version_number DESC"]), ("name ILIKE 'beta'", ["version_number"]), ("run_id = '{id2}'", ["version_number"]),
    ("run_id IN ('{id0}', '{id1}')", ["name"]), ("source_path = 's3://models/Beta/1'", None), ("source_path LIKE 's3://models/a%'", ["name", "version_number"]), ("version_number > 1", ["name", "version_number"]),
    ("version_number = 1 and name != 'alpha'", ["name"]), ("tags.v = 'v1'", ["name"]), ("tags.v != 'v1'", ["name"]), ("name = 'x' or name = 'y'", None), ("version = 1", ["name"]), ("", ["nothing"]),
]
LOGGED = [
    ("", None), ("name = 'tree'", None), ("name LIKE 'tree%'", None), ("name ILIKE 'FOREST'", None), ("status = 'READY'", None), ("metrics.acc > 0.3", None), ("metrics.acc <= 0.25", None), ("params.depth = '1'", None),
    ("tags.t = 'x1'", None), ("attributes.model_type = 'sk'", None), ("source_run_id = '{id1}'", None), ("params.depth != '1'", None), ("name IN ('tree', 'Forest')", None), ("creation_timestamp > 0", None),
    ("", [{"field_name": "metrics.acc", "ascending": False}]), ("", [{"field_name": "name"}]), ("nothing = 'x'", None), ("name = 'x' OR name = 'y'", None),
]


def outcome(search):
    try:
        return search()
    except MlflowException as error:
        return f"{error.get_http_status_code()} {error.error_code}"


def filled(text, ids):
    for i in range(10):
        text = text.replace(f"{{id{i}}}", ids[i])
    return text


def runs(server, text, order, view=ViewType.ACTIVE_ONLY, size=1000):
    found, token = [], None
    while True:
        page = server["client"].search_runs([server["main"], server["other"]], filled(text, server["ids"]), view, size, order, token)
        found += [server["number"][run.info.run_id] for run in page]
        token = page.token
        if not token:
            return found


def searches(server):
    client, fill = server["client"], lambda text: filled(text, server["ids"])
    for text in RUN_FILTERS:
        yield f"runs: {text}", lambda text=text: runs(server, text, None)
    for order in RUN_ORDERS:
        yield f"runs by {', '.join(order)}", lambda order=order: runs(server, "", order)
    for order in RUN_ORDERS[:18:2]:
        yield f"runs of 8 and more by {', '.join(order)}", lambda order=order: runs(server, "start_time >= 1008", order, size=17)
    yield "runs deleted", lambda: runs(server, "", None, ViewType.DELETED_ONLY)
    yield "runs of all stages", lambda: runs(server, "", None, ViewType.ALL)
    for text in TRACE_FILTERS:
        yield f"traces: {text}", lambda text=text: found_traces(server, text, None)
    for i in range(12):
        yield f"trace {i}", lambda i=i: whole_trace(server, f"tr-{i + 1:032x}")
    for i, value in enumerate(VALUES):
        yield f"value {value}", lambda i=i: whole_trace(server, f"tr-{i + 100:032x}")
    for order in TRACE_ORDERS:
        yield f"traces by {', '.join(order)}", lambda order=order: found_traces(server, "", order)
    for text, order in EXPERIMENTS:
        yield f"experiments: {text} by {order}", lambda text=text, order=order: [e.name for e in client.search_experiments(filter_string=text, order_by=order)]
    for text, order in MODELS:
        yield f"models: {text} by {order}", lambda text=text, order=order: [m.name for m in client.search_registered_models(text, 100, order)]
    for text, order in VERSIONS:
        yield f"versions: {text} by {order}", lambda text=text, order=order: [f"{v.name} {v.version}" for v in client.search_model_versions(fill(text), 100, order)]
    for text, order in LOGGED:
        yield f"logged models: {text} by {order}", lambda text=text, order=order: [
            m.name for m in client.search_logged_models([server["main"]], fill(text), order_by=order)
        ]


with ThreadPoolExecutor(2) as pool:
    theirs, ours = pool.map(load, sys.argv[1:3])
    found = pool.map(lambda server: [(name, outcome(search)) for name, search in searches(server)], [theirs, ours])
    print(json.dumps([{"search": name, "mlflow": a, "ours": b} for (name, a), (_, b) in zip(*found)]))
