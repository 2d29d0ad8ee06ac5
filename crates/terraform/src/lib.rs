//! Terraform and OpenTofu: plans as `show -json` writes them, and their sources.
//!
//! A plan borrows from its text. The values of a resource are parsed on request and dropped afterwards, so a plan of fifty
//! megabytes needs little more memory than its own size.

mod address;
mod change;
mod configuration;
mod evaluated;
mod functions;
mod json_source;
mod lenient;
mod plan;
mod references;
mod scope;
mod source;
mod text;
mod values;
mod variables;

pub use address::{Address, InstanceKey, ModuleStep};
pub use change::{Importing, PlannedAction, PlannedActions, PlannedChange, ResourceChange};
pub use configuration::{ConfiguredExpression, ConfiguredProvider, ConfiguredResource};
pub use evaluated::{EvaluatedPlan, Evaluation, UnknownInput};
pub use plan::{PlanError, TerraformPlan, VERSIONS};
pub use references::{PlannedReference, references_of};
pub use scope::ModuleScope;
pub use source::{Located, Nested, SourceFile, SourceFileError, SourceLocation, SourceModule, Sources};
pub use text::PlanText;
pub use values::{UNREADABLE, value};
pub use variables::{read_variable, read_variable_file, variable_files};
