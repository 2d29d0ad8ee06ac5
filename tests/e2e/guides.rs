//! README and guides are executed: each command block in order, in one folder, with the demo and with fakes of other programs.
//!
//! A comment before a block says what it is: `<!-- not run: REASON -->`, `<!-- file: NAME -->` writes it, `<!-- append: NAME -->` adds
//! it, `<!-- on moto: WITH WHAT -->` runs it in a test of its own, over moto and with the AWS command line. Every other block of commands
//! runs. `# exit code 1` behind a command is the code that it ends with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::support::{binary, gate_binary};
use crate::template::root;

/// The pages, in the order in which a reader follows them.
const PAGES: [&str; 13] = [
    "install.md",
    "first-hour.md",
    "alerts.md",
    "act-on-advice.md",
    "unit-costs.md",
    "policy-gate.md",
    "gate-a-pull-request.md",
    "from-conftest.md",
    "from-infracost.md",
    "from-checkov.md",
    "deploy-on-aws.md",
    "chargeback.md",
    "troubleshooting.md",
];

/// A block of a page.
#[derive(Debug)]
enum Block {
    Run(String),
    Write { name: String, text: String, append: bool },
    OnMoto(String),
    NotRun(String),
}

/// The blocks of a page: commands, files, and what is not run.
fn blocks(text: &str) -> Vec<Block> {
    let (mut out, mut mark, mut inside) = (Vec::new(), None::<String>, None::<(bool, String)>);
    for event in Parser::new(text) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let comment = html.trim().strip_prefix("<!--").and_then(|c| c.strip_suffix("-->"));
                mark = comment.map(|c| c.trim().to_owned()).or(mark);
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let is_commands = match &kind {
                    CodeBlockKind::Indented => true,
                    CodeBlockKind::Fenced(language) => ["sh", "bash", "console"].contains(&&**language),
                };
                inside = Some((is_commands, String::new()));
            }
            Event::Text(piece) => {
                if let Some((_, text)) = &mut inside {
                    text.push_str(&piece);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let (is_commands, text) = inside.take().unwrap();
                let marked = mark.take().unwrap_or_default();
                let (what, value) = marked.split_once(": ").unwrap_or_default();
                match what {
                    "not run" => out.push(Block::NotRun(value.to_owned())),
                    "on moto" => out.push(Block::OnMoto(text)),
                    "file" | "append" => {
                        out.push(Block::Write { name: value.to_owned(), text, append: what == "append" });
                    }
                    _ if is_commands => out.push(Block::Run(text)),
                    _ => {}
                }
            }
            // A mark is for the block that follows it.
            Event::Start(Tag::Paragraph | Tag::Heading { .. }) => mark = None,
            _ => {}
        }
    }
    out
}

