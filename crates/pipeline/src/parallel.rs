//! One thread reads, several work, results come back in order.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::mpsc;
use tollgate_sources::{Chunk, CostSource, SourceError};

/// Input that one job holds, in chunks: enough rows for a row group worth its footer.
const CHUNKS_A_JOB: usize = 6;

/// Reads a source to its end on threads of its own: `work` runs on `workers` of them, and its results arrive in the
/// order of the input. The channel is bounded, so a slow receiver slows the reader down.
pub(crate) fn read<T: Send + 'static>(
    mut source: Box<dyn CostSource>,
    workers: usize,
    progress: impl Fn(u64, Option<u64>) + Send + 'static,
    work: impl Fn(Vec<Box<dyn Chunk>>) -> Result<T, SourceError> + Send + Sync + 'static,
) -> mpsc::Receiver<Result<T, SourceError>> {
    let (done, results) = mpsc::channel(workers.max(1));
    std::thread::spawn(move || {
        // A job waits for a worker rather than in a queue: what waits costs memory.
        let (jobs, inbox) = std::sync::mpsc::sync_channel::<(usize, Vec<Box<dyn Chunk>>)>(0);
        let inbox = Mutex::new(inbox);
        let ordered = Mutex::new((0usize, BTreeMap::new()));
        std::thread::scope(|scope| {
            for _ in 0..workers.max(1) {
                scope.spawn(|| {
                    loop {
                        let job = inbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
                        let Ok((number, chunks)) = job else { break };
                        let result = work(chunks);
                        let mut ordered = ordered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        let (next, waiting) = &mut *ordered;
                        waiting.insert(number, result);
                        while let Some(result) = waiting.remove(next) {
                            *next += 1;
                            if done.blocking_send(result).is_err() {
                                return;
                            }
                        }
                    }
                });
            }
            let mut number = 0;
            loop {
                let mut chunks = Vec::with_capacity(CHUNKS_A_JOB);
                let failed = loop {
                    match source.next_chunk() {
                        Ok(Some(chunk)) => chunks.push(chunk),
                        Ok(None) => break None,
                        Err(error) => break Some(error),
                    }
                    if chunks.len() == CHUNKS_A_JOB {
                        break None;
                    }
                };
                let (read, size) = source.progress();
                progress(read, size);
                let at_end = chunks.len() < CHUNKS_A_JOB;
                if !chunks.is_empty() && jobs.send((number, chunks)).is_err() {
                    break;
                }
                number += 1;
                if let Some(error) = failed {
                    // The receiver may have gone already; then nobody wants to know.
                    let _ = done.blocking_send(Err(error));
                    break;
                }
                if at_end {
                    break;
                }
            }
            drop(jobs);
        });
    });
    results
}
