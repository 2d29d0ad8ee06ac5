//! Terraform's functions that policies do not have: those of sources, by Terraform's names. Functions that give something else on each
//! run, or that read what is not of the configuration, have an unknown value.

mod arguments;
mod collections;
mod encoding;
mod files;
mod network;
mod numbers;
mod text;

use tollgate_expression::{EvaluationError, UnknownReason, Value};

use arguments::Arguments;
pub(crate) use encoding::json;
pub(crate) use files::Files;

/// The result of a function.
type Answer = Result<Value, EvaluationError>;

/// A function of known arguments.
type Function = fn(&Arguments<'_>) -> Answer;

/// The functions that need their arguments only.
const FUNCTIONS: &[(&str, Function)] = &[
    ("base64decode", encoding::base64decode),
    ("base64encode", encoding::base64encode),
    ("chomp", text::chomp),
    ("chunklist", collections::chunklist),
    ("cidrhost", network::cidrhost),
    ("cidrnetmask", network::cidrnetmask),
    ("cidrsubnet", network::cidrsubnet),
    ("cidrsubnets", network::cidrsubnets),
    ("coalescelist", collections::coalescelist),
    ("format", text::format),
    ("formatlist", text::formatlist),
    ("indent", text::indent),
    ("index", collections::index),
    ("issensitive", |_| Ok(Value::Bool(false))),
    ("jsondecode", encoding::jsondecode),
    ("jsonencode", encoding::jsonencode),
    ("log", numbers::log),
    ("matchkeys", collections::matchkeys),
    ("nonsensitive", |arguments| arguments.one().cloned()),
    ("parseint", numbers::parseint),
    ("pow", numbers::pow),
    ("range", collections::range),
    ("regex", text::regex),
    ("regexall", text::regexall),
    ("replace", text::replace),
    ("sensitive", |arguments| Ok(arguments.one()?.clone().marked(true))),
    ("setintersection", collections::setintersection),
    ("setproduct", collections::setproduct),
    ("setsubtract", collections::setsubtract),
    ("setunion", collections::setunion),
    ("signum", numbers::signum),
    ("slice", collections::slice),
    ("strcontains", text::strcontains),
    ("strrev", text::strrev),
    ("transpose", collections::transpose),
    ("trim", text::trim),
    ("urlencode", encoding::urlencode),
    ("yamldecode", encoding::yamldecode),
];

/// The functions that read files of the configuration or work on their paths.
const OF_FILES: [&str; 5] = ["basename", "dirname", "file", "fileexists", "pathexpand"];

/// Functions of Terraform whose value is unknown here.
const UNKNOWN: [&str; 32] = [
    "abspath",
    "base64gzip",
    "base64sha256",
    "base64sha512",
    "bcrypt",
    "csvdecode",
    "ephemeralasnull",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "filemd5",
    "fileset",
    "filesha1",
    "filesha256",
    "filesha512",
    "formatdate",
    "md5",
    "plantimestamp",
    "rsadecrypt",
    "sha1",
    "sha256",
    "sha512",
    "templatefile",
    "templatestring",
    "textdecodebase64",
    "textencodebase64",
    "timeadd",
    "timecmp",
    "timestamp",
    "uuid",
    "uuidv5",
    "yamlencode",
];

/// Returns whether a function is one of these.
pub(crate) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name) || OF_FILES.contains(&name) || UNKNOWN.contains(&name)
}

/// Calls a function with known arguments; `None` when there is none of this name.
pub(crate) fn call(name: &str, arguments: &[Value], files: &Files<'_>) -> Option<Answer> {
    let arguments = Arguments { name, values: arguments };
    if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        return Some(function(&arguments));
    }
    if OF_FILES.contains(&name) {
        return Some(files.call(&arguments));
    }
    UNKNOWN.contains(&name).then(|| Ok(Value::Unknown(UnknownReason::new(&format!("{name}(…)")))))
}

#[cfg(test)]
mod tests {
    use crate::scope::{Evaluation, ModuleScope};
    use crate::source::Sources;

