//! The wiring of AWS: adapters of the pipeline's ports, settings, logs and metrics, for functions and the command line.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "chain")]
pub mod chain;
#[cfg(feature = "aws")]
pub mod cloud;
#[cfg(feature = "aws")]
pub mod function;
#[cfg(feature = "aws")]
pub mod http;
pub mod http_client;
#[cfg(feature = "aws")]
pub mod identity;
pub mod metric_feeds;
#[cfg(feature = "aws")]
pub mod metrics;
pub mod senders;
#[cfg(feature = "aws")]
pub mod settings;
pub mod snapshot;
#[cfg(feature = "aws")]
pub mod stream;

#[cfg(feature = "aws")]
pub use aws::{Aws, WiringError};
#[cfg(feature = "aws")]
pub use function::{Handler, serve};
pub use metric_feeds::{FeedParts, metric_source};
pub use senders::{ChannelParts, senders, workspaces};
#[cfg(feature = "aws")]
pub use settings::{Access, CostExplorer, Settings};
pub use tollgate_channels::Endpoints;
