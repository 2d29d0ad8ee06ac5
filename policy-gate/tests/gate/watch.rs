//! `policy-gate watch`: judged again when something changes, and only then.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::copy;

/// Waits for a line that holds a text; a minute is for ever.
fn until(lines: &Receiver<String>, text: &str) {
    let mut seen = Vec::new();
    while let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) {
        if line.contains(text) {
            return;
        }
        seen.push(line);
    }
    panic!("`{text}` was not said: {seen:?}");
}

#[test]
fn a_change_is_judged_again() {
    let dir = copy("ephemeral");
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy-gate"));
    command.args(["watch", ".", "--run", "echo ran >> ran.txt"]).current_dir(dir.path());
    command.env("TOLLGATE_NOW", "2026-11-21T06:00:00Z").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (sender, lines) = channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    until(&lines, "passed");
    let policy = std::fs::read_to_string(dir.path().join("tollgate.hcl")).unwrap();
    std::fs::write(dir.path().join("tollgate.hcl"), policy.replace("[\"team\"]", "[\"owner\"]")).unwrap();
    until(&lines, "required tag `owner` is missing");
    // A file that cannot be read is reported, and watching continues.
    std::fs::write(dir.path().join("tollgate.hcl"), "tag_policy {").unwrap();
    std::thread::sleep(Duration::from_millis(600));
    std::fs::write(dir.path().join("tollgate.hcl"), &policy).unwrap();
    until(&lines, "passed");
    assert!(!dir.path().join("ran.txt").exists());
    let sources = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    std::fs::write(dir.path().join("main.tf"), sources + "# more\n").unwrap();
    until(&lines, "passed");
    assert!(dir.path().join("ran.txt").is_file());
    child.kill().unwrap();
    child.wait().unwrap();
}
