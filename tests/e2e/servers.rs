//! Servers that stand in for AWS, each started for the tests that need it and gone with them.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A server on this machine that ends with the value.
pub(crate) struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A tool that `cargo xtask test` installed, by the variable that names it.
///
/// # Panics
///
/// When the variable is not set. Tests that need a tool are ignored by name, and `cargo xtask test` runs them.
pub(crate) fn tool(variable: &str) -> PathBuf {
    let Some(path) = std::env::var_os(variable) else {
        panic!("{variable} does not name the tool; `cargo xtask test` installs it")
    };
    PathBuf::from(path)
}

/// moto, which behaves as the AWS services that it knows.
pub(crate) fn moto() -> Server {
    let path = tool("TOLLGATE_MOTO_SERVER");
    start(Command::new(path).args(["--host", "127.0.0.1", "--port"]))
}

/// dynalite, another DynamoDB.
pub(crate) fn dynalite() -> Server {
    let path = tool("TOLLGATE_DYNALITE");
    start(Command::new(path).args(["--host", "127.0.0.1", "--createTableMs", "0", "--port"]))
}

/// The Runtime API of Lambda, for functions that are started by themselves.
pub(crate) fn cargo_lambda() -> Server {
    let path = tool("TOLLGATE_CARGO_LAMBDA");
    let mut command = Command::new(path);
    command.args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1", "--invoke-port"]);
    // It looks for the workspace that it is started in.
    command.current_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    start(&mut command)
}

/// Starts a server on a port that was free a moment ago, and waits until it answers.
fn start(command: &mut Command) -> Server {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut process = command
        .arg(port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Read to the end, so that the server never waits for somebody to read.
    let errors = BufReader::new(process.stderr.take().unwrap());
    std::thread::spawn(move || errors.lines().for_each(drop));
    for _ in 0..600 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Server { process, url: format!("http://127.0.0.1:{port}") };
        }
        assert!(process.try_wait().unwrap().is_none(), "{command:?} ended at once");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{command:?} does not answer");
}
