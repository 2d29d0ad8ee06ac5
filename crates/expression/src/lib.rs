//! HCL expressions over values that may be unknown: a condition over a Terraform plan, or the source of a tag.
//!
//! Many values of a plan are known after apply only. Each operation returns a value when every possible input gives the same
//! result, and *unknown* with a reason otherwise. Operators and templates are evaluated by hcl-rs; unknown and sensitive values
//! are handled here.

mod evaluate;
mod functions;
mod parse;
mod value;

pub use evaluate::{EvaluationError, Evaluator, ExpressionScope, ReferenceStep, Resolution, reference_text};
pub use functions::{FUNCTIONS, Function, is_function};
pub use parse::{ParseError, parse};
pub use value::{Object, SENSITIVE, UnknownReason, Value};
