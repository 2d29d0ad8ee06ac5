//! Where charges come from: one file a source.
