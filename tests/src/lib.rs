//! End-to-end tests over real parts.
