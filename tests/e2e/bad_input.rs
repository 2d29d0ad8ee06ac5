//! Bad input: each kind gets the error that helps, and nothing changes.

use crate::support::{Store, focus};

async fn refused(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let store = Store::new();
    let error = store.ingest_text(name, bytes).await.unwrap_err().to_string();
    assert!(store.context.state.ledger.periods().await.unwrap().is_empty(), "{name} changed something");
    let lake = walk(&store.folder.path().join("lake"));
    assert!(lake.is_empty(), "{name} left {lake:?}");
    error.replace(&store.folder.path().display().to_string(), "")
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().flat_map(|e| if e.path().is_dir() { walk(&e.path()) } else { vec![e.path()] }).collect()
}

const ROW: (&str, &str, &str, &str) = ("2026-10-01", "EC2", "1.5", "Usage");

fn utf16(text: &str, big: bool, bom: bool) -> Vec<u8> {
    let start = if bom { "\u{feff}" } else { "" };
    format!("{start}{text}").encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
}

#[tokio::test]
async fn files_that_cannot_be_trusted_are_refused_whole() {
    let good = focus(&[ROW; 50]);
    for (name, bytes, says) in [
        ("empty.csv", Vec::new(), "the file is empty"),
        ("blank.csv", b"\n\n \n".to_vec(), "the file is empty"),
        ("cut.csv", good.as_bytes()[..good.len() - 40].to_vec(), "the last line has"),
        ("quote.csv", good.replacen("EC2", "\"EC2", 1).into_bytes(), "is never closed"),
        ("header.csv", b"date,amount\n2026-10-01,5\n".to_vec(), "not a billing export that Tollgate knows"),
        (
            "near.csv",
            good.replace("EffectiveCost", "EffectivCost").into_bytes(),
            "it looks like FOCUS, but lacks EffectiveCost",
        ),
        ("twice.csv", good.replacen("ServiceName", "BilledCost", 1).into_bytes(), "column `BilledCost` appears twice"),
        ("text.txt", b"hello".to_vec(), "not a billing export"),
        ("cut.parquet", b"PAR1 and then nothing".to_vec(), "not readable as Parquet"),
    ] {
        let message = refused(name, bytes).await;
        assert!(message.contains(says), "{name}: {message}");
        assert!(message.contains("hint:"), "{name} has no hint: {message}");
        assert!(message.starts_with(&format!("/{name}")), "{name} is not named: {message}");
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, good.repeat(200).as_bytes()).unwrap();
    let whole = gzip.finish().unwrap();
    assert!(refused("cut.csv.gz", &whole[..whole.len() / 2]).await.contains("damaged or ends early"));
    let message = refused("damaged.csv.gz", [&whole[..40], &[0xff; 60][..], &whole[100..]].concat()).await;
    assert!(message.contains("hint:"), "{message}");
}

#[tokio::test]
async fn every_encoding_that_excel_writes_is_read() {
    let good = focus(&[ROW, ("2026-10-02", "Größe", "2", "Usage")]);
    for (name, bytes) in [
        ("bom.csv", format!("\u{feff}{good}").into_bytes()),
        ("le.csv", utf16(&good, false, true)),
        ("be.csv", utf16(&good, true, true)),
        ("le-without-bom.csv", utf16(&good, false, false)),
        ("crlf.csv", good.replace('\n', "\r\n").into_bytes()),
        ("semicolon.csv", good.replace(',', ";").into_bytes()),
        ("tab.csv", good.replace(',', "\t").into_bytes()),
    ] {
        let store = Store::new();
        let report = store.ingest_text(name, bytes).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((report.files[0].rows_kept, report.files[0].rows_rejected), (2, 0), "{name}");
        let answer = tollgate_pipeline::sql(&store.context, "select ServiceName from charges where BilledCost = 2")
            .await
            .unwrap();
        assert_eq!(answer.rows[0][0], tollgate_lake::Cell::Text("Größe".into()), "{name}");
    }
}

#[tokio::test]
async fn bad_rows_are_named_with_line_and_reason_and_good_ones_kept() {
    let mut text = focus(&[ROW; 2]);
    let row = |cost: &str, currency: &str, category: &str, start: &str| {
        format!("{cost},1,1,{currency},2026-10-01,2026-11-01,{start},2026-10-03,{category},AWS,EC2\n")
    };
    text += &row("abc", "USD", "Usage", "2026-10-02");
    text += &row("", "USD", "Usage", "2026-10-02");
    // A residue of floating point is rounded, and the row kept.
    text += &row("1e-30", "USD", "Usage", "2026-10-02");
    text += &row("100000000000000", "USD", "Usage", "2026-10-02");
    text += &row("1", "DOLLAR", "Usage", "2026-10-02");
    text += &row("1", "USD", "Usag", "2026-10-02");
    text += &row("1", "USD", "Usage", "yesterday");
    text += "1,2,3\n";
    text += &row("-5.25", "EUR", "Credit", "2026-10-02");
    let store = Store::new();
    let mut bytes = text.into_bytes();
    let bad = row("7", "USD", "Usage", "2026-10-02").replace("EC2", "\u{1}");
    bytes.extend(bad.bytes().map(|b| if b == 1 { 0xff } else { b }));
    let report = store.ingest_text("rows.csv", bytes).await.unwrap();
    let file = &report.files[0];
    assert_eq!((file.rows_read, file.rows_kept, file.rows_rejected), (12, 4, 8));
    assert!(file.notes.iter().any(|n| n.contains("residues of floating point")), "{:?}", file.notes);
    let messages: Vec<String> = file
        .rejections
        .iter()
        .map(|r| format!("{} {} {}", r.line, r.column.as_deref().unwrap_or("-"), r.reason))
        .collect();
    assert_eq!(
        messages,
        [
            "4 BilledCost `abc` is not a number",
            "5 BilledCost is empty; an unknown cost is not zero",
            "7 BilledCost `100000000000000` is larger than can be kept exactly",
            "8 BillingCurrency `DOLLAR` is not an ISO 4217 currency code (three capital letters, such as USD)",
            "9 ChargeCategory `Usag` is none of Usage, Purchase, Tax, Credit, Adjustment",
            "10 ChargePeriodStart `yesterday` is not a date and time",
            "11 - has 3 columns, the header has 11",
            "13 - holds bytes that are not UTF-8; save the export as UTF-8",
        ]
    );
    // Two currencies stay two sums.
    let currencies: Vec<String> = report.periods[0].totals.billed_lake.iter().map(|m| m.to_string()).collect();
    assert_eq!(currencies, ["-5.25 EUR", "3.00 USD"]);
}

#[tokio::test]
async fn strict_refuses_everything_for_one_bad_row() {
    let store = Store::new();
    let path = store.folder.path().join("a.csv");
    std::fs::write(&path, focus(&[ROW, ("2026-10-02", "EC2", "x", "Usage")])).unwrap();
    let inputs = tollgate_pipeline::open_files(&[path], &Default::default()).unwrap();
    let options = tollgate_pipeline::IngestOptions { strict: true, ..crate::support::options() };
    let error = tollgate_pipeline::ingest(&store.context, inputs, &options, std::sync::Arc::new(|_, _, _| {}))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("rows rejected: 1;"), "{error}");
    assert!(store.context.state.ledger.periods().await.unwrap().is_empty());
    assert!(walk(&store.folder.path().join("lake")).is_empty());
}
