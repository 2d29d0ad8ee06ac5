//! `tollgate --help`: commands by group. clap has no headings for subcommands, so the template is built from its tree.

use std::fmt::Write as _;

use clap::CommandFactory;

use super::Args;
use crate::exit::Exit;

/// The groups of commands, in the order of the help. A test holds that every visible command is in exactly one.
const GROUPS: [(&str, &[&str]); 9] = [
    (
        "Costs and incidents",
        &[
            "run",
            "costs",
            "incidents",
            "detect",
            "forecast",
            "chart",
            "sql",
            "reconcile",
            "usage",
            "resources",
            "commitments",
        ],
    ),
    ("Budgets", &["budgets"]),
    ("Unit economics", &["units", "metrics", "what-if", "efficiency"]),
    ("Allocation", &["allocation", "statement"]),
    ("Advice and change", &["advise", "plan", "plans", "remediate", "stop-all", "resume", "savings", "audit"]),
    ("Alerts", &["notify", "serve", "mcp", "routes", "deliveries"]),
    ("Access", &["keys"]),
    ("Store", &["ingest", "imports", "export", "store", "status"]),
    ("Tools", &["demo", "init", "config", "series", "completions", "man", "help"]),
];

/// The definition of the command line, with the grouped help.
pub(crate) fn command() -> clap::Command {
    let command = Args::command();
    let list = command_list(&mut command.clone());
    let heading = *command.get_styles().get_header();
    command
        .help_template(format!(
            "{{about-with-newline}}
{{usage-heading}} {{usage}}
{list}
{heading}Global options:{heading:#}
{{options}}{{after-help}}"
        ))
        .after_help(after_help())
}

/// The commands under the headings of their groups, with their short help.
fn command_list(command: &mut clap::Command) -> String {
    command.build();
    let (heading, literal) = (*command.get_styles().get_header(), *command.get_styles().get_literal());
    let width = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (group, names) in GROUPS {
        let _ = writeln!(text, "\n{heading}{group}:{heading:#}");
        for name in names {
            let about = command.find_subcommand(name).and_then(|c| c.get_about()).map(ToString::to_string);
            let _ = writeln!(text, "  {literal}{name:width$}{literal:#}  {}", about.unwrap_or_default());
        }
    }
    text
}

fn after_help() -> String {
    let codes: String = Exit::ALL.iter().map(|exit| format!("  {}  {}\n", *exit as u8, exit.meaning())).collect();
    format!("Exit codes:\n{codes}\nStart with `tollgate demo`, or with `tollgate init` and `tollgate ingest FILE…`.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::reference::{COLUMNS, built, walk};

    #[test]
    fn every_visible_command_is_in_exactly_one_group() {
        let command = built();
        let mut visible: Vec<&str> =
            command.get_subcommands().filter(|c| !c.is_hide_set()).map(clap::Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        visible.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(visible, grouped);
    }

    #[test]
    fn every_command_has_an_example_that_parses() {
        walk(&built(), "tollgate", &mut |name, sub| {
            if name == "tollgate" || (sub.is_subcommand_required_set() && sub.has_subcommands()) {
                return;
            }
            let help = sub.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            let example = help.strip_prefix("Example:\n  ").and_then(|h| h.lines().next()).unwrap_or_default();
            let line = example.split(" > ").next().unwrap_or_default();
            let words = words(line);
            let from = words.iter().position(|w| w == "tollgate").unwrap_or_else(|| panic!("{name} has no example"));
            let parsed = command().try_get_matches_from(&words[from..]);
            let parsed = parsed.unwrap_or_else(|error| panic!("{name}: {example}: {error}"));
            let mut at = &parsed;
            let mut reached = String::from("tollgate");
            while let Some((next, matches)) = at.subcommand() {
                reached = format!("{reached} {next}");
                at = matches;
            }
            assert_eq!(reached, name, "{example}");
        });
    }

    /// The words of a shell line with double quotes.
    fn words(line: &str) -> Vec<String> {
        let quoted = line.split('"').enumerate();
        quoted
            .flat_map(|(i, part)| match i % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    #[test]
    fn the_old_names_still_work() {
        let parsed = command().try_get_matches_from(["tollgate", "go-on"]).unwrap();
        assert_eq!(parsed.subcommand_name(), Some("resume"));
        command().try_get_matches_from(["tollgate", "remediate", "--looks", "3"]).unwrap();
    }

    #[test]
    fn help_lines_are_imperative_and_fit_the_width() {
        // The verbs that commands begin with. A new verb is added here if it is an imperative.
        const VERBS: &str = "Acknowledge Approve Assign Build Check Close Compare Decline Detect Dismiss Divide Draw Execute Explain Export \
                             Find Forecast Generate Import List Mark Mute Print Propose Query Resume Send Show Stop Verify \
                             Answer Create Replace Revoke Roll Watch Write";
        let mut wrong = Vec::new();
        walk(&built(), "tollgate", &mut |name, command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let first = about.split([' ', ':', ';']).next().unwrap_or_default();
            if !VERBS.split_whitespace().any(|verb| verb == first) {
                wrong.push(format!("{name} does not start with a verb: {about}"));
            }
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                if !help.starts_with(char::is_uppercase) || help.ends_with('.') {
                    wrong.push(format!("{name} {}: {help}", arg.get_id()));
                }
            }
            // An example is not wrapped: it is copied as one line.
            let help = command.clone().term_width(COLUMNS).render_long_help().to_string();
            let wide = help.lines().filter(|l| l.chars().count() > COLUMNS && !l.contains("  tollgate "));
            wrong.extend(wide.map(|line| format!("{name} is too wide: {line}")));
        });
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
