//! The action's installer: a release is used only when its checksum and its attestation hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

type Files = Arc<BTreeMap<String, Vec<u8>>>;

/// A place of releases.
fn serve(files: BTreeMap<String, Vec<u8>>) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
            let app = Router::new().fallback(file).with_state(Arc::new(files));
            axum::serve(listener, app).await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

async fn file(State(files): State<Files>, uri: Uri) -> Response {
    match files.get(uri.path().rsplit('/').next().unwrap()) {
        Some(bytes) => bytes.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn sh(folder: &Path, script: &str) -> String {
    let out = Command::new("bash").arg("-ec").arg(script).current_dir(folder).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Runs the installer; whether it went well, what it said, and what it put on the path.
fn install(folder: &Path, url: &str, version: &str, attested: bool) -> (bool, String, String) {
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    // GitHub's program, as far as the installer asks it.
    let gh = format!("#!/bin/sh\necho \"$@\" >> {}/asked\nexit {}\n", folder.display(), i32::from(!attested));
    std::fs::write(bin.join("gh"), gh).unwrap();
    sh(folder, "chmod +x bin/gh; rm -rf temp path asked; mkdir temp");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("action/install.sh");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.arg(script).env_clear().env("PATH", path).env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
    command.env("RUNNER_TEMP", folder.join("temp")).env("GITHUB_PATH", folder.join("path"));
    command.env("POLICY_GATE_VERSION", version).env("POLICY_GATE_RELEASES", url);
    let out = command.output().unwrap();
    let on_path = std::fs::read_to_string(folder.join("path")).unwrap_or_default();
    (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned(), on_path)
}

#[test]
fn only_what_was_released_is_installed() {
    let dir = tempfile::tempdir().unwrap();
    let name = "policy-gate-v0.1.0-x86_64-unknown-linux-musl.tar.gz";
    sh(
        dir.path(),
        &format!(
            "printf '#!/bin/sh\\necho it runs\\n' > policy-gate; chmod +x policy-gate; tar -czf {name} policy-gate; sha256sum {name} > {name}.sha256"
        ),
    );
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let released = |archive: Vec<u8>| {
        serve(BTreeMap::from([(name.to_owned(), archive), (format!("{name}.sha256"), read(&format!("{name}.sha256")))]))
    };
    let good = released(read(name));
    let (fine, said, on_path) = install(dir.path(), &good, "v0.1.0", true);
    assert!(fine, "{said}");
    assert_eq!(sh(Path::new(on_path.trim()), "./policy-gate"), "it runs\n");
    let asked = std::fs::read_to_string(dir.path().join("asked")).unwrap();
    assert!(
        asked.starts_with(&format!("attestation verify {name} --repo tollgate-finops/tollgate --signer-workflow")),
        "{asked}"
    );
    // Without its attestation, with another checksum, of a version that is none, or where there is no release.
    for (url, version, attested, why) in [
        (good.clone(), "v0.1.0", false, ""),
        (released(b"another file".to_vec()), "v0.1.0", true, "is not the file that was released"),
        (good.clone(), "v0.1.0; touch owned", true, "is no release"),
        (good, "v0.2.0", true, ""),
    ] {
        let (fine, said, on_path) = install(dir.path(), &url, version, attested);
        assert!(!fine && on_path.is_empty() && said.contains(why), "{version}: {said}");
    }
}

/// Each input of the action reaches the script, and each of the script's variables is an input.
#[test]
fn the_action_says_what_its_script_reads() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (action, script) = (read("action.yml"), read("action/run.sh"));
    let variables: Vec<&str> =
        action.lines().filter_map(|l| l.trim().strip_prefix("POLICY_GATE_")?.split(':').next()).collect();
    for variable in variables.iter().filter(|v| **v != "VERSION") {
        assert!(script.contains(&format!("POLICY_GATE_{variable}")), "{variable}");
    }
    // Nothing of an input is put into a command: expressions stand behind `env` and outputs alone.
    let commands: Vec<&str> = action.lines().filter(|l| l.trim().starts_with("run:")).collect();
    assert!(commands.len() == 2 && commands.iter().all(|l| !l.contains("${{")), "{commands:?}");
    for output in ["verdict", "monthly-change", "sarif", "check-url"] {
        assert!(action.contains(&format!("steps.gate.outputs.{output} }}}}")), "{output}");
    }
}
