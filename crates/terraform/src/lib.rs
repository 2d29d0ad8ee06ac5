//! Terraform and OpenTofu: what `show -json` says of a plan, and where in the sources it comes from.
//!
//! A plan is borrowed from its text. Values of a resource are parsed when they are asked for and dropped after, so a plan of
//! fifty megabytes needs little more than its own size.

mod address;
mod change;
mod configuration;
mod plan;
mod scope;
mod source;
mod text;
mod values;

pub use address::{Address, Key, ModuleStep};
pub use change::{Action, Actions, Change, Importing, ResourceChange};
pub use configuration::{ConfiguredExpression, ConfiguredProvider, ConfiguredResource};
pub use plan::{Plan, Refused, VERSIONS};
pub use scope::ModuleScope;
pub use source::{Located, Nested, Place, SourceError, SourceFile, SourceModule, Sources};
pub use text::PlanText;
pub use values::{UNREADABLE, value};
