//! Pictures of messages: Block Kit as HTML, much as Slack shows it, kept in docs/pictures and compared here.
//!
//! `TOLLGATE_WRITE_DOCS=1` writes them anew; `cargo xtask docs` does that and takes the pictures.

use serde_json::Value;
use tollgate_channels::card::Card;
use tollgate_channels::slack::blocks;
use tollgate_channels::{Envelope, Mention, samples};
use tollgate_model::{IncidentChange, Message, PlanChange};

const STYLE: &str = "
body { margin: 0; padding: 24px; background: #f4f4f6; font: 15px/1.46 Lato, 'Helvetica Neue', Arial, sans-serif; color: #1d1c1d }
main { display: grid; gap: 24px; align-items: start }
article { background: #fff; border: 1px solid #ddd; border-radius: 8px; padding: 14px 16px 14px 60px; position: relative }
article::before { content: 'T'; position: absolute; left: 14px; top: 16px; width: 34px; height: 34px; border-radius: 6px;
  background: #0b6e4f; color: #fff; font-weight: 900; text-align: center; line-height: 34px }
.who { font-weight: 900 } .who small { font-weight: 400; background: #eee; color: #616061; border-radius: 2px; padding: 0 3px; margin: 0 6px; font-size: 10px }
.who time { font-weight: 400; color: #616061; font-size: 12px }
h1 { font-size: 18px; margin: 6px 0 } .disc { display: inline-block; width: 14px; height: 14px; border-radius: 7px; margin: 0 2px -1px 0 } p { margin: 6px 0; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; margin: 8px 0 }
code { background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px; color: #c01343; padding: 1px 3px; font-size: 12px }
a { color: #1264a3; text-decoration: none } .mention { background: #e8f5fa; color: #1264a3; border-radius: 3px; padding: 0 2px }
button { font: 700 13px/1 inherit; background: #fff; border: 1px solid #bbb; border-radius: 4px; padding: 8px 12px; margin: 4px 8px 4px 0 }
button.primary { background: #007a5a; border-color: #007a5a; color: #fff } button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff }
.context { color: #616061; font-size: 12px } img { max-width: 100%; border-radius: 4px }
";

/// Text as Slack reads it, as HTML. It is escaped already, but for what stands between `<` and `>`.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out += &rest[..start];
        let end = rest[start..].find('>').map_or(rest.len(), |e| start + e);
        let inside = &rest[start + 1..end];
        out += &match (inside.strip_prefix('@'), inside.split_once('|')) {
            (Some(user), _) => format!("<span class=\"mention\">@{user}</span>"),
            (_, Some((url, label))) => format!("<a href=\"{url}\">{label}</a>"),
            _ => String::new(),
        };
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    out += rest;
    for (mark, tag) in [('`', "code"), ('*', "strong")] {
        let mut open = false;
        out = out
            .chars()
            .map(|c| {
                if c != mark {
                    return c.to_string();
                }
                open = !open;
                if open { format!("<{tag}>") } else { format!("</{tag}>") }
            })
            .collect();
    }
    out.replace('\n', "<br>")
}

/// The coloured discs as what they are, because not every machine has a font for them.
fn dotted(text: &str) -> String {
    let discs = [('🔴', "#d1242f"), ('🟠', "#e8912d"), ('🟢', "#2eb67d")];
    let of = |disc: char, colour: &str| (disc, format!("<span class=\"disc\" style=\"background:{colour}\"></span>"));
    discs.iter().map(|(d, c)| of(*d, c)).fold(text.to_owned(), |text, (disc, span)| text.replace(disc, &span))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// One message.
fn article(blocks: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = String::from("<article><div class=\"who\">Tollgate<small>APP</small><time>6:00 AM</time></div>\n");
    for block in blocks.as_array().unwrap() {
        out += &match block["type"].as_str().unwrap() {
            "header" => format!("<h1>{}</h1>\n", dotted(&escaped(&text(&block["text"]["text"])))),
            "section" => match block["fields"].as_array() {
                Some(fields) => {
                    let each = fields.iter().map(|f| format!("<div>{}</div>", markdown(&text(&f["text"]))));
                    format!("<dl>{}</dl>\n", each.collect::<String>())
                }
                None => format!("<p>{}</p>\n", markdown(&text(&block["text"]["text"]))),
            },
            "context" => {
                let each = block["elements"].as_array().unwrap().iter().map(|e| markdown(&text(&e["text"])));
                format!("<p class=\"context\">{}</p>\n", each.collect::<Vec<_>>().join(" &nbsp; "))
            }
            "image" => format!("<p><img src=\"chart.png\" alt=\"{}\"></p>\n", text(&block["alt_text"])),
            "actions" => {
                let each =
                    block["elements"].as_array().unwrap().iter().map(|e| {
                        format!("<button class=\"{}\">{}</button>", text(&e["style"]), text(&e["text"]["text"]))
                    });
                format!("<div>{}</div>\n", each.collect::<String>())
            }
            other => panic!("{other}"),
        };
    }
    out + "</article>\n"
}

fn page(columns: usize, width: usize, messages: &[Message]) -> String {
    let people = [Mention { name: "jane".into(), email: None, slack: Some("U012AB3CD".into()) }];
    let articles: String = messages
        .iter()
        .enumerate()
        .map(|(n, message)| {
            let named = if n == 0 { &people[..] } else { &[] };
            let envelope = Envelope {
                message,
                people: named,
                note: None,
                thread: None,
                maybe_sent_since: None,
                now: jiff::Timestamp::UNIX_EPOCH,
            };
            let card = Card::of(message);
            let picture = (n == 0 && card.chart.is_some()).then_some("F1");
            article(&blocks::of_card(&card, &envelope, picture))
        })
        .collect();
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Tollgate's messages</title>\n<style>{STYLE}\nbody {{ width: \
         {width}px }} main {{ grid-template-columns: repeat({columns}, 1fr) }}</style>\n<main>\n{articles}</main>\n"
    )
}

#[test]
fn the_pictures_of_the_docs_are_what_is_sent() {
    let folder = crate::template::root().join("docs/pictures");
    let write = std::env::var_os("TOLLGATE_WRITE_DOCS").is_some();
    let opened = samples::incident(IncidentChange::Opened);
    let first = Card::of(&opened);
    let few = [opened, samples::budget(), samples::plan(PlanChange::Proposed)];
    let chart = tollgate_channels::chart::png(first.chart.as_ref().unwrap());
    let files = [
        ("alerts.html", page(3, 1500, &few).into_bytes()),
        ("all-alerts.html", page(2, 1100, &samples::all()).into_bytes()),
        ("chart.png", chart),
    ];
    for (name, wanted) in files {
        let path = folder.join(name);
        if write {
            std::fs::write(&path, &wanted).unwrap();
        }
        let there = std::fs::read(&path).unwrap_or_default();
        assert!(there == wanted, "docs/pictures/{name} is not what is sent; run `cargo xtask docs`");
    }
}
