//! Assistants: tools are the routes that read, under the caller's permissions, and none decides anything.

use serde_json::{Value, json};

use super::support::Served;

async fn send(served: &Served, caller: &str, message: &Value) -> Value {
    let got = served.post("/mcp", caller, &message.to_string()).await;
    assert_eq!(got.status, 200, "{got:?}");
    got.json()
}

async fn call(served: &Served, caller: &str, tool: &str, arguments: Value) -> Value {
    let parameters = json!({ "name": tool, "arguments": arguments });
    let message = json!({ "jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": parameters });
    send(served, caller, &message).await["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_gives_the_answer_of_its_route() {
    let served = Served::start().await;
    let result =
        call(&served, "alpha/viewer", "get_costs", json!({ "period": "2026-10", "by": "team", "top": 2 })).await;
    let wanted = served.read("/v1/costs?period=2026-10&by=team&top=2").await;
    assert_eq!((&result["isError"], &result["structuredContent"]), (&json!(false), &wanted));
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, wanted);
    let result = call(&served, "alpha/viewer", "get_budget", json!({ "name": "platform" })).await;
    assert_eq!(result["structuredContent"]["name"], "platform");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tool_refuses_is_a_result_that_says_what_to_do() {
    let served = Served::start().await;
    for (tool, arguments, part) in [
        ("get_costs", json!({ "perod": "2026-10" }), "did you mean `period`?"),
        ("get_costs", json!({ "period": "last-mont" }), "did you mean `last-month`?"),
        ("get_incident", json!({}), "the argument `id` is missing"),
        ("get_incident", json!({ "id": "i-nothing" }), "there is no incident `i-nothing`"),
    ] {
        let result = call(&served, "alpha/viewer", tool, arguments).await;
        assert!(result["isError"] == true && result.to_string().contains(part), "{tool}: {result}");
    }
    let unknown = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": "approve_plan" } });
    let answer = send(&served, "alpha/admin", &unknown).await;
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32602)));
    let unknown = json!({ "jsonrpc": "2.0", "id": 8, "method": "resources/list" });
    assert_eq!(send(&served, "alpha/admin", &unknown).await["error"]["code"], -32601);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_only_read_and_are_those_that_the_caller_may_use() {
    let served = Served::start().await;
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let tools = send(&served, "alpha/admin", &list).await["result"]["tools"].clone();
    let tools = tools.as_array().unwrap();
    assert!(tools.len() == 14 && tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true), "{tools:#?}");
    // A caller who sees some charges has the tools whose answers are narrowed to them.
    let caller = "alpha/viewer/cat/team=search";
    let narrowed = send(&served, caller, &list).await["result"]["tools"].clone();
    let names: Vec<&str> = narrowed.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["get_costs", "explain_cost_change", "find_untagged_costs"]);
    let refused = call(&served, caller, "list_incidents", json!({})).await;
    assert!(refused["isError"] == true && !refused.to_string().contains("alpha-compute"), "{refused}");
    let narrowed = call(&served, caller, "get_costs", json!({ "period": "2026-10" })).await;
    assert_eq!(narrowed["structuredContent"]["totals"][0]["amount"], "310");
    assert!(!narrowed.to_string().contains("alpha-compute"), "{narrowed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_both_kinds_are_answered() {
    let served = Served::start().await;
    let greeting =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-06-18" } });
    assert_eq!(send(&served, "alpha/viewer", &greeting).await["result"]["protocolVersion"], "2025-06-18");
    let discover = json!({ "jsonrpc": "2.0", "id": 2, "method": "server/discover" });
    assert_eq!(send(&served, "alpha/viewer", &discover).await["result"]["supportedVersions"][0], "2026-07-28");
    let notification =
        served.post("/mcp", "alpha/viewer", r#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#).await;
    assert_eq!((notification.status, notification.text.as_str()), (202, ""));
    let headers = [("x-caller", "alpha/viewer"), ("content-type", "application/json"), ("mcp-method", "tools/call")];
    let other = served.send("POST", "/mcp", &headers, &discover.to_string()).await;
    assert!(
        other.status == 400 && other.text.contains("the header `mcp-method` is not that of the message"),
        "{other:?}"
    );
    assert_eq!(served.send("POST", "/mcp", &[], "{}").await.status, 401);
}
