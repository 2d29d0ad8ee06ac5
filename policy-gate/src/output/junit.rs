//! JUnit: a suite for a plan, a case for a finding, for tools that show test results.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::finding::Finding;
use crate::outcome::Outcome;
use crate::report::Report;

pub(super) fn render(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let _ = write(report, &mut writer);
    String::from_utf8(writer.into_inner()).unwrap_or_default() + "\n"
}

fn write(report: &Report, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut all = BytesStart::new("testsuites");
    all.push_attribute(("name", "policy-gate"));
    all.push_attribute(("tests", report.findings.len().max(report.plans.len()).to_string().as_str()));
    all.push_attribute(("failures", report.counts.blocks.to_string().as_str()));
    writer.write_event(Event::Start(all))?;
    let plans = report.plans.iter().map(|p| Some(p.plan.as_str())).chain([None]);
    for plan in plans {
        let findings: Vec<&Finding> = report.findings.iter().filter(|f| f.plan.as_deref() == plan).collect();
        if plan.is_none() && findings.is_empty() {
            continue;
        }
        let failures = findings.iter().filter(|f| f.outcome.blocks()).count();
        let skipped = findings.iter().filter(|f| !f.outcome.is_open()).count();
        let mut suite = BytesStart::new("testsuite");
        suite.push_attribute(("name", plan.unwrap_or("policy")));
        suite.push_attribute(("tests", findings.len().max(1).to_string().as_str()));
        suite.push_attribute(("failures", failures.to_string().as_str()));
        suite.push_attribute(("errors", "0"));
        suite.push_attribute(("skipped", skipped.to_string().as_str()));
        writer.write_event(Event::Start(suite))?;
        if findings.is_empty() {
            let mut case = BytesStart::new("testcase");
            case.push_attribute(("classname", "policy-gate"));
            case.push_attribute(("name", "nothing was found"));
            writer.write_event(Event::Empty(case))?;
        }
        for finding in findings {
            case(finding, writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn case(finding: &Finding, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
    let of = [Some(finding.id.as_str()), finding.address.as_deref(), finding.tag.as_deref()];
    let name = of.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("classname", finding.policy.as_deref().unwrap_or("policy-gate")));
    case.push_attribute(("name", name.as_str()));
    if let Some(place) = &finding.place {
        case.push_attribute(("file", place.file.as_str()));
        case.push_attribute(("line", place.line.to_string().as_str()));
    }
    writer.write_event(Event::Start(case))?;
    let write_element = |element: &'static str, message: &str, writer: &mut Writer<Vec<u8>>| -> std::io::Result<()> {
        let mut start = BytesStart::new(element);
        start.push_attribute(("message", message));
        writer.write_event(Event::Start(start))?;
        writer.write_event(Event::Text(BytesText::new(finding.hint.as_deref().unwrap_or_default())))?;
        writer.write_event(Event::End(BytesEnd::new(element)))
    };
    match &finding.outcome {
        Outcome::Blocks => write_element("failure", &finding.message, writer)?,
        Outcome::Warns => {
            writer.write_event(Event::Start(BytesStart::new("system-out")))?;
            writer.write_event(Event::Text(BytesText::new(&finding.message)))?;
            writer.write_event(Event::End(BytesEnd::new("system-out")))?;
        }
        other => write_element("skipped", &format!("{}: {}", other.shown(), finding.message), writer)?,
    }
    writer.write_event(Event::End(BytesEnd::new("testcase")))
}
