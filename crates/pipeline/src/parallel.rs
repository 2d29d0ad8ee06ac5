//! Parallel reading: one thread reads, several work, results arrive in order, and the end is a message of its own.
//!
//! A closed channel proves nothing, because a panic closes it too. The end of the input is sent only after the source ended, every job
//! has a result and every thread finished. Panics of libraries become errors.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use tollgate_sources::{Chunk, CostSource, Parsed, SourceError};

use crate::PipelineError;

/// Chunks of one job: enough rows for a row group of useful size.
const CHUNKS_A_JOB: usize = 6;

/// A message of the reading thread.
enum Message<T> {
    Result(Result<T, PipelineError>),
    /// The whole input was read, and the results of this number of jobs were sent.
    End(usize),
}

/// The results of a reading, in the order of the input.
pub(crate) struct Results<T> {
    messages: mpsc::Receiver<Message<T>>,
    received: usize,
}

impl<T> Results<T> {
    /// The next result; `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// When a job failed, or reading stopped before the end.
    pub(crate) async fn next(&mut self) -> Result<Option<T>, PipelineError> {
        match self.messages.recv().await {
            Some(Message::Result(result)) => {
                self.received += 1;
                result.map(Some)
            }
            Some(Message::End(jobs)) if jobs == self.received => Ok(None),
            Some(Message::End(jobs)) => Err(stopped(&format!("{} of {jobs} results arrived", self.received))),
            None => Err(stopped("reading stopped before the end of the input")),
        }
    }
}

fn stopped(what: &str) -> PipelineError {
    PipelineError::Worker(what.to_owned())
}

/// Reads a source to its end on threads of its own: `work` runs on `workers` of them. The channel is bounded, so a slow
/// receiver slows the reader down. `input` names the source in errors.
pub(crate) fn read<T: Send + 'static>(
    input: String,
    source: Box<dyn CostSource>,
    workers: usize,
    progress: impl Fn(u64, Option<u64>) + Send + 'static,
    work: impl Fn(Vec<Box<dyn Chunk>>) -> Result<T, PipelineError> + Send + Sync + 'static,
) -> Result<Results<T>, PipelineError> {
    let workers = workers.max(1);
    let (done, messages) = mpsc::channel(workers);
    let reading = std::thread::Builder::new().name(READER_THREAD.to_owned());
    let spawned = reading.spawn(move || {
        let last = match catch_panic(&input, || read_all(&input, source, workers, &progress, &work, &done)) {
            Ok(jobs) => Message::End(jobs),
            Err(error) => Message::Result(Err(error)),
        };
        // The receiver may have stopped at an earlier error.
        let _ = done.blocking_send(last);
    });
    spawned.map_err(|error| stopped(&format!("a thread cannot be started: {error}")))?;
    Ok(Results { messages, received: 0 })
}

/// The name of the threads whose panics become errors of the input.
pub const READER_THREAD: &str = "tollgate-reader";

