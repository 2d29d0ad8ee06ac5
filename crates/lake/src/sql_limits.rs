//! Limits of a query: its text, its depth and its memory. The executor limits time and rows.

use std::sync::Arc;
use std::time::Duration;

use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use tollgate_model::limits::{SQL_DEPTH, SQL_MEMORY, SQL_SECONDS, SQL_TEXT, SQL_TOKENS};

use crate::LakeError;

/// Functions that build a value of any size from a number: one call could use all memory, and no memory pool counts it.
const UNBOUNDED: [&str; 12] = [
    "repeat",
    "lpad",
    "rpad",
    "range",
    "generate_series",
    "gen_series",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
    "flatten_repeat",
    "space",
];

/// Words that start a separate expression.
const BEGIN: [&str; 12] =
    ["select", "from", "where", "group", "order", "having", "when", "then", "else", "on", "by", "limit"];
/// Words that are operators.
const OPERATORS: [&str; 6] = ["and", "or", "not", "like", "between", "in"];
/// Words that nest one query or table in another, up to the end of the query.
const SETS: [&str; 4] = ["union", "except", "intersect", "join"];

/// Refuses a query by its text, before planning: plans with too many operators overflow the stack.
pub(crate) fn check(query: &str) -> Result<(), LakeError> {
    let refused = |what: &str, limit| {
        Err(LakeError::Query(format!("the query {what} than {limit}\nhint: ask in several queries")))
    };
    if query.len() > SQL_TEXT.size() {
        return refused("is longer", SQL_TEXT);
    }
    // Text that cannot be tokenized is reported by the parser, with its position.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, query).tokenize() else { return Ok(()) };
    let (mut count, mut sets, mut deepest) = (0, 0, 0);
    // The number of consecutive operators within each open bracket.
    let mut chains = vec![0usize];
    for token in tokens {
        let is = |words: &[&str], word: &str| words.iter().any(|w| word.eq_ignore_ascii_case(w));
        let last = chains.len() - 1;
        match token {
            Token::Whitespace(_) => continue,
            Token::Word(word) if word.quote_style.is_some() => {}
            Token::Word(word) if is(&BEGIN, &word.value) => chains[last] = 0,
            Token::Word(word) if is(&OPERATORS, &word.value) => chains[last] += 1,
            Token::Word(word) if is(&SETS, &word.value) => sets += 1,
            // `case` and `end` are brackets.
            Token::Word(word) if word.value.eq_ignore_ascii_case("case") => chains.push(1),
            Token::Word(word) if word.value.eq_ignore_ascii_case("end") && last > 0 => {
                chains.pop();
            }
            Token::LParen | Token::LBracket | Token::LBrace => chains.push(1),
            Token::RParen | Token::RBracket | Token::RBrace if last > 0 => {
                chains.pop();
            }
            Token::Comma => chains[last] = 0,
            Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::SemiColon => {}
            _ => chains[last] += 1,
        }
        count += 1;
        deepest = deepest.max(chains.iter().sum::<usize>() + sets);
    }
    if count > SQL_TOKENS.size() {
        return refused("has more words", SQL_TOKENS);
    }
    if deepest > SQL_DEPTH.size() {
        return refused("nests deeper", SQL_DEPTH);
    }
    Ok(())
}

/// Waits for an answer, up to the time limit of a query.
pub(crate) async fn in_time<T>(limit: Duration, answer: impl Future<Output = T>) -> Result<T, LakeError> {
    tokio::time::timeout(limit, answer).await.map_err(|_| {
        LakeError::Query(format!("the query takes longer than {SQL_SECONDS}\nhint: ask for fewer months or columns"))
    })
}

/// The stack of a thread that plans or runs a query.
const STACK: usize = 8 << 20;

/// Runs a query on its own threads. A query that only computes never yields its thread, so a time limit would not work on shared
/// threads. When the time is over, its threads continue until they finish or the process ends.
pub(crate) async fn on_own_threads<T: Send + 'static>(
    answer: impl Future<Output = Result<T, LakeError>> + Send + 'static,
) -> Result<T, LakeError> {
    let (send, receive) = tokio::sync::oneshot::channel();
    let run = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
        let answer = match runtime {
            Ok(runtime) => {
                let answer = runtime.block_on(answer);
                runtime.shutdown_background();
                answer
            }
            Err(error) => Err(LakeError::Query(format!("the query engine cannot start: {error}"))),
        };
        // No receiver is left when the time is over.
        let _ = send.send(answer);
    };
    match std::thread::Builder::new().name("query".to_owned()).stack_size(STACK).spawn(run) {
        Ok(_) => receive.await.unwrap_or_else(|_| Err(stopped())),
        Err(error) => Err(LakeError::Query(format!("the query engine cannot start: {error}"))),
    }
}

/// The error after the engine panicked.
pub(crate) fn stopped() -> LakeError {
    let text = "the query engine stopped unexpectedly\nhint: `tollgate store check` looks for damaged files";
    LakeError::Query(text.to_owned())
}

/// Counts the memory of a query, which writes nothing to disk.
pub(crate) fn runtime() -> Result<Arc<RuntimeEnv>, DataFusionError> {
    RuntimeEnvBuilder::new()
        .with_memory_limit(SQL_MEMORY.size(), 1.0)
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()
}

/// Removes functions whose results have no size limit.
pub(crate) fn without_unbounded_functions(context: &SessionContext) {
    for name in UNBOUNDED {
        context.deregister_udf(name);
    }
}

#[cfg(test)]
mod tests {
    use datafusion::execution::memory_pool::MemoryConsumer;

    use super::*;

    #[test]
    fn memory_of_a_query_is_counted() {
        let pool = Arc::clone(&runtime().unwrap().memory_pool);
        let one = MemoryConsumer::new("a sort").register(&pool);
        one.try_grow(SQL_MEMORY.size()).unwrap();
        assert!(MemoryConsumer::new("another").register(&pool).try_grow(1).is_err());
    }

    #[tokio::test]
    async fn a_query_that_takes_too_long_is_ended_by_its_limit() {
        let error = in_time(Duration::from_millis(5), std::future::pending::<()>()).await.unwrap_err().to_string();
        assert!(error.contains("`sql-seconds` of 120 s"), "{error}");
        assert_eq!(in_time(Duration::from_secs(5), std::future::ready(1)).await.unwrap(), 1);
    }
}
