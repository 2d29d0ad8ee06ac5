//! tollgate.hcl: parsed and checked.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = tollgate_policy::Policy::parse("tollgate.hcl", text);
});
