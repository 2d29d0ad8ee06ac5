//! Terraform sources: a folder with one file, parsed with its places and its modules.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_terraform::Sources;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    std::fs::write(folder.path().join("main.tf"), bytes).expect("a file");
    let sources = Sources::read(folder.path());
    for file in sources.files() {
        let _ = tollgate_expression::parse(&file.text, 1 << 20);
    }
});
