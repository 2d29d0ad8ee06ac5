//! The use cases: ingest, detect, judge budgets, forecast, reconcile.
