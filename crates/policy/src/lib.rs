//! tollgate.hcl: parse, validate, evaluate; spans kept for error messages.