/// The lines of a block as a script that stops at the first command that ends otherwise than the page says.
fn script(block: &str) -> String {
    let mut out = String::new();
    for line in block.replace("\\\n", " ").lines().filter(|line| !line.trim().is_empty()) {
        let code = line.split_once("exit code ").map_or("0", |(_, rest)| &rest[..1]);
        let mut line = line.to_owned();
        while let Some(at) = line.find(" HASH") {
            let plan = line[..at].split_whitespace().next_back().unwrap().to_owned();
            line.replace_range(at..at + 5, &format!(" $(plan-hash {plan})"));
        }
        writeln!(out, "{{ {line}\n}} && code=0 || code=$?").unwrap();
        writeln!(
            out,
            "[ $code = {code} ] || {{ echo \"ended with $code instead of {code}:\" {} >&2; exit 97; }}",
            quoted(&line)
        )
        .unwrap();
    }
    out
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A folder with fakes of the programs that guides call, before everything else on the path.
fn fakes(folder: &Path) -> PathBuf {
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let gate = gate_binary();
    let tollgate = binary();
    for (name, text) in [
        ("tollgate", format!("exec {} \"$@\"", tollgate.display())),
        ("policy-gate", format!("exec {} \"$@\"", gate.display())),
        // `cargo run --release -- ARGUMENTS`; an installation is there already, but its folder and features must exist.
        (
            "cargo",
            format!(
                "if [ \"$1\" = install ]; then\ncd {} && cd \"$3\" && [ -f Cargo.toml ] || exit 1\n[ $# -lt 5 ] || grep -q \"^$5 = \" \
                 Cargo.toml\nexit\nfi\nshift 3\nexec {} \"$@\"",
                root().display(),
                tollgate.display()
            ),
        ),
        // GitHub's command line, which verifies the provenance of a file.
        ("gh", "[ \"$1 $2 $4\" = 'attestation verify --repo' ] && [ -f \"$3\" ]".to_owned()),
        // The plan of the demo's change, as the program itself writes it.
        ("terraform", "[ \"$1\" = show ] && cat tollgate-demo/terraform/plan.json || true".to_owned()),
        // The hash that a page asks for: of a plan, or of the closed month.
        (
            "plan-hash",
            "[ \"$1\" = approve ] && what='allocation show --period 2026-10' || what=\"plans show $1\"\n\
             tollgate --format json $what | sed -n 's/^  \"hash\": \"\\(.*\\)\",*$/\\1/p'"
                .to_owned(),
        ),
    ] {
        let path = bin.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    bin
}

fn bash(folder: &Path, script: &str, variables: &[(&str, &str)]) {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let out = Command::new("bash")
        .args(["-c", &format!("set -u\n{script}")])
        .current_dir(folder)
        .env_clear()
        .envs([("PATH", path.as_str()), ("USER", "jane"), ("NO_COLOR", "1"), ("TOLLGATE_NOW", "2026-11-21T06:00:00Z")])
        .env("HOME", folder)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{script}\n{text}");
}

#[test]
#[cfg(unix)]
fn every_command_of_the_guides_runs_in_order_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    fakes(folder.path());
    write_what_readers_have(folder.path());
    let (mut ran, mut left) = (0, Vec::new());
    for page in PAGES {
        let text = std::fs::read_to_string(root().join("docs/guides").join(page)).unwrap();
        let mut whole = String::new();
        for block in blocks(&text) {
            match block {
                Block::Run(text) => {
                    ran += 1;
                    whole += &script(&text);
                }
                Block::Write { name, text, append } => {
                    writeln!(
                        whole,
                        "cat {} {name} <<'END_OF_FILE'\n{text}END_OF_FILE",
                        if append { ">>" } else { ">" }
                    )
                    .unwrap();
                }
                Block::OnMoto(_) => {}
                Block::NotRun(reason) => left.push(format!("{page}: {reason}")),
            }
        }
        bash(folder.path(), &whole, &[]);
    }
    eprintln!("{ran} blocks ran, {} did not:\n{}", left.len(), left.join("\n"));
    assert!(ran >= 15, "{ran}");
    assert!(left.len() <= NOT_RUN_OF_GUIDES && left.iter().all(|line| line.len() > 20), "{left:#?}");
}

/// The most blocks of guides that no test runs.
const NOT_RUN_OF_GUIDES: usize = 7;

/// What a reader of the pages has already: a release, and the policies of other tools.
fn write_what_readers_have(folder: &Path) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let rego = "package main\nimport rego.v1\nwarn contains \"reviewed\" if input.format_version == \"1.2\"\n";
    write("policy/a.rego", rego);
    write("conftest-policies/b.rego", &rego.replace("reviewed", "read"));
    // Tag policies of AWS Organizations, of the root and of a unit below it.
    let tag = |values: &str| {
        format!("{{\"tags\": {{\"costcenter\": {{\"tag_key\": {{\"@@assign\": \"CostCenter\"}}{values}}}}}}}")
    };
    write("root.json", &tag(""));
    write("unit.json", &tag(", \"tag_value\": {\"@@assign\": [\"100\", \"200\"]}"));
    write("tollgate-v0.1.0-x86_64-unknown-linux-musl.tar.gz", "an archive");
    bash(folder, "sha256sum *.tar.gz > SHA256SUMS", &[]);
}

/// A deployment as the template makes it, of which the command line uses the table, the bucket and the output.
const STACK: &str = "\
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: tollgate-dev
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: S}
        - {AttributeName: i1pk, AttributeType: S}
        - {AttributeName: i1sk, AttributeType: S}
      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: sk, KeyType: RANGE}]
      GlobalSecondaryIndexes:
        - IndexName: index1
          KeySchema: [{AttributeName: i1pk, KeyType: HASH}, {AttributeName: i1sk, KeyType: RANGE}]
          Projection: {ProjectionType: ALL}
  Lake: {Type: AWS::S3::Bucket, Properties: {BucketName: lake-dev}}
