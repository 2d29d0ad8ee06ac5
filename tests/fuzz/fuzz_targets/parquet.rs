//! Billing files as Parquet. The reader of Parquet panics on some damaged files; an import turns that into an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PAR1") {
        tollgate_fuzz::tolerating_panics(|| tollgate_fuzz::read_bill(bytes));
    }
});
