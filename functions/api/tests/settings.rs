//! The real binary, without its environment variables.

#[test]
fn a_function_without_its_settings_says_which_one_is_missing() {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_api")).env_clear().output().unwrap();
    let stdout = String::from_utf8_lossy(&out.stdout);
    assert!(!out.status.success() && stdout.contains("TOLLGATE_TABLE is not set"), "{stdout}");
}
