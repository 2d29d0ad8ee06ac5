//! The command line's contract: every case in `tests/cases`.

#[test]
fn the_command_line_keeps_its_contract() {
    let binary = crate::support::binary();
    let cases = trycmd::TestCases::new();
    cases
        .register_bin("tollgate", trycmd::schema::Bin::Path(binary))
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .env("NO_COLOR", "1")
        .case("cases/*.md");
    cases.run();
}
