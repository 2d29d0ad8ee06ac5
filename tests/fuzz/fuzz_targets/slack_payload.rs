//! What Slack posts: presses, forms and commands, whose signature was checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_channels::slack::inbound::read;

fuzz_target!(|bytes: &[u8]| {
    let _ = read(bytes, "2026-11-21");
    // The interesting payloads are JSON inside of a form.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
        let _ = read(format!("payload={encoded}").as_bytes(), "2026-11-21");
    }
});
