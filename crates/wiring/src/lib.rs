//! The wiring of AWS: adapters behind the pipeline's ports, settings, logs and metrics, for functions and the command line.

pub mod aws;
pub mod cloud;
pub mod function;
pub mod http;
pub mod metrics;
pub mod senders;
pub mod settings;
pub mod stream;

pub use aws::{Aws, WiringError};
pub use function::{Handler, serve};
pub use senders::{ChannelParts, senders, workspaces};
pub use settings::{Access, CostExplorer, Settings};
pub use tollgate_channels::Endpoints;