/// Sends every job's result in order, and returns how many jobs there were.
fn read_all<T: Send>(
    input: &str,
    mut source: Box<dyn CostSource>,
    workers: usize,
    progress: &(impl Fn(u64, Option<u64>) + Send),
    work: &(impl Fn(Vec<Box<dyn Chunk>>) -> Result<T, PipelineError> + Send + Sync),
    done: &mpsc::Sender<Message<T>>,
) -> Result<usize, PipelineError> {
    // The channel has no buffer: a queued job would cost memory.
    let (jobs, inbox) = std::sync::mpsc::sync_channel::<(usize, Vec<Box<dyn Chunk>>)>(0);
    let inbox = Mutex::new(inbox);
    let ordered = Mutex::new((0usize, BTreeMap::new()));
    // Set when the receiver is gone: workers then discard jobs, so that the reader does not wait forever.
    let gone = AtomicBool::new(false);
    let worker = || {
        loop {
            let job = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((number, chunks)) = job else { break };
            if gone.load(Ordering::Relaxed) {
                continue;
            }
            let result = catch_panic(input, || work(chunks));
            let mut ordered = ordered.lock().unwrap_or_else(PoisonError::into_inner);
            let (next, waiting) = &mut *ordered;
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(next) {
                *next += 1;
                if done.blocking_send(Message::Result(result)).is_err() {
                    gone.store(true, Ordering::Relaxed);
                    break;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(workers);
        for _ in 0..workers {
            let thread = std::thread::Builder::new().name(READER_THREAD.to_owned()).spawn_scoped(scope, worker);
            threads.push(thread.map_err(|error| stopped(&format!("a thread cannot be started: {error}"))));
        }
        // One thread is enough to continue; none is an error.
        let (threads, failed): (Vec<_>, Vec<_>) = threads.into_iter().partition(Result::is_ok);
        if threads.is_empty() {
            return Err(failed.into_iter().find_map(Result::err).unwrap_or_else(|| stopped("no thread was started")));
        }
        let sent = catch_panic(input, || send_jobs(&mut *source, progress, &jobs, &gone));
        drop(jobs);
        for thread in threads.into_iter().flatten() {
            thread.join().map_err(|panic| SourceError::from_panic(input, &*panic))?;
        }
        sent
    })
}

/// Cuts the source into jobs, and returns how many there were.
fn send_jobs(
    source: &mut dyn CostSource,
    progress: &impl Fn(u64, Option<u64>),
    jobs: &std::sync::mpsc::SyncSender<(usize, Vec<Box<dyn Chunk>>)>,
    gone: &AtomicBool,
) -> Result<usize, PipelineError> {
    let mut number = 0;
    loop {
        let mut chunks = Vec::with_capacity(CHUNKS_A_JOB);
        while chunks.len() < CHUNKS_A_JOB {
            match source.next_chunk()? {
                Some(chunk) => chunks.push(chunk),
                None => break,
            }
        }
        let (read, size) = source.progress();
        progress(read, size);
        let at_end = chunks.len() < CHUNKS_A_JOB;
        if !chunks.is_empty() {
            if gone.load(Ordering::Relaxed) || jobs.send((number, chunks)).is_err() {
                return Err(stopped("the receiver of the results is gone"));
            }
            number += 1;
        }
        if at_end {
            return Ok(number);
        }
    }
}

/// Reads a source to its end on this thread.
///
/// # Errors
///
/// When it cannot be read, a library panics on it, or the number of rows read differs from the number that it states.
pub(crate) fn read_here(
    input: &str,
    mut source: Box<dyn CostSource>,
    mut each: impl FnMut(Parsed) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let stated = source.stated_rows();
    let mut rows = 0;
    while let Some(parsed) = catch_panic(input, || {
        let chunk = source.next_chunk()?;
        Ok(chunk.map(|chunk| chunk.parse()).transpose()?)
    })? {
        rows += parsed.rows_read;
        each(parsed)?;
    }
    all_rows(input, stated, rows)
}

/// Compares the rows read with those that the input states.
///
/// # Errors
///
/// When the numbers differ.
pub(crate) fn all_rows(input: &str, stated: Option<u64>, read: u64) -> Result<(), PipelineError> {
    match stated {
        Some(stated) if stated != read => Err(SourceError::RowCount { path: input.into(), stated, read }.into()),
        _ => Ok(()),
    }
}

/// Runs a function that reads an input; a panic becomes an error.
fn catch_panic<T>(input: &str, run: impl FnOnce() -> Result<T, PipelineError>) -> Result<T, PipelineError> {
    let panic: Box<dyn Any + Send> = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => return result,
        Err(panic) => panic,
    };
    Err(SourceError::from_panic(input, &*panic).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of `chunks` chunks that fails at one of them in one way.
    struct Faulty {
        chunks: usize,
        given: usize,
        at: usize,
        how: How,
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum How {
        Never,
        PanicInNext,
        ErrorInNext,
        PanicInParse,
        OutOfMemoryInParse,
        EndsEarly,
        PanicInProgress,
    }

    struct Row(bool, How);

    impl Chunk for Row {
        fn parse(self: Box<Self>) -> Result<Parsed, SourceError> {
            match (self.0, self.1) {
                (true, How::PanicInParse) => panic!("injected"),
                // What zstd says when memory is short.
                (true, How::OutOfMemoryInParse) => panic!("zstd returned null pointer when creating new context"),
                _ => Ok(Parsed { rows_read: 1, ..Parsed::default() }),
            }
        }
    }

    impl CostSource for Faulty {
        fn describe(&self) -> String {
            "a faulty source".to_owned()
        }

        fn progress(&self) -> (u64, Option<u64>) {
            assert!(!(self.how == How::PanicInProgress && self.given >= self.at), "injected");
            (0, None)
        }

        fn stated_rows(&self) -> Option<u64> {
            Some(self.chunks as u64)
        }

        fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
            let here = self.given == self.at;
            match self.how {
                How::PanicInNext if here => panic!("injected"),
                How::ErrorInNext if here => return Err(SourceError::Empty("x".into())),
                How::EndsEarly if here => return Ok(None),
                _ if self.given == self.chunks => return Ok(None),
                _ => {}
            }
            self.given += 1;
            Ok(Some(Box::new(Row(here, self.how))))
        }
    }

    async fn rows(how: How, at: usize, workers: usize) -> Result<u64, PipelineError> {
        let source = Box::new(Faulty { chunks: 40, given: 0, at, how });
        let stated = source.stated_rows();
        let work = |chunks: Vec<Box<dyn Chunk>>| {
            let mut rows = 0;
            for chunk in chunks {
                rows += chunk.parse()?.rows_read;
            }
            Ok(rows)
        };
        let mut results = read("x".to_owned(), source, workers, |_, _| {}, work)?;
        let mut all = 0;
        while let Some(rows) = results.next().await? {
            all += rows;
        }
        all_rows("x", stated, all)?;
        Ok(all)
    }

    #[tokio::test]
    async fn a_fault_at_any_stage_is_an_error_and_never_an_early_end() {
        for workers in [1, 2, 4] {
            assert_eq!(rows(How::Never, 0, workers).await.unwrap(), 40);
            for at in [0, 5, 6, 17, 39] {
                for how in [
                    How::PanicInNext,
                    How::ErrorInNext,
                    How::PanicInParse,
                    How::OutOfMemoryInParse,
                    How::EndsEarly,
                    How::PanicInProgress,
                ] {
                    let error = rows(how, at, workers).await;
                    assert!(error.is_err(), "{how:?} at {at} with {workers} workers: {error:?}");
                }
            }
        }
    }

    #[test]
    fn a_fault_is_an_error_on_one_thread_too() {
        for how in [How::PanicInNext, How::ErrorInNext, How::PanicInParse, How::EndsEarly] {
            let source = Box::new(Faulty { chunks: 9, given: 0, at: 4, how });
            assert!(read_here("x", source, |_| Ok(())).is_err(), "{how:?}");
        }
        let whole = Box::new(Faulty { chunks: 9, given: 0, at: 0, how: How::Never });
        read_here("x", whole, |_| Ok(())).unwrap();
    }

    #[tokio::test]
    async fn a_channel_that_closes_is_not_the_end() {
        let (sender, messages) = mpsc::channel::<Message<u8>>(1);
        sender.send(Message::Result(Ok(1))).await.unwrap();
        drop(sender);
        let mut results = Results { messages, received: 0 };
        assert_eq!(results.next().await.unwrap(), Some(1));
        assert!(matches!(results.next().await, Err(PipelineError::Worker(_))));
    }
}
