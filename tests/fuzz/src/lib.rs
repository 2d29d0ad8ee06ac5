//! What the fuzz targets share: a billing file is read to its end, and every row of it is accounted for.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use tollgate_sources::{ReadOptions, SourceError, open_file};

/// Reads bytes as a billing file, in the way that an import does.
///
/// # Panics
///
/// When a row is lost or counted twice: that is the fault that is looked for.
pub fn read_bill(bytes: &[u8]) {
    let mut file = tempfile::Builder::new().tempfile_in(memory()).expect("a temporary file");
    file.write_all(bytes).expect("a temporary file");
    let Ok(mut source) = open_file(file.path(), &ReadOptions::default()) else { return };
    let stated = source.stated_rows();
    let mut rows = 0;
    loop {
        match source.next_chunk() {
            Err(_) => return,
            Ok(None) => break,
            Ok(Some(chunk)) => {
                let Ok(parsed) = chunk.parse() else { return };
                let kept = parsed.charges.rows() as u64;
                assert_eq!(parsed.rows_read + parsed.rows_added, kept + parsed.rows_rejected, "a row is lost");
                assert!(parsed.rejections.len() as u64 <= parsed.rows_rejected);
                rows += parsed.rows_read;
            }
        }
    }
    if let Some(stated) = stated {
        // An import refuses what differs; here it only must not be more than the file states.
        assert!(rows <= stated, "{rows} rows of {stated}");
    }
}

/// Runs what reads an input where a library may panic: an import turns that into an error, so here it counts as one.
pub fn tolerating_panics(run: impl FnOnce()) {
    static QUIET: Once = Once::new();
    // The fuzzer's own hook ends the process at a panic, before it can be caught.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        let error = SourceError::from_panic("input", &*panic).to_string();
        // Our own assertions are faults wherever they are raised.
        if error.contains("a row is lost") || error.contains(" rows of ") {
            eprintln!("{error}");
            std::process::abort();
        }
    }
}

/// A folder in memory where there is one.
fn memory() -> std::path::PathBuf {
    let shm = std::path::Path::new("/dev/shm");
    if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() }
}