    /// The value of an expression, as text.
    fn result_text(expression: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "hello\n").unwrap();
        std::fs::write(folder.path().join("main.tf"), format!("locals {{\n  x = {expression}\n}}\n")).unwrap();
        let sources = Sources::read(folder.path());
        assert!(sources.errors.is_empty(), "{:?}", sources.errors);
        let variables = std::collections::BTreeMap::new();
        let evaluation = Evaluation::default();
        let scope = ModuleScope::of_module(&sources, &variables, &[]).without_plan(&evaluation);
        let value = scope.evaluate(sources.module(&[]).unwrap().local("x").unwrap().node);
        value.unknown().map_or_else(|| value.shown(), |reason| format!("unknown: {reason}"))
    }

    #[test]
    fn results_are_those_of_terraforms_documentation() {
        for (expression, is) in [
            (r#"chomp("hello\n\n")"#, "hello"),
            (
                r#"format("%05d|%-4s|%.2f|%x|%q|%%|%t", 42, "ab", 1.5, 255, "x", true)"#,
                r#"00042|ab  |1.50|ff|"x"|%|true"#,
            ),
            (r#"format("%[2]s-%[1]s", "a", "b")"#, "b-a"),
            (r#"format("%v %v", [1, "a"], {a = 1})"#, r#"[1,"a"] {"a":1}"#),
            (r#"join(",", formatlist("%s-%s", "web", ["a", "b"]))"#, "web-a,web-b"),
            (r#"regex("[a-z]+", "53453453.345345aaabbbccc23454")"#, "aaabbbccc"),
            (r#"regex("(\\d\\d\\d\\d)-(\\d\\d)", "2019-02-01")"#, "[2019, 02]"),
            (r#"regex("(?P<y>\\d+)-(?P<m>\\d+)", "2019-02").m"#, "02"),
            (r#"length(regexall("[a-z]", "a1b2c3"))"#, "3"),
            (r#"replace("hello world", "/w.*d/", "everybody")"#, "hello everybody"),
            (r#"replace("1 + 2", "+", "-")"#, "1 - 2"),
            (r#"replace("a-b", "/(\\w)-(\\w)/", "$2-$1")"#, "b-a"),
            (r#"strcontains("hello", "ell")"#, "true"),
            (r#"strrev("hello")"#, "olleh"),
            (r#"trim("?!hello?!", "!?")"#, "hello"),
            (r#"indent(2, "a\nb")"#, "a\n  b"),
            ("chunklist([1, 2, 3], 2)", "[[1, 2], [3]]"),
            ("coalescelist([], [1])", "[1]"),
            (r#"index(["a", "b"], "b")"#, "1"),
            (r#"matchkeys(["i-1", "i-2"], ["w", "e"], ["e"])"#, "[i-2]"),
            ("range(3)", "[0, 1, 2]"),
            ("range(1, 8, 2)", "[1, 3, 5, 7]"),
            ("range(4, 1)", "[4, 3, 2]"),
            (r#"setintersection(["a", "b"], ["b", "c"])"#, "[b]"),
            (r#"setsubtract(["a", "b"], ["b"])"#, "[a]"),
            (r#"setunion(["b"], ["a"])"#, "[a, b]"),
            (r#"setproduct(["a", "b"], [1, 2])"#, "[[a, 1], [a, 2], [b, 1], [b, 2]]"),
            (r#"slice(["a", "b", "c"], 1, 3)"#, "[b, c]"),
            (r#"transpose({a = ["1", "2"], b = ["2"]})"#, "{1 = [a], 2 = [a, b]}"),
            ("pow(3, 2)", "9"),
            ("log(16, 2)", "4"),
            ("signum(-13)", "-1"),
            (r#"parseint("FF", 16)"#, "255"),
            (r#"jsonencode({a = [1, true, null], b = "é"})"#, r#"{"a":[1,true,null],"b":"é"}"#),
            (r#"jsondecode("{\"a\": [1.5]}").a[0]"#, "1.5"),
            (r#"yamldecode("a:\n  - 1\n  - x\n").a[1]"#, "x"),
            (r#"base64decode(base64encode("Hello"))"#, "Hello"),
            (r#"urlencode("a b/ü")"#, "a+b%2F%C3%BC"),
            (r#"cidrhost("10.12.112.0/20", 16)"#, "10.12.112.16"),
            (r#"cidrhost("10.12.112.0/20", -1)"#, "10.12.127.255"),
            (r#"cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)"#, "fd00:fd12:3456:7890::22"),
            (r#"cidrnetmask("172.16.0.0/12")"#, "255.240.0.0"),
            (r#"cidrsubnet("172.16.0.0/12", 4, 2)"#, "172.18.0.0/16"),
            (r#"cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)"#, "fd00:fd12:3456:7800:a200::/72"),
            (r#"cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)"#, "[10.1.0.0/20, 10.1.16.0/20, 10.1.32.0/24, 10.1.48.0/20]"),
            (r#"file("${path.module}/a.txt")"#, "hello\n"),
            (r#"fileexists("a.txt") && !fileexists("b.txt")"#, "true"),
            (r#"basename("foo/bar/baz.txt")"#, "baz.txt"),
            (r#"dirname("foo/bar/baz.txt")"#, "foo/bar"),
            ("timestamp()", "unknown: timestamp(…)"),
            (r#"nonsensitive("x")"#, "x"),
            (r#"sensitive("x")"#, "(sensitive value)"),
        ] {
            assert_eq!(result_text(expression), is, "{expression}");
        }
    }

    #[test]
    fn what_is_wrong_or_foreign_is_unknown_and_never_read() {
        for expression in [
            r#"file("/etc/hostname")"#,
            r#"file("../../../../etc/hostname")"#,
            r#"fileexists("/etc/hostname")"#,
            r#"cidrsubnet("10.0.0.0/30", 8, 1)"#,
            r#"cidrhost("10.0.0.0/99", 1)"#,
            "range(0, 10000000)",
            r#"indent(9999999, "a\nb")"#,
            r#"format("%999999999d", 1)"#,
            r#"regex("(a", "a")"#,
            r#"jsondecode("{")"#,
            "pow(10, 400)",
            "chunklist([1], 0)",
            "setproduct(range(1000), range(1000))",
            "slice([1], 0, 2)",
            r#"parseint("z", 99)"#,
        ] {
            let text = result_text(expression);
            assert!(text.starts_with("unknown: "), "{expression}: {text}");
        }
    }
}
