//! The real binary, without the environment of Lambda.

#[test]
fn a_function_without_its_settings_says_which_one_is_missing() {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_remediate")).env_clear().output().unwrap();
    let output = String::from_utf8_lossy(&out.stdout);
    assert!(!out.status.success() && output.contains("TOLLGATE_TABLE is not set"), "{output}");
}
