//! docs/reference: compared with the declarations and the help of the program. TOLLGATE_WRITE_DOCS=1 writes it.

use std::path::{Path, PathBuf};

use tollgate_policy_gate::reference;

use crate::support::{gate_in, plans};

fn reference_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name)
}

fn same(name: &str, wanted: &str) {
    let path = reference_file(name);
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert!(there == wanted, "docs/reference/{name} differs from the program; run with TOLLGATE_WRITE_DOCS=1");
}

#[test]
fn the_reference_of_findings_is_the_programs_own() {
    same("findings.md", &reference::findings());
}

#[test]
fn the_reference_of_the_gate_is_the_programs_own() {
    let text = std::fs::read_to_string(reference_file("gate.md")).unwrap();
    let mut help = String::new();
    add_help(&mut help, &mut Vec::new());
    let text = put(&text, "exit codes", &reference::exit_codes());
    let text = put(&text, "expressions", &reference::expressions());
    same("gate.md", &put(&text, "commands", help.trim_end()));
}

/// Adds the help of a command and of every command below it, in clap's own order.
fn add_help(out: &mut String, path: &mut Vec<String>) {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let run = gate_in(&plans(), &arguments);
    assert_eq!(run.code, 0, "{path:?}: {}", run.stderr);
    let lines: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
    let name = [&["policy-gate".to_owned()], path.as_slice()].concat().join(" ");
    *out += &format!("### `{name}`\n\n```text\n{}\n```\n\n", lines.join("\n").trim_end());
    let listed = lines.iter().skip_while(|line| **line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A wrapped description is indented further than a name.
    let is_name = |line: &&&str| line.starts_with("  ") && !line.starts_with("   ");
    for command in listed.filter(is_name).filter_map(|line| line.split_whitespace().next()) {
        if command != "help" {
            path.push(command.to_owned());
            add_help(out, path);
            path.pop();
        }
    }
}

/// The picture of the guide is what the program shows at a terminal.
#[test]
fn the_picture_is_what_a_terminal_shows() {
    let dir = crate::support::copy("dynamic-blocks");
    let policy = "environment \"production\" {\n  plans = [\"**\"]\n}\ntag_policy \"cost-allocation\" {\n  required = [\"team\"]\n  message  = \"Finance splits the bill by these tags.\"\n  propagation = \"ignore\"\n  tag \"environment\" {\n    values = [\"production\", \"staging\"]\n  }\n}\n";
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    let run = gate_in(dir.path(), &["check", "plan.json", "--color", "always"]);
    let prompt = "\u{1b}[2m$\u{1b}[0m policy-gate check plan.json\n";
    let svg = anstyle_svg::Term::new().render_svg(&format!("{prompt}{}", run.stdout));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/policy-gate.svg");
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &svg).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == svg,
        "docs/pictures/policy-gate.svg is old; run with TOLLGATE_WRITE_DOCS=1"
    );
}

/// The comments of the acceptance scenario as pages, which docs/pictures shows.
#[test]
fn the_pages_of_comments_are_what_is_written() {
    let job = crate::github::Job::new("before");
    for (state, name) in [("before", "pull-request-blocked"), ("after", "pull-request-passed")] {
        job.commit(state);
        job.run_for("pull_request", &[]);
        let body = job.github.with(|kept| kept.comments[0]["body"].as_str().unwrap().to_owned());
        let mut html = String::new();
        let options = pulldown_cmark::Options::ENABLE_TABLES;
        pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(&body, options));
        let hidden = html.find("<!-- tollgate:change").unwrap();
        let end = hidden + html[hidden..].find("-->").unwrap() + 3;
        html.replace_range(hidden..end, "");
        // Signs that every font has.
        let html =
            html.replace('❌', "<b style=\"color: #d1242f\">✘</b>").replace('✅', "<b style=\"color: #1a7f37\">✔</b>");
        let page = format!(
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{name}</title>\n<style>\n{STYLE}</style>\n<article><header><b>github-actions</b> <i>bot</i> commented</header><section>\n{}\n</section></article>\n",
            html.trim()
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/pictures/{name}.html"));
        if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == page, "docs/pictures/{name}.html is old; run `cargo xtask docs`");
    }
}

/// How GitHub shows a comment, about.
const STYLE: &str = "\
body { margin: 24px; background: #fff; color: #1f2328; font: 14px/1.5 -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
article { border: 1px solid #d1d9e0; border-radius: 6px; }
header { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 8px 16px; }
header i { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 6px; font-style: normal; font-size: 12px; color: #59636e; }
section { padding: 8px 16px 16px; }
h3 { font-size: 17px; margin: 8px 0; }
table { border-collapse: collapse; margin: 10px 0; display: block; overflow: hidden; }
th, td { border: 1px solid #d1d9e0; padding: 5px 11px; vertical-align: top; }
tr:nth-child(even) td { background: #f6f8fa; }
code { background: #818b981f; border-radius: 6px; padding: 2px 5px; font: 12px/1.4 'DejaVu Sans Mono', monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 12px; }
pre code { background: none; padding: 0; }
a { color: #0969da; }
summary { cursor: pointer; }
";

/// The text with something else between two marks.
fn put(text: &str, mark: &str, inside: &str) -> String {
    let begin = format!("<!-- {mark} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{begin}{}\n<!-- end -->{after}", inside.trim_end())
}

/// Whatever a finding links to is there.
#[test]
fn every_finding_has_its_anchor() {
    // Another test compares the page with this text, or writes it.
    let text = reference::findings();
    for id in tollgate_policy_gate::finding::FindingId::ALL {
        assert!(text.contains(&format!("\n## {id}\n")), "{id}");
        assert!(id.docs().ends_with(&format!("#{id}")));
    }
}