Outputs:
  Store: {Value: aws://tollgate-dev/lake-dev}
";

/// The blocks for AWS run in order, over moto and with the AWS command line.
#[test]
#[cfg(unix)]
#[ignore = "needs moto, aws-cli: run `cargo xtask test`"]
fn commands_of_the_guides_for_aws_run_on_moto() {
    let server = crate::servers::moto();
    let folder = tempfile::tempdir().unwrap();
    let bin = fakes(folder.path());
    let aws = crate::servers::tool("TOLLGATE_AWS_CLI");
    std::fs::write(bin.join("aws"), format!("#!/bin/sh\nexec {} \"$@\"\n", aws.display())).unwrap();
    std::fs::set_permissions(bin.join("aws"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::create_dir(folder.path().join(".aws")).unwrap();
    std::fs::write(folder.path().join(".aws/config"), "[profile finops]\nregion = us-east-1\n").unwrap();
    std::os::unix::fs::symlink(root().join("infra"), folder.path().join("infra")).unwrap();
    std::fs::write(folder.path().join("stack.yaml"), STACK).unwrap();
    let variables = [
        ("AWS_ENDPOINT_URL", server.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_PAGER", ""),
    ];
    let setup = "set -e\naws cloudformation create-stack --stack-name tollgate-dev --template-body file://stack.yaml\n\
                 tollgate demo\n\
                 tollgate --store aws://tollgate-dev/lake-dev ingest tollgate-demo/exports/*-2026-1*-as-of-2026-11-15.csv.gz\n\
                 rm -r tollgate-demo";
    bash(folder.path(), setup, &variables);
    let mut ran = 0;
    for page in PAGES {
        let text = std::fs::read_to_string(root().join("docs/guides").join(page)).unwrap();
        let mut whole = String::new();
        for block in blocks(&text) {
            if let Block::OnMoto(text) = block {
                ran += 1;
                whole += &script(&text);
            }
        }
        bash(folder.path(), &whole, &variables);
    }
    assert!(ran >= 5, "{ran}");
}

/// Commands of README that are not run, each with its reason.
const NOT_RUN: [(&str, &str); 4] = [
    ("tollgate serve", "runs until it is stopped"),
    ("tollgate series detect costs.csv --out alerts.csv", "needs a series"),
    ("sam build && sam deploy", "needs an AWS account"),
    ("tollgate --store aws://TABLE/BUCKET status", "needs an AWS account"),
];

/// The commands of the first table of README, in order.
fn table_of_readme(text: &str) -> Vec<String> {
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains(" | `"));
    rows.flat_map(|row| {
        let cell = row.trim_end_matches('|').rsplit_once(" | `").unwrap().1.to_owned();
        let spans: Vec<String> = format!("`{cell}").split('`').skip(1).step_by(2).map(str::to_owned).collect();
        spans
    })
    .filter(|command| ["tollgate ", "policy-gate ", "sam "].iter().any(|program| command.starts_with(program)))
    .collect()
}

/// The ids of README are the demo's: its commands run as they are printed.
#[test]
#[cfg(unix)]
fn every_command_of_the_readme_runs_in_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    fakes(folder.path());
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    for block in blocks(&text) {
        if let Block::Run(text) = block {
            bash(folder.path(), &script(&text), &[]);
        }
    }
    let commands = table_of_readme(&text);
    assert!(commands.len() >= 24, "{commands:#?}");
    for command in &commands {
        if NOT_RUN.iter().any(|(known, _)| known == command) {
            continue;
        }
        match command.starts_with("policy-gate ") {
            true => {
                let code = if command.starts_with("policy-gate check") { " # exit code 1" } else { "" };
                let script = format!("cd tollgate-demo/terraform\n{}", script(&format!("{command}{code}")));
                bash(folder.path(), &script, &[("TOLLGATE_CONFIG", "../tollgate.hcl")]);
            }
            false => bash(folder.path(), &script(command), &[("TOLLGATE_STORE", "tollgate-demo")]),
        }
    }
    for (command, reason) in NOT_RUN {
        assert!(commands.iter().any(|known| known == command), "{command} ({reason}) is no longer in README");
    }
}
