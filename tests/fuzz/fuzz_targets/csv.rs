//! Billing files as CSV, plain or gzipped.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Parquet has a target of its own.
    if !bytes.starts_with(b"PAR1") {
        tollgate_fuzz::read_bill(bytes);
    }
});
