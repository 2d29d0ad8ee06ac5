//! The command line's contract.

#[test]
fn the_command_line_says_what_it_said() {
    trycmd::TestCases::new()
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .env("NO_COLOR", "1")
        .case("tests/cases/*.md")
        .run();
}
