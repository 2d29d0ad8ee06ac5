//! The wiring of AWS: adapters behind the pipeline's ports, settings, logs and metrics, for functions and the command line.

pub mod aws;
pub mod function;
pub mod metrics;
pub mod settings;

pub use aws::{Aws, WiringError};
pub use function::{Handler, serve};
pub use settings::{Access, CostExplorer, Settings};
