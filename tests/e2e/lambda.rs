//! The functions as Lambda runs them: the real binaries, against the Runtime API of `cargo lambda watch`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::servers::{Server, cargo_lambda};

/// A Lambda service on this machine.
pub(crate) struct Lambda {
    server: Server,
}

/// A function that waits for events, until the value goes.
pub(crate) struct Function {
    name: String,
    process: Child,
    /// Lines that it logged, metrics among them.
    pub(crate) log: Arc<Mutex<Vec<Value>>>,
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Lambda {
    pub(crate) fn start() -> Self {
        Self { server: cargo_lambda() }
    }

    /// Starts a function with an environment.
    pub(crate) fn function(&self, name: &str, environment: &BTreeMap<String, String>) -> Function {
        let mut process = Command::new(function_binary(name))
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", format!("{}/.rt/{name}", self.server.url))
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", format!("{name}-{}", std::process::id()))
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, kept) = (BufReader::new(process.stdout.take().unwrap()), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let parsed = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a JSON line: {line}"));
                kept.lock().unwrap().push(parsed);
            }
        });
        Function { name: name.to_owned(), process, log }
    }

    /// Invokes a function, as `cargo lambda invoke` does, and waits for its answer.
    pub(crate) async fn invoke(&self, function: &Function, event: &Value) -> Result<Value, String> {
        let url = format!("{}/2015-03-31/functions/{}/invocations", self.server.url, function.name);
        let answer = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json")
            .body(event.to_string())
            .timeout(std::time::Duration::from_secs(90))
            .send()
            .await
            .unwrap();
        let failed = answer.headers().contains_key("x-amz-function-error") || !answer.status().is_success();
        let text = answer.text().await.unwrap();
        if failed { Err(text) } else { Ok(serde_json::from_str(&text).unwrap_or(Value::String(text))) }
    }
}

impl Function {
    /// The sum of a metric over all runs so far.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let lines = self.log.lock().unwrap();
        lines.iter().filter(|l| l.get("Function").is_some()).filter_map(|l| l[name].as_u64()).sum()
    }

    /// Run ids of all log lines so far.
    pub(crate) fn runs(&self) -> Vec<String> {
        let lines = self.log.lock().unwrap();
        let of = |line: &Value| line["span"]["run"].as_str().or(line["run"].as_str()).map(str::to_owned);
        lines.iter().filter_map(of).collect()
    }
}

/// A function's binary: `cargo test --workspace` builds it for the function's own tests.
pub(crate) fn function_binary(name: &str) -> PathBuf {
    let target = Path::new(&std::env::current_exe().unwrap()).ancestors().nth(2).unwrap().to_owned();
    let path = target.join(name);
    assert!(path.exists(), "{} is not there; run `cargo test --workspace`", path.display());
    path
}
