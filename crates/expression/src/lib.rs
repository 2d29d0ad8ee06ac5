//! HCL expressions over values of which some are not known yet: a condition over a plan, or the source of a tag.
//!
//! A plan says of many values only that they will be known after apply. Every operation here keeps to what is certain: what
//! is known either way is known, and everything else is *unknown* with the name of what to blame. The operators and templates
//! are hcl-rs's; what is ours is the third answer, and that what is sensitive stays so.

mod evaluate;
mod functions;
mod parse;
mod value;

pub use evaluate::{Evaluator, Fault, Resolved, Scope, Step, reference_text};
pub use functions::{FUNCTIONS, Function, is_function};
pub use parse::{Refused, parse};
pub use value::{Blame, Object, SENSITIVE, Value};
