//! The command line's contract.

#[test]
fn the_command_line_says_what_it_said() {
    trycmd::TestCases::new()
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .env("NO_COLOR", "1")
        .case("tests/cases/*.md")
        .run();
}

#[test]
fn there_are_completions_and_man_pages() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = crate::support::gate_in(dir.path(), &["completions", shell]);
        assert!(run.code == 0 && run.stdout.contains("write-baseline"), "{shell}: {}", run.stderr);
    }
    assert_eq!(crate::support::gate_in(dir.path(), &["man", "man"]).code, 0);
    assert!(std::fs::read_to_string(dir.path().join("man/policy-gate-check.1")).unwrap().contains("budgets"));
}

/// In a C locale and in a pipe, what is printed for people has no character beyond ASCII of its own.
#[test]
fn text_is_ascii_without_color_in_a_pipe() {
    let plans = crate::support::plans();
    for arguments in [&["check", "drift/plan.json"][..], &["cost", "drift/plan.json"], &["findings"], &["templates"]] {
        let run = crate::support::gate_with(&plans, arguments, &[("LC_ALL", "C")], None);
        assert!(run.stdout.is_ascii() && !run.stdout.contains('\u{1b}'), "{arguments:?}: {}", run.stdout);
    }
}

#[test]
fn an_override_of_a_group_that_no_policy_names_is_noted() {
    let run = crate::support::gate_in(&crate::support::plans(), &["check", "drift/plan.json", "--override", "nosuch"]);
    assert!(run.stderr.contains("--override nosuch has no effect"), "{}", run.stderr);
}
